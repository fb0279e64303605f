"""Routes that are answered without Litestar's steps between a route and its handler: those of the models and the pass-through.

They read the request by themselves and give an `Answer`, so what Litestar does in between, such as parsing parameters and
choosing a form for the result, would be work for nothing. Routing, refusals and the guard are the same as for all others.
"""

from collections.abc import Awaitable, Callable

from litestar.types import ASGIApp, Receive, Scope, Send

from unified.api.answers.answers import Answer
from unified.api.guards import admit
from unified.api.middleware.audit import record_failure, record_success
from unified.api.request_checks import check_request
from unified.api.requests.context import DecodedRequest

DirectHandler = Callable[[DecodedRequest], Awaitable[Answer]]


class Direct:
    """A middleware of one route, which takes the place of what Litestar would do with it."""

    def __init__(self, handler: DirectHandler) -> None:
        self._handler = handler

    def __call__(self, app: ASGIApp) -> ASGIApp:  # noqa: ARG002 - it is replaced
        """Return what answers the route."""
        return self._answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = DecodedRequest(scope, receive, send)
        try:
            await admit(request, request.route_handler)
            await check_request(request)  # a route for programs alone has no page that this would return
            answer = await record_success(await self._handler(request))
        except Exception as problem:
            await record_failure(problem, scope)  # what this raises is answered in the refusal's place
            raise
        await answer(scope, receive, send)
