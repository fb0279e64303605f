"""Sealed values that clients carry: cursors of the tool list, and the state between a request for input and the next call.

Both are sealed for one caller. A value that was edited, or comes from another caller, context or installation, cannot be
opened.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec

from unified.errors.requests import InvalidCursor
from unified.vault.seal import Vault

MAX_LENGTH = 4096
Owner = tuple[str, str]


class StateRefused(Exception):
    """A state that was edited, has expired, or belongs to another call or caller; one error for all cases."""


def seal_offset(vault: Vault, owner: Owner, names: list[str], offset: int) -> str:
    """Return the cursor for an offset in the list of these tools."""
    return vault.seal_cursor(str(offset).encode(), context=_list_context(owner, names))


def open_offset(vault: Vault, owner: Owner, names: list[str], cursor: str) -> int:
    """Return the offset of a cursor.

    Raises:
        InvalidCursor: the cursor is not valid, or the list of tools has changed.
    """
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursor(f"cursor: expected at most {MAX_LENGTH} characters")
    return int(vault.open_cursor(cursor, context=_list_context(owner, names)))


def seal_state(vault: Vault, owner: Owner, tool: str, arguments: Any, state: Any, *, until: datetime) -> str:
    """Return the text that a client sends back when it calls the tool again with the same arguments."""
    payload = msgspec.json.encode((until.timestamp(), state))
    return vault.seal_cursor(payload, context=_call_context(owner, tool, arguments))


def open_state(vault: Vault, owner: Owner, tool: str, arguments: Any, text: str, *, now: datetime) -> Any:
    """Return the state that `seal_state` sealed.

    A client may send it more than once, so it must not cause any action: it only says what to look up.

    Raises:
        StateRefused: the text cannot be opened for this call, or has expired.
    """
    if len(text) > MAX_LENGTH:
        raise StateRefused
    try:
        until, state = msgspec.json.decode(vault.open_cursor(text, context=_call_context(owner, tool, arguments)))
    except InvalidCursor:
        raise StateRefused from None
    if now.timestamp() >= until:
        raise StateRefused
    return state


def _list_context(owner: Owner, names: list[str]) -> tuple[str, ...]:
    return ("mcp-tools", *owner, hashlib.sha256("\n".join(names).encode()).hexdigest())


def _call_context(owner: Owner, tool: str, arguments: Any) -> tuple[str, ...]:
    return ("mcp-state", *owner, tool or "-", hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest())
