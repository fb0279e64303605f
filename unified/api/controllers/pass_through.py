"""The route of `/proxy/{path}`: the provider's own API under the same key and account."""

import re

from litestar import route

from unified.api.answers.answers import Answer
from unified.api.answers.problems import whole_seconds
from unified.api.direct_answers import Direct
from unified.api.requests.context import DecodedRequest, context_of
from unified.api.requests.declarations import requires
from unified.catalog.wire import OVERRIDES
from unified.errors.error import BUSY, USUAL_WAIT_SECONDS
from unified.service.records.pass_through import PASSED_HEADERS, ProxyRequest, pass_through, returned_headers
from unified.transport.rate_limit_headers import seconds_to_wait

PREFIX = "/proxy"
_SLASH = re.compile("%2f", re.IGNORECASE)
READ_HEADERS = frozenset(name.encode() for name in PASSED_HEADERS | OVERRIDES)
"""Those of the caller that are passed on, or looked at for another method."""


async def _pass(request: DecodedRequest) -> Answer:
    """Return the provider's own status, body and content type."""
    context = context_of(request)
    asked = ProxyRequest(
        method=context.request.method,
        path=provider_path(context.request.scope["path"]),
        query=tuple(pair for pair in context.query() if pair[0] != "account_id"),
        headers={
            name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"] if name in READ_HEADERS
        },
        content=await context.raw(),
    )
    answer = await pass_through(context.services, context.principal, context.account_id(), asked)
    headers = returned_headers(answer)
    if answer.status in BUSY:
        wait = seconds_to_wait(headers.get("retry-after", ""), context.services.clock())
        headers["retry-after"] = whole_seconds(USUAL_WAIT_SECONDS if wait is None else wait)
    kind = headers.pop("content-type", "") or "application/octet-stream"
    return Answer(answer.content, status_code=answer.status, media_type=kind, headers=headers)


def provider_path(path: str) -> str:
    """Return the provider's path in that of a request.

    Generated clients encode a path parameter as a whole. So where a path has no slash but encoded ones, these separate it;
    next to plain slashes, they belong to a segment.
    """
    rest = path.removeprefix(PREFIX)
    return rest if "/" in rest[1:] else _SLASH.sub("/", rest)


proxy = route(
    "/proxy/{rest:path}",
    http_method=["GET", "POST", "PUT", "PATCH", "DELETE"],
    opt=requires("call", metered=True, preconditions=("if-match", "if-none-match")),
    status_code=200,
    include_in_schema=False,
    middleware=[Direct(_pass)],
)(_pass)
"""The handler of the pass-through."""
