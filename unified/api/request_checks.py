"""Before a handler runs and its parameters are parsed: the guard, then checks of query names and of the type of the body."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from litestar import Response

from unified.api.guards import admit
from unified.api.middleware.audit import AnyRequest, template_of
from unified.api.requests.allowed_methods import options_allowed
from unified.api.requests.context import Context, context_of
from unified.api.requests.declarations import QUERY, READS, Declaration, declaration_of, shown_template
from unified.api.requests.headers import has_body, header, header_lines
from unified.api.requests.parameter_errors import refuse_null
from unified.api.requests.versions import HEADER, check_version
from unified.errors.requests import MalformedRequest, UnsupportedMediaType
from unified.service.validation import NOT_JSON

UNCHANGING = READS | {"OPTIONS"}
IDEMPOTENCY_KEY = "Idempotency-Key"
PRECONDITIONS = ("If-Match", "If-None-Match", "If-Unmodified-Since")
"""Conditions under which a change is wanted at all (RFC 9110, 13.1); those of reads and of parts of a body are hints."""
NO_ENCODING = "Content-Encoding: bodies are read as they are; send this one without compression"


async def receive_request(request: AnyRequest) -> Response[Any] | None:
    """Run the guard, then the checks; both may refuse the request. Litestar calls this before each handler.

    What answers OPTIONS is the framework's, made before all methods of the path are known; their final list replaces its own.
    """
    allowed = options_allowed(request.scope, request.route_handler.opt)
    if allowed is not None:
        return Response(None, status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allowed})
    await admit(request, request.route_handler)
    return await check_request(request)


async def check_request(request: AnyRequest) -> Response[Any] | None:
    """Refuse what Litestar would ignore; return the page to a person if the route has one.

    Raises:
        UnknownVersion: The request names a version of the API that is not known.
        ValidationFailed: A query parameter of a route for programs is unknown or given more than once.
        UnsupportedMediaType: The body is not JSON in UTF-8 by its type, or is compressed.
        MalformedRequest: The query cannot be read, the body is missing, or an Idempotency-Key or precondition would be ignored.
    """
    check_version(header_lines(request, HEADER.lower()))
    if (header(request, "content-encoding") or "identity").lower() != "identity" and has_body(request.scope):
        raise UnsupportedMediaType(NO_ENCODING)
    handler = request.route_handler
    declared = declaration_of(handler)
    if declared is not None and request.method not in UNCHANGING:
        _check_key(request, is_honored=declared.keyed)
        refuse_preconditions(request, declared.preconditions)
    context = context_of(request)
    if declared is not None and declared.page is not None and context.known.is_page:
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
            "Writes of records honor it, alone and in batches, and so do POST /tools/{name} and MCP servers"
        )


def refuse_preconditions(request: AnyRequest, checked: Collection[str] = ()) -> None:
    """Raise MalformedRequest for a precondition that is not checked: the change would be made although it may not hold."""
    for name in PRECONDITIONS:
        if name.lower() not in checked and header_lines(request, name.lower()):
            template = shown_template(template_of(request))
            raise MalformedRequest(
                f"{name}: {request.method} {template} does not check it and would be done in any case: leave the header out. "
                "Single writes of records take If-Match; batches and tools take `version` instead"
            )


def _check_query(context: Context, declared: Declaration, known: tuple[str, ...]) -> None:
    if declared.is_for_programs:
        context.parameters(*known)
    else:
        context.query()
