"""Which fields an identifier of a record reveals: the parts of a composite id, what a URL is made of, the type in an id.

It is derived from the expressions of a mapping. A field is revealed if all that goes into it goes into the identifier too;
what only decides between two values does not count, as it cannot be read off the result.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from unified.models import Field
from unified.transform.calls.path import IdTemplate
from unified.transform.compilation.named_calls import texts_in
from unified_jsonata import Expression
from unified_jsonata.analysis import Write

IDENTITY = ("id", "remote_id")
"""The fields of a record that every caller sees."""
URL = "web_url"
DERIVED = frozenset({*IDENTITY, URL, "remote_data"})
"""Fields that nothing is hidden for: they are made of the others."""
NAMES = frozenset({"name", "number", "key", "username", "first_name", "last_name", "display_name", "subject", "title"})
"""Fields that a provider puts into the URLs that it makes itself, as it does with references."""
NONE: frozenset[str] = frozenset()
FOLLOWED = frozenset({"$account", "$call", "$query"})
"""Variables whose uses are taken for the same value; of the result of another call, each may be another part."""
_Sources = frozenset[tuple[str, ...]]
"""Paths of the provider's object, and names of variables with a `$` before them."""
_NO_SOURCES: _Sources = frozenset()


class RevealedFields(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that the identifiers of one expression's records reveal."""

    by_id: frozenset[str] = NONE
    """The fields that `id` or `remote_id` reveals."""
    by_url: frozenset[str] = NONE
    """The fields that `web_url` reveals."""
    by_reference: Mapping[str, frozenset[str]] = {}
    """The fields that a reference may reveal: it does if the ids of the records that it refers to reveal fields."""
    nested: Mapping[str, "RevealedFields"] = {}
    """The same of the records in a field."""


def revealed_fields(records: Iterable[Expression], fields: tuple[Field, ...], template: IdTemplate | None) -> RevealedFields:
    """Return what the identifiers of a mapping's records reveal, whichever of its expressions makes them.

    A composite id reveals its parts, and the fields that an expression sets to one of the words that a part can be. Any other
    reveals references, and the fields that are made of the same as the id: not one of several things that it may be.
    """
    expressions = tuple(records)
    found = _joined([_revealed(one.analysis.writes or (), one.contents.writes or (), fields) for one in expressions])
    if template is None:
        named = {one.name for one in fields if one.reference}
        same = frozenset(name for one in expressions for name in _same_as_id(one.contents.writes or ()))
        return msgspec.structs.replace(found, by_id=found.by_id & (named | same))
    parts = {*template.names(), *_fields_holding(expressions, template.choices())} & {one.name for one in fields}
    return msgspec.structs.replace(found, by_id=found.by_id | (parts - DERIVED))


def _same_as_id(contents: tuple[Write, ...]) -> Iterator[str]:
    sources = _sources(contents)
    ids = {sources[name] for name in IDENTITY if name in sources}
    return (name for name, one in sources.items() if one in ids or not one)


def _fields_holding(records: Iterable[Expression], words: frozenset[str]) -> Iterator[str]:
    for write in (write for one in records for write in one.analysis.writes or ()):
        if any(text.value in words for text in texts_in(write.value)):
            yield write.key


class _Made(msgspec.Struct, frozen=True, kw_only=True):
    """The paths that a field is made of."""

    whole: _Sources
    content: _Sources


def _revealed(writes: tuple[Write, ...], contents: tuple[Write, ...], fields: tuple[Field, ...]) -> RevealedFields:
    whole, content = _sources(writes), _sources(contents)
    made = {name: _Made(whole=sources, content=content.get(name, _NO_SOURCES)) for name, sources in whole.items()}
    subjects = {
        one.name: made[one.name] for one in fields if one.name in made and one.kind != "map" and one.name not in DERIVED
    }
    known = frozenset().union(*(made[name].content for name in IDENTITY if name in made))
    return RevealedFields(
        by_id=frozenset().union(*(_reveals(made[name], subjects) for name in IDENTITY if name in made)),
        by_url=_revealed_by_url(made[URL], made[URL].content - known, subjects, fields) if URL in made else NONE,
        by_reference={
            one.name: _reveals(made[one.name], subjects) - {one.name} for one in fields if one.reference and one.name in made
        },
        nested={one.name: _nested(one, writes, contents) for one in fields if one.nested and one.name in made},
    )


def _nested(field: Field, writes: tuple[Write, ...], contents: tuple[Write, ...]) -> RevealedFields:
    inner, content = (
        tuple(below for one in several if one.key == field.name for below in one.nested) for several in (writes, contents)
    )
    return _revealed(inner, content, field.nested)


def _sources(writes: Iterable[Write]) -> dict[str, _Sources]:
    found: dict[str, _Sources] = {}
    for one in writes:
        sources = {read.path for read in one.reads if read.path} | {(f"${name}",) for name in one.variables}
        found[one.key] = found.get(one.key, _NO_SOURCES) | sources
    return found


def _revealed_by_url(made: _Made, parts: _Sources, subjects: Mapping[str, _Made], fields: tuple[Field, ...]) -> frozenset[str]:
    """Return what a URL is made of; one that the provider makes itself may hold any name or reference of the record."""
    places = [one for one in parts if not one[0].startswith("$")]
    found = {name for name, one in subjects.items() for own in one.content if any(overlap(path, own) for path in places)}
    if any(not any(overlap(path, own) for one in subjects.values() for own in one.content) for path in places):
        found |= {one.name for one in fields if one.name in subjects and (one.reference or one.name in NAMES)}
    return _reveals(made, subjects) | found


def _reveals(made: _Made, subjects: Mapping[str, _Made]) -> frozenset[str]:
    """Return the fields into which nothing goes that does not go into this identifier."""
    return frozenset(
        name
        for name, one in subjects.items()
        if one.whole and one.whole <= made.whole and one.content <= made.content and not _of_other_calls(one.content)
    )


def _of_other_calls(sources: _Sources) -> bool:
    return any(one[0].startswith("$") and one[0] not in FOLLOWED for one in sources)


def overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether one path leads to the other, or both are the same."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _joined(several: list[RevealedFields]) -> RevealedFields:
    if len(several) == 1:
        return several[0]
    names = {name for one in several for name in one.by_reference}
    inner = {name for one in several for name in one.nested}
    return RevealedFields(
        by_id=frozenset().union(*(one.by_id for one in several)),
        by_url=frozenset().union(*(one.by_url for one in several)),
        by_reference={name: frozenset().union(*(one.by_reference.get(name, NONE) for one in several)) for name in names},
        nested={name: _joined([one.nested[name] for one in several if name in one.nested]) for name in inner},
    )
