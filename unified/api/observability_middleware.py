"""Around every request: an id, a bounded access log line, a span, a count, safe headers, and paths kept as they came.

The log line has an allow-list of fields and the route's template instead of the path, so that no id, token or query
reaches a log.
"""

import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from unified.api.declarations import declaration_of, shown_template
from unified.api.versions import version_headers
from unified.errors.error import BUSY, USUAL_WAIT_SECONDS
from unified.service.runtime.services import Lifecycle
from unified.telemetry.instrumentation import Observation, observe_request
from unified.telemetry.loggers import get_logger
from unified.telemetry.metrics import known_method
from unified.telemetry.request_line import close_line, id_of_request, open_line
from unified.telemetry.traces import traceparent_of

log = get_logger("unified.access")
SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"content-security-policy": b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
"""Sent where the handler set nothing of its own: an answer is never a page that a browser would run, frame or guess."""
_SAFE = tuple(SAFE_HEADERS.items())
_COME_AGAIN = (b"retry-after", b"%d" % USUAL_WAIT_SECONDS)
"""For an answer that asks to come again and does not say when, such as a page."""


def observability_middleware(app: ASGIApp, lifecycle: Lifecycle | None = None) -> ASGIApp:
    """Return the application with request ids, safe headers, an access log, spans and metrics."""
    life = lifecycle or Lifecycle()

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        # Routing sees the path as it came: an id with an encoded slash stays one segment; handlers decode once.
        scope["path"] = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
        line, opened = open_line(_request_id(scope))
        scope["state"] = {**(scope.get("state") or {}), "request_id": line.id}
        with observe_request(scope["method"], traceparent_of(scope["headers"])) as seen:
            try:
                await app(scope, receive, _sending(scope, send, seen, line.id, life))
            finally:
                seen.route = _template(scope)
                log.info(
                    "request",
                    method=known_method(scope["method"]),
                    route=seen.route,
                    status=seen.status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                    **line.fields(),
                )
                close_line(opened)

    return run


def _sending(scope: HTTPScope, send: Send, seen: Observation, request_id: str, life: Lifecycle) -> Send:
    """`send` that notes the status and completes the headers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen.status = message["status"]
            headers = list(message.get("headers", ()))
            names = {name for name, _ in headers}
            headers += [one for one in _SAFE if one[0] not in names]
            if seen.status in BUSY and b"retry-after" not in names:
                headers.append(_COME_AGAIN)
            if life.draining:
                headers.append((b"connection", b"close"))
            headers.append((b"x-request-id", request_id.encode()))
            headers += version_headers(scope["method"], _template(scope))
            message["headers"] = headers
        await send(message)

    return sending


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return id_of_request(given)


def _template(scope: Scope) -> str:
    """Return the template that the route's handler declares, or the route's path."""
    declared = declaration_of(scope["route_handler"]) if "route_handler" in scope else None
    template = (declared.template if declared else "") or scope.get("path_template")
    return shown_template(str(template)) if template else "unknown"
