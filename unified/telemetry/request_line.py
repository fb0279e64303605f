"""What is known of the request that runs, for its one log line, and its id, for all lines and rows that it leads to.

The line is open for the time of one request or one piece of background work. Every part that runs for it finds it, in whatever
task, and adds what it knows; nothing of a record, a path, a query or a body can be added.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from http import HTTPStatus
from typing import Any

import msgspec

_GIVEN = re.compile(
    r"(?!.*(?<![A-Za-z0-9])(?:u[a-z]|whsec)_)"  # a word that begins like one
    r"(?!.*(?:u[a-z]|whsec)_[A-Za-z0-9]{20})"  # a large part of one, anywhere
    r"[A-Za-z0-9_.-]{1,64}"
)
"""An id that a caller may choose. Texts with a key, a token or the secret of a webhook in them, or with a word that begins like
one, are not taken: they would be logged and stored."""
REQUEST, BACKGROUND = "req_", "job_"
"""Prefixes of the ids of requests, and of work that no request asked for."""
CUSTOM = "custom"
"""The operation while it is not known whether the caller's word is a method."""


class RequestLine(msgspec.Struct, kw_only=True):
    """What the log line says of one request, as far as it is known."""

    id: str
    tenant: str | None = None
    provider: str | None = None
    account: str | None = None
    model: str | None = None
    operation: str | None = None
    """The method of the model, such as `list`."""
    code: str | None = None
    """The code of the last refusal."""
    asked_by: str | None = None
    """The id of the request that asked for the approved write."""
    calls: int = 0
    """Calls to providers, retries included."""
    upstream_status: int | None = None
    """The status of the last call that failed; of the last call if none did; 0 if there was no response."""
    upstream_ms: float = 0.0
    """The time of all these calls together."""

    def note_call(self, provider: str, status: int, seconds: float) -> None:
        """Add a call to a provider; a status of 0 means that there was no response."""
        failed_before = self.upstream_status is not None and not _is_success(self.upstream_status)
        self.calls += 1
        self.provider = provider
        self.upstream_ms += seconds * 1000
        if not (failed_before and _is_success(status)):
            self.upstream_status = status

    def fields(self) -> dict[str, Any]:
        """Return what is known, by the names of the log's fields."""
        known = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None and name != "id"}
        if not self.calls:
            del known["calls"], known["upstream_ms"]
        else:
            known["upstream_ms"] = round(self.upstream_ms, 1)
        return {"request_id": self.id, **known}


def _is_success(status: int) -> bool:
    return 0 < status < HTTPStatus.BAD_REQUEST


_CURRENT: ContextVar[RequestLine | None] = ContextVar("unified_request_line", default=None)


def id_of_request(given: str) -> str:
    """Return the id that a caller chose if it has the form of one; otherwise a new id."""
    return given if _GIVEN.fullmatch(given) else _new_id(REQUEST)


def _new_id(prefix: str) -> str:
    return f"{prefix}{secrets.token_hex(12)}"


def current_request_id() -> str | None:
    """Return the id of what runs; None for a command."""
    line = _CURRENT.get()
    return None if line is None else line.id


def open_line(request_id: str) -> tuple[RequestLine, Token[RequestLine | None]]:
    """Open the line of a request, until `close_line`."""
    line = RequestLine(id=request_id)
    return line, _CURRENT.set(line)


def close_line(opened: Token[RequestLine | None]) -> None:
    """Close a line; `opened` is what `open_line` returned beside it."""
    _CURRENT.reset(opened)


@contextmanager
def background_work(request_id: str | None = None) -> Iterator[None]:
    """Give what runs in the block the id that is given, or a new one; without one given, it may be a part of a request."""
    if request_id is None and _CURRENT.get() is not None:
        yield
        return
    _, opened = open_line(request_id or _new_id(BACKGROUND))
    try:
        yield
    finally:
        close_line(opened)


def note(**known: str | None) -> None:
    """Add to the line of the request that runs, if there is one; a name is a field of `RequestLine`."""
    line = _CURRENT.get()
    if line is not None:
        for name, value in known.items():
            setattr(line, name, value)


def note_use(account: str, model: str | None, operation: str) -> None:
    """Add the first use of an account; those that follow are parts of it, such as the records that a list expands."""
    line = _CURRENT.get()
    if line is not None and line.account is None:
        line.account, line.model, line.operation = account, model, operation


def note_method(method: str) -> None:
    """Replace the word `custom` by the method's name, now that it is known to be one."""
    line = _CURRENT.get()
    if line is not None and line.operation == CUSTOM:
        line.operation = method


def note_call(provider: str, status: int, seconds: float) -> None:
    """Add a call to a provider to the line of the request that runs, if there is one."""
    line = _CURRENT.get()
    if line is not None:
        line.note_call(provider, status, seconds)
