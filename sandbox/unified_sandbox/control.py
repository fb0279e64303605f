"""The control surface under `/_sandbox/`: what reached the stand-ins, faults, tokens, planting, reset.

Loopback only, and part of the sandbox alone. A refusal says what was expected and what exists.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import unquote

import msgspec

from unified.errors.names import known_names
from unified_sandbox.faults import Fault, Faults
from unified_sandbox.live import Live
from unified_sandbox.messages import Answer, Incoming, Record

LOG_LENGTH = 10_000


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One call that reached a stand-in; never a body or a header."""

    n: int
    at: datetime
    provider: str
    method: str
    path: str
    query: str
    status: int | None
    """None when the connection was dropped on purpose."""
    authorized: bool
    operation: str
    """Of GraphQL: `query` or `mutation`; empty for other calls."""


class Journal:
    """The last 10,000 calls, numbered from 1."""

    def __init__(self) -> None:
        self.seen: deque[Seen] = deque(maxlen=LOG_LENGTH)
        self.count = 0

    def add(self, provider: str, request: Incoming, status: int | None, *, authorized: bool, operation: str) -> None:
        """Note a call after it was answered."""
        self.count += 1
        self.seen.append(
            Seen(
                n=self.count,
                at=request.now,
                provider=provider,
                method=request.method,
                path=request.path,
                query=request.query.text,
                status=status,
                authorized=authorized,
                operation=operation,
            )
        )


class TokenOrder(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `POST /_sandbox/tokens`."""

    provider: str
    expire: bool = False
    revoke: bool = False
    lifetime_s: int | None = None
    rotate: bool | None = None
    delay_ms: int | None = None


class Control:
    """Answers the control surface over the parts that it was given."""

    def __init__(self, lives: Mapping[str, Live], faults: Faults, journal: Journal) -> None:
        self._lives = lives
        self._faults = faults
        self._journal = journal
        self._routes: dict[tuple[str, str], Callable[[Incoming], Answer]] = {
            ("GET", "/requests"): self._requests,
            ("POST", "/reset"): self._reset,
            ("POST", "/faults"): self._plan,
            ("GET", "/faults"): self._planned,
            ("DELETE", "/faults"): self._remove_planned,
            ("POST", "/tokens"): self._tokens,
        }

    def answer(self, request: Incoming) -> Answer:
        """Answer one control call; `request.path` is below `/_sandbox`."""
        route = self._routes.get((request.method, request.path))
        try:
            if route is not None:
                return route(request)
            parts = request.path.strip("/").split("/")
            if request.method == "PUT" and len(parts) == 3:
                return self._plant(request, *(unquote(part) for part in parts))
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as problem:
            return _problem(422, str(problem))
        known = ", ".join((*map(" ".join, self._routes), "PUT /{provider}/{resource}/{id}"))
        return _problem(404, f"No {request.method} {request.path} here; known: {known}.")

    def _live(self, provider: str) -> Live:
        if provider not in self._lives:
            raise ValueError(f"Unknown provider {provider!r}; known: {known_names(self._lives)}.")
        return self._lives[provider]

    def _requests(self, request: Incoming) -> Answer:
        since = request.query.number("since", 0)
        if since is None:
            raise ValueError("since must be the n of a request: the answer holds those after it.")
        provider = request.query.get("provider", "")
        seen = [one for one in self._journal.seen if one.n > since and provider in {"", one.provider}]
        return Answer(200, {"data": seen})

    def _reset(self, _request: Incoming) -> Answer:
        for live in self._lives.values():
            live.reset()
        self._faults.planned.clear()
        self._journal.seen.clear()
        self._journal.count = 0
        return Answer(204)

    def _plan(self, request: Incoming) -> Answer:
        fault = msgspec.json.decode(request.body, type=Fault)
        self._live(fault.provider)
        if fault.times < 1:
            raise ValueError("times must be at least 1.")
        self._faults.planned.append(fault)
        return Answer(201, {"planned": len(self._faults.planned)})

    def _planned(self, _request: Incoming) -> Answer:
        """Return the faults that no call has hit yet, each with the times that are left."""
        return Answer(200, {"data": self._faults.planned})

    def _remove_planned(self, _request: Incoming) -> Answer:
        self._faults.planned.clear()
        return Answer(204)

    def _tokens(self, request: Incoming) -> Answer:
        order = msgspec.json.decode(request.body, type=TokenOrder)
        tokens = self._live(order.provider).tokens
        expired = tokens.expire(request.now) if order.expire else 0
        revoked = tokens.revoke() if order.revoke else 0
        tokens.lifetime_s = tokens.lifetime_s if order.lifetime_s is None else order.lifetime_s
        tokens.rotate = tokens.rotate if order.rotate is None else order.rotate
        tokens.delay_ms = tokens.delay_ms if order.delay_ms is None else order.delay_ms
        return Answer(200, {"expired": expired, "revoked": revoked})

    def _plant(self, request: Incoming, provider: str, resource: str, id_: str) -> Answer:
        live = self._live(provider)
        if resource not in live.state:
            raise ValueError(f"Unknown resource {resource!r} of {provider}; known: {known_names(live.state)}.")
        record = msgspec.json.decode(request.body, type=Record)
        return Answer(200, live.plant(resource, id_, record, request.base.rpartition("/")[0] + f"/{provider}"))


def _problem(status: int, detail: str) -> Answer:
    return Answer(status, {"status": status, "detail": detail})
