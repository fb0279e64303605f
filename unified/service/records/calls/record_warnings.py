"""Warnings about single records of an answer: fields that the provider reports incompletely."""

from typing import Any

import msgspec

from unified.errors.names import known_names
from unified.service.records.calls.call import Call
from unified.transform.queries.query import Query
from unified.transform.record_metadata import record_notes
from unified.transform.records.record_notes import WORDS

CUSTOM = "custom_fields"
MAX_NAMED = 100
"""Records that one warning names; of more, it says how many."""


class ListWarning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something the caller should know about an answer that succeeded."""

    code: str
    """Stable, for programs."""
    message: str
    """The message, in a sentence."""
    fields: tuple[str, ...] = ()
    """The fields concerned, of a warning about some of the records only."""
    records: tuple[str, ...] = ()
    """The ids of these records."""


def has_notes(call: Call) -> bool:
    """Return whether the mapping says anything of single records; most say nothing."""
    return call.mapping.warnings is not None


def note_record(call: Call, record_id: str, item: Any, bindings: dict[str, Any], asked: frozenset[str]) -> None:
    """Keep the mapping's warnings about a record that the caller gets, if they are about fields that are shown.

    `asked` are the fields that the caller asked for; all of them if there are none.

    Raises:
        MappingFailed: a result of the mapping is not a warning.
    """
    if not has_notes(call):
        return
    for note in record_notes(call.mapping, item, bindings):
        fields = tuple(one for one in note.fields if one not in call.visibility.hidden and (not asked or one in asked))
        if fields:
            call.notes.setdefault((note.code, fields), []).append(record_id)


def note_withheld(call: Call, query: Query) -> None:
    """Warn that custom fields are empty because of chosen resources; the warning does not depend on the records."""
    if call.mapping.custom_keys.is_read and call.visibility.fields.withholds(CUSTOM, query):
        call.warn("withheld", f"{CUSTOM}: left out within chosen resources, as no one knows whether a value names another one")


def warnings_of(call: Call) -> tuple[ListWarning, ...]:
    """Return all warnings about an answer: those about the answer as a whole, then those about some of its records."""
    whole = (ListWarning(code=code, message=message) for code, message in call.warnings.items())
    return (*whole, *(_about(code, fields, ids) for (code, fields), ids in call.notes.items()))


def _about(code: str, fields: tuple[str, ...], ids: list[str]) -> ListWarning:
    named = tuple(dict.fromkeys(ids))
    count = "1 record" if len(named) == 1 else f"{len(named)} records"
    message = f"{WORDS[code].format(known_names(fields))}, of {count}"
    return ListWarning(code=code, message=message, fields=fields, records=named[:MAX_NAMED])
