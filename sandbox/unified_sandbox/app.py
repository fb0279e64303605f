"""The sandbox as one ASGI app: `/{provider}/…` for the stand-ins, `/_sandbox/…` for those who steer them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, TypeAlias

import msgspec

from unified.errors.names import known_names
from unified_sandbox.control import Control, Journal
from unified_sandbox.faults import Fault, Faults
from unified_sandbox.live import Live
from unified_sandbox.messages import Answer, Incoming, Query, as_xml
from unified_sandbox.registry import discover
from unified_sandbox.standin import StandIn

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Clock: TypeAlias = Callable[[], datetime]

MAX_BODY = 16 * 1024 * 1024
DRIP_PIECE = 16


def utc_now() -> datetime:
    """Return the clock of a running sandbox."""
    return datetime.now(UTC)


def create_sandbox(
    standins: Mapping[str, StandIn] | None = None, *, clock: Clock = utc_now, enforce_limits: bool = False
) -> "Sandbox":
    """Make the ASGI app over the given stand-ins, or over all that `registry.discover` finds.

    `clock` stamps what is created and ends tokens. `enforce_limits` makes budgets count; without it a 429 comes only
    from a planned fault.
    """
    chosen = discover() if standins is None else standins
    lives = {name: Live(standin, enforce_limits=enforce_limits) for name, standin in chosen.items()}
    return Sandbox(lives, clock)


class Sandbox:
    """The ASGI callable; `lives` and `faults` are open to tests that look inside."""

    def __init__(self, lives: Mapping[str, Live], clock: Clock) -> None:
        self.lives = lives
        self.journal = Journal()
        self.faults = Faults()
        self._control = Control(lives, self.faults, self.journal)
        self._clock = clock

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection of an ASGI server."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        provider, _, rest = raw.split(b"?")[0].decode("latin-1").lstrip("/").partition("/")
        request = await self._incoming(scope, receive, provider, "/" + rest)
        if provider == "_sandbox":
            await _send(send, self._controlled(scope, request))
        elif provider in self.lives:
            await self._call(provider, request, send)
        else:
            detail = f"No stand-in at /{provider}; known: {known_names(self.lives)}."
            await _send(send, Answer(404, {"status": 404, "detail": detail}))

    async def _incoming(self, scope: Message, receive: Receive, provider: str, path: str) -> Incoming:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "127.0.0.1")
        return Incoming(
            method=scope["method"],
            path=path,
            query=Query(scope["query_string"].decode("latin-1")),
            headers=headers,
            body=await _body(receive),
            base=f"{scope.get('scheme', 'http')}://{host}/{provider}",
            now=self._clock(),
        )

    def _controlled(self, scope: Message, request: Incoming) -> Answer:
        client = scope.get("client")
        if client and not ip_address(client[0]).is_loopback:
            return Answer(403, {"status": 403, "detail": "The control surface answers on loopback only."})
        return self._control.answer(request)

    async def _call(self, provider: str, request: Incoming, send: Send) -> None:
        live = self.lives[provider]
        fault = self.faults.take(provider, request.method, request.path) or Fault(provider=provider)
        pause = fault.delay_ms + (live.tokens.delay_ms if live.is_token_call(request.path) else 0)
        if pause:
            await asyncio.sleep(pause / 1000)
        answer, authorized = (_faulty(fault, live, request), True) if fault.answers else live.answer(request)
        is_own = fault.body is None and not live.is_token_call(request.path)
        if is_own and live.standin.answers == "xml":
            answer = as_xml(answer)
        headers = live.informative_headers(answer.status) | answer.headers | fault.headers
        status = None if fault.drop else answer.status
        self.journal.add(provider, request, status, authorized=authorized, operation=answer.operation)
        await _send(send, Answer(answer.status, answer.body, headers), fault)


def _faulty(fault: Fault, live: Live, request: Incoming) -> Answer:
    status = fault.status or 200
    if fault.body is not None:
        return Answer(status, fault.body.encode() if isinstance(fault.body, str) else fault.body)
    if fault.drop:
        return Answer(status, b" ")
    code = {429: "rate_limited", 401: "invalid_credentials", 500: "server_error"}.get(status, "fault")
    return live.refuse(request, status, code, "A fault planned by the sandbox.")


async def _body(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if not message.get("more_body") or size > MAX_BODY:
            return b"".join(pieces)


async def _send(send: Send, answer: Answer, fault: Fault | None = None) -> None:
    body = _encoded(answer.body)
    headers = {"content-type": "application/json;charset=utf-8"} if body else {}
    headers |= {name.lower(): value for name, value in answer.headers.items()}
    if answer.status != 204:
        headers["content-length"] = str(len(body))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if fault is not None and fault.drop:
        return
    if fault is not None and fault.drip_ms:
        for start in range(0, len(body), DRIP_PIECE):
            piece = body[start : start + DRIP_PIECE]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(fault.drip_ms / 1000)
        body = b""
    await send({"type": "http.response.body", "body": body})


def _encoded(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return msgspec.json.encode(body)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
