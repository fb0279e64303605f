"""What clients carry for us: cursors of the tool list, and the state between a question and the call after it.

Both are sealed for one caller, so that an edited text, or one from another caller, place or installation, does not open.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

import msgspec

from unified.errors import InvalidCursor
from unified.vault.seal import Vault

MAX_LENGTH = 4096
Owner = tuple[str, str]


class StateRefused(Exception):
    """A state that was edited, is too old, or was made for another call or caller: one error for all."""


def seal_offset(vault: Vault, owner: Owner, names: list[str], offset: int) -> str:
    """The cursor for a place in the list of these tools."""
    return vault.seal_cursor(str(offset).encode(), context=_list_place(owner, names))


def open_offset(vault: Vault, owner: Owner, names: list[str], cursor: str) -> int:
    """The place of a cursor; InvalidCursor also when the list is another one now."""
    if len(cursor) > MAX_LENGTH:
        raise InvalidCursor(f"cursor: expected at most {MAX_LENGTH} characters")
    return int(vault.open_cursor(cursor, context=_list_place(owner, names)))


def seal_state(vault: Vault, owner: Owner, tool: str, arguments: Any, state: Any, *, until: datetime) -> str:
    """The text that a client brings back when it calls the tool again with the same arguments."""
    payload = msgspec.json.encode((until.timestamp(), state))
    return vault.seal_cursor(payload, context=_call_place(owner, tool, arguments))


def open_state(vault: Vault, owner: Owner, tool: str, arguments: Any, text: str, *, now: datetime) -> Any:
    """The state again; StateRefused for everything else.

    It may be brought back more than once. So nothing may be done because of it: it only says what to look up.
    """
    if len(text) > MAX_LENGTH:
        raise StateRefused
    try:
        until, state = msgspec.json.decode(vault.open_cursor(text, context=_call_place(owner, tool, arguments)))
    except InvalidCursor:
        raise StateRefused from None
    if now.timestamp() >= until:
        raise StateRefused
    return state


def _list_place(owner: Owner, names: list[str]) -> tuple[str, ...]:
    return ("mcp-tools", *owner, hashlib.sha256("\n".join(names).encode()).hexdigest())


def _call_place(owner: Owner, tool: str, arguments: Any) -> tuple[str, ...]:
    return ("mcp-state", *owner, tool or "-", hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest())
