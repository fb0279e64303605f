"""What is looked at after the guard and before Litestar reads a request for its handler: query names, and the body's form."""

from typing import Any

from litestar import Response

from unified.api.audit_middleware import AnyRequest
from unified.api.context import context_of
from unified.api.declarations import QUERY, declaration_of
from unified.api.guards import AS_PAGE
from unified.errors import MalformedRequest


async def check_request(request: AnyRequest) -> Response[Any] | None:
    """Refuse what would otherwise be passed over in silence; answer a person with a page where a route has one.

    Raises:
        ValidationFailed: A query parameter is unknown or given more than once.
        UnsupportedMediaType: A body is not declared as JSON in UTF-8.
        MalformedRequest: A body is missing.
    """
    handler = request.route_handler
    context = context_of(request)
    declared = declaration_of(handler)
    if declared is not None and declared.page is not None and request.scope.get("state", {}).get(AS_PAGE):
        return await declared.page(context)
    known = handler.opt.get(QUERY)
    if known is not None:
        context.parameters(*known)
    body = handler.parsed_data_field
    if body is not None and (not body.has_default or await context.raw()) and not await context.content():
        raise MalformedRequest("body: expected JSON in UTF-8")
    return None
