"""The calls of the audit trail as they can be decided again: by account, model, method and the names that were asked for."""

from collections.abc import Iterable

import msgspec

from unified.store.audit_chain import asked_names
from unified.store.audit_usage import WAITS, UsageCount
from unified.transform.queries.asked_fields import WHOLE

UNKNOWN: frozenset[str] = frozenset({WHOLE})
"""Taken for what a row of an older version asked for: whole records, so that no field is taken away."""


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of one kind that were allowed."""

    account_id: str
    model: str | None
    """None for the pass-through."""
    method: str
    names: frozenset[str]
    """The names that were asked for (`unified.transform.queries.asked_fields`)."""
    waits: bool = False
    """Whether it is a write that waited for its approval."""
    by_server: bool = False
    """Whether an MCP server's token was shown without an API key."""

    @property
    def is_whole(self) -> bool:
        """Whether whole records were read, so that each hidden field is missed."""
        return WHOLE in self.names


def recorded_call(count: UsageCount) -> RecordedCall | None:
    """Return the call that rows are about; None for a refusal, a decision and a change of Unified itself."""
    waits = count.reason == WAITS
    if count.decides or count.decision != "allowed" or count.account_id is None or count.method is None:
        return None
    if not (count.kind == "call" or waits):
        return None
    names = asked_names(count.fields)
    return RecordedCall(
        account_id=count.account_id,
        model=count.model,
        method=count.method,
        names=UNKNOWN if names is None and count.model is not None else frozenset(names or ()),
        waits=waits,
        by_server=count.by_server,
    )


def merged_calls(calls: Iterable[RecordedCall]) -> tuple[RecordedCall, ...]:
    """Return one call for those that differ only in the names that they asked for, with the names of all of them."""
    names: dict[RecordedCall, frozenset[str]] = {}
    for one in calls:
        key = msgspec.structs.replace(one, names=frozenset())
        names[key] = names.get(key, frozenset()) | one.names
    return tuple(msgspec.structs.replace(key, names=asked) for key, asked in names.items())
