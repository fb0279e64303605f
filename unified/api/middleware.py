"""Around every request: an id, a bounded access log line, and paths kept as they came.

The log line has an allow-list of fields and the route's template instead of the path, so that no id, token or query
reaches a log.
"""

import re
import secrets
import time
from collections.abc import Callable

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("unified.access")
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def observed(app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> ASGIApp:
    """The application with request ids and an access log."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started, status = clock(), 0
        # Routing sees the path as it came: an id with an encoded slash stays one segment; handlers decode once.
        scope["path"] = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
        request_id = _request_id(scope)
        scope["state"] = {**(scope.get("state") or {}), "request_id": request_id}

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            took = round((clock() - started) * 1000, 1)
            log.info("request", id=request_id, method=scope["method"], route=_template(scope), status=status, ms=took)

    return run


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return given if _ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"


def _template(scope: Scope) -> str:
    template = scope.get("path_template")
    return str(template) if template else "unknown"
