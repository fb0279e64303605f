"""The names that the audit trail may hold of a query or a body: those of the common model, never a value.

A name is a field, or one of these words: `*` for whole records, `expand.` with the name of a relation, `search`, and what goes
to or comes from the provider unchanged. All are words of the models, which bound their number and length.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from unified.models import REMOTE_FIELDS, Model
from unified.models.relations import relations
from unified.transform.queries.filter_names import field_of
from unified.transform.queries.filter_options import time_field
from unified.transform.queries.query import TIMES, Query

WHOLE = "*"
"""No fields were named, so whole records were read."""
EXPAND = "expand."
"""Precedes the name of an expanded relation."""
SEARCH, INCLUDE_RAW, REMOTE_QUERY = "search", "include_raw", "remote_query"
WIDE = (SEARCH, INCLUDE_RAW, REMOTE_QUERY, REMOTE_FIELDS)
"""Names of the parameters and keys that could reach every field."""
DELETED = "is_deleted"


def condition_names(query: Query, model: Model) -> frozenset[str]:
    """Return what the conditions and the order of a query are about: names of conditions, and the fields that they mean."""
    names = {name for one in query.filters for name in (one.field, field_of(one.field, model))}
    names |= {query.sort.field} if query.sort else set()
    return frozenset(names | {time_field(name) for name in TIMES if getattr(query, name) is not None})


def names_of_query(query: Query, model: Model) -> frozenset[str]:
    """Return the names that a query asks for."""
    fields = {name.split(".")[0] for name in query.fields} | condition_names(query, model)
    fields |= {DELETED} if query.include_deleted else set()
    words = {SEARCH: query.search is not None, INCLUDE_RAW: query.include_raw, REMOTE_QUERY: bool(query.remote_query)}
    words[WHOLE] = not query.fields
    return _fields_of(fields, model) | _expanded(query.expand, model) | {word for word, is_used in words.items() if is_used}


def _expanded(names: Iterable[str], model: Model) -> frozenset[str]:
    known = relations(model)
    fields = _fields_of({name for one in names if one in known for name in (known[one].field, known[one].name)}, model)
    return fields | {f"{EXPAND}{one}" for one in names if one in known}


def names_of_body(body: Mapping[str, Any], reached: Iterable[str], model: Model) -> frozenset[str]:
    """Return the names that a write asks for; `reached` are fields that it sets by other names."""
    return _fields_of({*body, *reached}, model) | ({REMOTE_FIELDS} & body.keys())


def _fields_of(names: Iterable[str], model: Model) -> frozenset[str]:
    """Return the names that are fields of the model: any other is a caller's text, which is not stored."""
    return frozenset(names) & {one.name for one in model.fields}
