"""The one layer around the application: it keeps, for every request, what each file of this folder promises.

From the outside in: an id and the scope of the request, its log line, span and count; safe headers; compression; the deadline
of the body; the watch over the client; the end of the grace period; the audit of what was cancelled.
"""

import asyncio
import time
from typing import Any

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from unified.api.middleware.audit import record_end
from unified.api.middleware.body_deadline import TimedBody
from unified.api.middleware.compression import compressed_body, is_compressible, varying_headers
from unified.api.middleware.disconnect import ClientWatch, LateRequests
from unified.api.middleware.safe_headers import missing_headers
from unified.api.middleware.stop import answer_stopped
from unified.api.requests.declarations import declaration_of, shown_template
from unified.api.requests.headers import has_body
from unified.api.requests.versions import version_headers
from unified.effects import noting_effects
from unified.service.runtime.services import Lifecycle
from unified.settings.settings import Settings
from unified.telemetry.instrumentation import Observation, observe_request
from unified.telemetry.logs import log_request
from unified.telemetry.metrics import known_method
from unified.telemetry.request_ids import id_of_request
from unified.telemetry.request_scope import RequestScope, close_scope, open_scope
from unified.telemetry.traces import traceparent_of
from unified.text.formatting_times import time_text


def request_layer(app: ASGIApp, *, lifecycle: Lifecycle | None = None, patience: float = Settings().client_timeout) -> ASGIApp:
    """Return the application as it is served.

    Args:
        app: The application.
        lifecycle: Says when the process drains, and has the requests that are open.
        patience: Seconds for a request's body, from the moment it is first read.
    """
    layer = _Layer(life=lifecycle or Lifecycle(), late=LateRequests(), patience=patience)

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        started = time.perf_counter()
        # Routing sees the path as it came: an id with an encoded slash stays one segment; handlers decode once.
        scope["path"] = scope["raw_path"].partition(b"?")[0].decode("ascii", "replace")
        known = RequestScope(id=_request_id(scope), has_body=has_body(scope))
        opened = open_scope(known)
        with observe_request(scope["method"], traceparent_of(scope["headers"])) as seen, noting_effects():
            try:
                await _answer(app, _Exchange(layer, scope, receive, send, known), seen)
            finally:
                seen.route = _template(scope)
                log_request(
                    method=known_method(scope["method"]),
                    route=seen.route,
                    status=seen.status,
                    ms=round((time.perf_counter() - started) * 1000, 1),
                    **known.log_fields(),
                )
                close_scope(opened)

    return run


async def _answer(app: ASGIApp, one: "_Exchange", seen: Observation) -> None:
    """Have a request answered; what a stop or its client ends is audited, and ends without an error."""
    requests = one.layer.life.requests
    one.layer.late.add(one.client)
    requests.add(one.task)
    try:
        await _unless_stopped(app, one)
    except asyncio.CancelledError:
        if not one.client.ended_request():
            raise
    finally:
        requests.discard(one.task)
        one.client.close()
        seen.status = one.status


async def _unless_stopped(app: ASGIApp, one: "_Exchange") -> None:
    try:
        await app(one.scope, one.client.receive, one.send)
    except asyncio.CancelledError as gone:
        await record_end(one.known, gone)
        if not one.layer.life.draining or one.task.uncancel() > 0:
            raise
        if not one.has_begun:  # an answer that has begun stays incomplete, and the server closes its connection
            await answer_stopped(one.scope, one.send)


class _Layer(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that all requests of an application share."""

    life: Lifecycle
    late: LateRequests
    patience: float


class _Exchange:
    """One request and its answer, on their way through the layer."""

    __slots__ = ("_body", "_held", "_send", "client", "has_begun", "known", "layer", "scope", "status", "task")

    def __init__(self, layer: _Layer, scope: HTTPScope, receive: Receive, send: Send, known: RequestScope) -> None:
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None, "a server runs each request in a task"
        self.layer, self.scope, self.known, self.task = layer, scope, known, task
        self._send = send
        self._body = TimedBody(receive, layer.patience) if known.has_body else None
        self.client = ClientWatch(receive if self._body is None else self._body.receive, task, is_read=not known.has_body)
        self._held: HTTPResponseStartEvent | None = None
        """The head of an answer, until it is known whether the body comes in one piece."""
        self.has_begun = False
        self.status = 0
        """Of the head that was sent; 0 for none."""

    async def send(self, message: Message) -> None:
        """Pass on the application's message."""
        if message["type"] == "http.response.start":
            await self._begin(message)
            return
        if message["type"] == "http.response.body":
            self.client.answered = not message.get("more_body", False)
            if self._held is not None:
                message = await self._compressed(message, self._held)
        await self._send(message)

    async def _begin(self, start: HTTPResponseStartEvent) -> None:
        self.has_begun = True
        if self._body is not None and self._body.is_late:
            start["headers"] = [*start.get("headers", ()), (b"connection", b"close")]
        if is_compressible(self.scope, start):
            self._held = start
        else:
            await self._send_head(start)

    async def _compressed(self, message: HTTPResponseBodyEvent, start: HTTPResponseStartEvent) -> HTTPResponseBodyEvent:
        """Send the head that was held; return the body, compressed if it came in one piece and is worth it."""
        self._held = None
        body = await compressed_body(self.scope, message)
        start["headers"] = varying_headers(start["headers"], None if body is None else len(body))
        await self._send_head(start)
        return message if body is None else {"type": message["type"], "body": body, "more_body": False}

    async def _send_head(self, start: HTTPResponseStartEvent) -> None:
        self.status = int(start["status"])  # some are members of an enum, which a line of text would show by its name
        headers = [*start.get("headers", ())]
        names = {name for name, _ in headers}
        headers += missing_headers(self.status, self.scope["path"], names, asked=self.scope["headers"])
        if self.layer.life.draining:
            headers.append((b"connection", b"close"))
        headers.append((b"x-request-id", (self.known.id or "").encode()))
        if self.known.key_end is not None:
            headers.append((b"unified-key-expires", time_text(self.known.key_end).encode()))
        start["headers"] = headers + version_headers(self.scope["method"], lambda: _template(self.scope))
        await self._send(start)


def _request_id(scope: Scope) -> str:
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    return id_of_request(given)


def _template(scope: Scope) -> str:
    """Return the template that the route's handler declares, or the route's path."""
    declared = declaration_of(scope["route_handler"]) if "route_handler" in scope else None
    template = (declared.template if declared else "") or scope.get("path_template")
    return shown_template(str(template)) if template else "unknown"
