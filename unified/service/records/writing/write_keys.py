"""Keys that tell whether a write repeats an earlier one: the idempotency key of a client, or one derived from the call.

An agent that waited too long for a write calls again, and few clients send a key with it. So a write that an
agent sends through an MCP server without a key gets one derived from the call, which counts for a while after the first.
"""

import hashlib
import re
from datetime import timedelta

import msgspec

from unified.errors.requests import MalformedRequest
from unified.service.records.calls.call import Call
from unified.service.records.writing.write import Write
from unified.service.records.writing.write_duration import lost_after
from unified.service.runtime.services import Services

TTL = timedelta(hours=24)
"""How long the key of a client counts."""
MAX_KEY_LENGTH = 255
KEY_CHARACTERS = "[ -~]"
"""The characters that a key may hold: the printable ones of ASCII."""
_KEY = re.compile(f"{KEY_CHARACTERS}{{1,{MAX_KEY_LENGTH}}}")


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """By what repetitions of one write are found, as digests: nothing of the write can be read from them."""

    mark: bytes
    """Found by it, within the account."""
    request: bytes
    """Must be equal for the same mark; another one is another write."""
    lifetime: timedelta = TTL
    """How long a repetition counts as one, from the start of the first."""
    is_derived: bool = False
    """Whether the client sent none, so that the same call may be meant to do the same a second time."""


def check_key(key: str) -> None:
    """Raise MalformedRequest unless a key is 1 to 255 printable ASCII characters."""
    if not _KEY.fullmatch(key):
        raise MalformedRequest(f"idempotency key: expected 1 to {MAX_KEY_LENGTH} printable ASCII characters")


def key_of_request(call: Call, write: Write, key: str | None, position: int | None = None) -> WriteKey | None:
    """Return the key of a request over REST, or of a write at a position in a batch; None if the client sent none.

    Raises:
        MalformedRequest: it is not 1 to 255 printable ASCII characters.
    """
    if key is None:
        return None
    check_key(key)
    mark = hashlib.sha256((key if position is None else f"{key}\n{position}").encode()).digest()
    return WriteKey(mark=mark, request=hashlib.sha256(_canonical(call, write)).digest())


def key_of_agent(call: Call, write: Write, key: str | None) -> WriteKey | None:
    """Return the key of a call through an MCP server: the client's, or one derived from the call if repetitions count.

    Both count for the server, and for the API key shown with its token. Their digests are keyed, because a short write could be
    guessed from a plain one.

    Raises:
        MalformedRequest: the client's is not 1 to 255 printable ASCII characters.
    """
    window = repeat_window(call.services)
    request = _keyed(call, "request", _canonical(call, write))
    if key is not None:
        check_key(key)
        return WriteKey(mark=_keyed(call, "key", key.encode()), request=request)
    if not window:
        return None
    lifetime = max(window, lost_after(call.services))  # a write that is still on its way is never sent a second time
    return WriteKey(mark=_keyed(call, "call", request), request=request, lifetime=lifetime, is_derived=True)


def repeat_window(services: Services) -> timedelta:
    """Return how long the same call of an agent counts as a repetition; zero if it never does."""
    return timedelta(seconds=services.settings.mcp_repeat_window)


def _canonical(call: Call, write: Write) -> bytes:
    """Return a write as JSON, equal whatever the order of its keys."""
    more = [one for one in (write.path, write.by, write.record_id, write.version) if one]
    return msgspec.json.encode([call.mapping.model.id, call.method, write.body, *more], order="sorted")


def _keyed(call: Call, kind: str, content: bytes) -> bytes:
    principal, account = call.principal, call.account
    owner = (account.tenant_id, account.id, principal.key_id, principal.api_key_id or "")
    return bytes.fromhex(call.services.digest.of_content(content, "mcp-write", kind, *owner))
