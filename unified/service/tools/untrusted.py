"""The marks on what a provider says, in all that an agent gets: its words are inside of what is marked, and nowhere else.

Records are in `data` of the marked envelope. This module marks other texts: refusals, ids in warnings and approvals, versions.
"""

import copy
import re

import msgspec

from unified.errors.error import ProviderProblem, UnifiedError
from unified.errors.requests import InvalidCursor, ValidationFailed
from unified.service.approvals import ShownTarget
from unified.service.records.calls.call import Call
from unified.service.records.calls.record_warnings import ListWarning
from unified.service.records.reading.versions import MAX_CHARACTERS, shown_version
from unified.service.tools.result_limits import LimitCounters, Record, limit_value

_PLAIN = re.compile(r"[0-9][0-9T:.Z+-]{0,39}")
"""Versions that are counts or times: they say nothing to a model."""
SEALED = "sealed:"
"""The start of a version that would be the provider's own text: an agent gets it sealed, and gives it back as it is."""


def marked_error(problem: UnifiedError) -> UnifiedError:
    """Return an error for an agent: what the provider says, also of single fields, is in `provider`, cleaned and marked."""
    said = problem.provider
    if said is None or said.untrusted is True:
        return problem
    shown = copy.copy(problem)
    whole = msgspec.to_builtins(msgspec.structs.replace(said, errors=problem.errors, untrusted=True))
    shown.provider = msgspec.convert(limit_value(whole, LimitCounters()), ProviderProblem)
    shown.errors = ()
    return shown


def marked_warning(warning: ListWarning, counters: LimitCounters) -> Record:
    """Return a warning for an agent: ids of records are the provider's texts, so a warning with some is cleaned and marked."""
    shown: Record = msgspec.to_builtins(warning)
    if not warning.records:
        return shown
    return {**shown, "records": limit_value(list(warning.records), counters), "untrusted": True}


def marked_id(record_id: str | None) -> Record | None:
    """Return the record of an approved write for an agent; None before, and for a delete."""
    return None if record_id is None else {"id": limit_value(record_id, LimitCounters()), "untrusted": True}


def marked_targets(targets: tuple[ShownTarget, ...]) -> list[Record]:
    """Return the records that a waiting write is about for an agent: their ids and names are the provider's texts."""
    counters = LimitCounters()
    return [limit_value(msgspec.to_builtins(one), counters) | {"untrusted": True} for one in targets]


def agent_version(call: Call, record_id: str) -> str | None:
    """Return the version of a record as an agent gets it; None if it has none, or one that is too long to be given back."""
    version = shown_version(call, record_id)
    if version is None or _PLAIN.fullmatch(version):
        return version
    sealed = SEALED + call.services.vault.seal_cursor(version.encode(), context=_place(call, record_id))
    return sealed if len(sealed) <= MAX_CHARACTERS else None


def opened_version(call: Call, record_id: str, given: str) -> str:
    """Return the version that an agent gives back, as the mapping knows it.

    Raises:
        ValidationFailed: it was not sealed for this record, or changed since.
    """
    if not given.startswith(SEALED):
        return given
    try:
        opened = call.services.vault.open_cursor(given.removeprefix(SEALED), context=_place(call, record_id))
    except InvalidCursor:
        message = "expected the version that came with this record, unchanged: read the record again"
        raise ValidationFailed.at("/version", message) from None
    return opened.decode()


def _place(call: Call, record_id: str) -> tuple[str, ...]:
    return ("tool_versions", call.account.tenant_id, call.account.id, call.mapping.model.id, record_id)
