"""Versions of records: a write of an outdated one is a conflict."""

import hashlib
from typing import Any

from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.seeding import Rows
from unified_sandbox.messages import Incoming, Record


def check_version(rows: Rows, before: Record, body: Any, request: Incoming) -> None:
    """Decline a write that names no version, or another than the record has: in the body, or in `If-Match`."""
    name = rows.rules.version
    if not name:
        return
    given = body.get(name) if isinstance(body, dict) else None
    given = request.headers.get("if-match", "").strip('"') if given is None else given
    if not given:
        refuse("missing_field", f"{name} is required.", name)
    if str(given) != str(before.get(name)):
        refuse("conflict", "The record has changed since this version of it was read.", name)


def next_version(version: Any) -> Any:
    """Return the version after this one: the next number, or another text of the same length."""
    if isinstance(version, int):
        return version + 1
    text = str(version or "")
    return hashlib.sha256(text.encode()).hexdigest()[: len(text) or 32]
