"""Warnings about single records of an answer: fields of which the provider says less than there is."""

from typing import Any

import msgspec

from unified.errors.names import known_names
from unified.service.records.call import Call
from unified.transform.query import Query
from unified.transform.record_notes import WORDS

MAX_NAMED = 100
"""Records that one warning names; of more, it says how many."""


class ListWarning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something the caller should know about an answer that succeeded."""

    code: str
    """Stable, for programs."""
    message: str
    """What to know, in a sentence."""
    fields: tuple[str, ...] = ()
    """The fields concerned, of a warning about some of the records only."""
    records: tuple[str, ...] = ()
    """The ids of these records."""


def note_record(call: Call, record_id: str, item: Any, bindings: dict[str, Any], query: Query) -> None:
    """Keep what the mapping says of a record that the caller gets, as far as it is about fields that are shown.

    Raises:
        MappingFailed: the mapping says something that is no warning.
    """
    if call.mapping.warnings is None:  # most mappings: lists are the hot path
        return
    notes = call.mapping.notes_of(item, bindings)
    asked = {name.split(".")[0] for name in query.fields} if notes else set()
    for note in notes:
        fields = tuple(one for one in note.fields if one not in call.visibility.hidden and (not asked or one in asked))
        if fields:
            call.notes.setdefault((note.code, fields), []).append(record_id)


def warnings_of(call: Call) -> tuple[ListWarning, ...]:
    """Return all warnings about an answer: those about the answer as a whole, then those about some of its records."""
    whole = (ListWarning(code=code, message=message) for code, message in call.warnings.items())
    return (*whole, *(_about(code, fields, ids) for (code, fields), ids in call.notes.items()))


def _about(code: str, fields: tuple[str, ...], ids: list[str]) -> ListWarning:
    named = tuple(dict.fromkeys(ids))
    count = "1 record" if len(named) == 1 else f"{len(named)} records"
    message = f"{WORDS[code].format(known_names(fields))}, of {count}"
    return ListWarning(code=code, message=message, fields=fields, records=named[:MAX_NAMED])
