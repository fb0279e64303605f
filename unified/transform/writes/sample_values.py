"""Values that fields can have: what writes are tried with."""

import itertools
import re
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from typing import Any

from unified.models import Field
from unified.transform.calls.path import IdTemplate

SAMPLES: dict[str, Any] = {
    "boolean": True,
    "integer": 2,
    "number": 2.5,
    "datetime": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "due": "2026-01-02",
    "id": "12",
    "country": "GB",
    "currency": "EUR",
    "url": "https://example.com",
    "map": {},
}
"""A value for each kind of field; other kinds take two words, which can be parts of a name."""


def samples_of(field: Field) -> Iterator[Any]:
    """Yield values of a field: each word of an enum, otherwise one; of a list, lists of one entry."""
    values: list[Any] = list(field.enum) or [SAMPLES.get(field.kind, "Ada Lovelace")]
    if field.nested:
        values = [dict(zip((one.name for one in field.nested), parts, strict=True)) for parts in _rows(field)]
    yield from ([value] if field.is_list else value for value in values)


def _rows(field: Field) -> Iterator[list[Any]]:
    """Yield entries of nested fields: in each row every field has its next value, until all were used."""
    columns = [list(samples_of(one)) for one in field.nested]
    for row in range(max(map(len, columns))):
        yield [column[row % len(column)] for column in columns]


def two_entries(field: Field) -> Iterator[list[Any]]:
    """Yield lists of two entries, with each flag of an entry true and false, and missing, in every combination."""
    flags = [one.name for one in field.nested if one.kind == "boolean" and one.access != "ro"] if field.is_list else []
    for flag, first, second in itertools.product(flags, (True, False, None), (True, False, None)):
        entry = {name: value for name, value in next(samples_of(field))[0].items() if name != flag}
        yield [{**entry, **({} if value is None else {flag: value})} for value in (first, second)]


def sample_of(field: Field, references: Dict[str, IdTemplate]) -> Any:
    """Return one value of a field; one that refers to records with composite ids has an id of their form."""
    template = references.get(field.name)
    value = next(samples_of(field)) if template is None else sample_ids(template)[0]
    return [value] if field.is_list and not isinstance(value, list) else value


def sample_ids(template: IdTemplate | None) -> list[str]:
    """Return ids of a mapping: of a composite one, an id for each choice of a part that lists its values."""
    if template is None:
        return ["12"]
    found = [template.template]
    for choices in re.findall(r"\{\w+=([^}]*)\}", template.template):
        found = [re.sub(r"\{\w+=[^}]*\}", word, one, count=1) for one in found for word in choices.split("|")]
    return [re.sub(r"\{[^}]*\}", "12", one) for one in found]
