"""Before a handler runs and its parameters are parsed: the guard, then checks of query names and of the type of the body."""

from typing import Any

from litestar import Response

from unified.api.audit_middleware import AnyRequest
from unified.api.context import Context, context_of
from unified.api.declarations import QUERY, Declaration, declaration_of
from unified.api.guards import AS_PAGE, admit
from unified.errors import MalformedRequest
from unified.service.validation import NOT_JSON


async def receive_request(request: AnyRequest) -> Response[Any] | None:
    """Run the guard, then the checks; both may refuse the request. Litestar calls this before each handler."""
    await admit(request, request.route_handler)
    return await check_request(request)


async def check_request(request: AnyRequest) -> Response[Any] | None:
    """Refuse what Litestar would ignore; return the page to a person if the route has one.

    Raises:
        ValidationFailed: A query parameter of a route for programs is unknown or given more than once.
        UnsupportedMediaType: The body is not JSON in UTF-8 by its type.
        MalformedRequest: The query cannot be read, or the body is missing.
    """
    handler = request.route_handler
    context = context_of(request)
    declared = declaration_of(handler)
    if declared is not None and declared.page is not None and request.scope.get("state", {}).get(AS_PAGE):
        return await declared.page(context)
    known = handler.opt.get(QUERY)
    if declared is not None and known is not None:
        _check_query(context, declared, known)
    body = handler.parsed_data_field
    if body is not None and (not body.has_default or await context.raw()) and not await context.content():
        raise MalformedRequest(NOT_JSON)
    return None


def _check_query(context: Context, declared: Declaration, known: tuple[str, ...]) -> None:
    if declared.is_for_programs:
        context.parameters(*known)
    else:
        context.query()
