"""Before a handler runs and its parameters are parsed: the guard, then checks of query names and of the type of the body."""

from typing import Any

from litestar import Response

from unified.api.audit_middleware import AnyRequest, template_of
from unified.api.context import Context, context_of
from unified.api.declarations import QUERY, READS, Declaration, declaration_of, shown_template
from unified.api.guards import AS_PAGE, admit
from unified.api.headers import has_body, header, header_lines
from unified.api.parameter_errors import refuse_null
from unified.api.versions import HEADER, check_version
from unified.errors.requests import MalformedRequest, UnsupportedMediaType
from unified.service.validation import NOT_JSON

UNCHANGING = READS | {"OPTIONS"}
IDEMPOTENCY_KEY = "Idempotency-Key"
NO_ENCODING = "Content-Encoding: bodies are read as they are; send this one without compression"


async def receive_request(request: AnyRequest) -> Response[Any] | None:
    """Run the guard, then the checks; both may refuse the request. Litestar calls this before each handler."""
    await admit(request, request.route_handler)
    return await check_request(request)


async def check_request(request: AnyRequest) -> Response[Any] | None:
    """Refuse what Litestar would ignore; return the page to a person if the route has one.

    Raises:
        UnknownVersion: The request names a version of the API that is not known.
        ValidationFailed: A query parameter of a route for programs is unknown or given more than once.
        UnsupportedMediaType: The body is not JSON in UTF-8 by its type, or is compressed.
        MalformedRequest: The query cannot be read, the body is missing, or an Idempotency-Key would be ignored.
    """
    check_version(header_lines(request, HEADER.lower()))
    if has_body(request.scope) and (header(request, "content-encoding") or "identity").lower() != "identity":
        raise UnsupportedMediaType(NO_ENCODING)
    handler = request.route_handler
    declared = declaration_of(handler)
    if declared is not None and request.method not in UNCHANGING:
        _check_key(request, is_honored=declared.keyed)
    context = context_of(request)
    if declared is not None and declared.page is not None and request.scope.get("state", {}).get(AS_PAGE):
        return await declared.page(context)
    known = handler.opt.get(QUERY)
    if declared is not None and known is not None:
        _check_query(context, declared, known)
        refuse_null(handler, context.query())
    body = handler.parsed_data_field
    if body is not None and (not body.has_default or await context.raw()) and not await context.content():
        raise MalformedRequest(NOT_JSON)
    return None


def _check_key(request: AnyRequest, *, is_honored: bool) -> None:
    """Raise MalformedRequest for two keys, and for one that is not honored: a repetition would be taken for safe."""
    given = header_lines(request, IDEMPOTENCY_KEY.lower())
    if len(given) > 1:
        raise MalformedRequest(f"{IDEMPOTENCY_KEY}: given more than once; expected one value")
    if given and not is_honored:
        template = shown_template(template_of(request))
        raise MalformedRequest(
            f"{IDEMPOTENCY_KEY}: {request.method} {template} does not honor it and could be done twice: leave the header out. "
            "Writes of records honor it, alone and in batches, and so does POST /tools/{name}"
        )


def _check_query(context: Context, declared: Declaration, known: tuple[str, ...]) -> None:
    if declared.is_for_programs:
        context.parameters(*known)
    else:
        context.query()
