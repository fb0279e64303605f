"""The rules for how a mapping is written down: one order of keys, and nothing too long to be read."""

from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.shared_rules import SharedSubject
from unified.catalog.files.source import DocumentPath, Mark, Source
from unified.catalog.mapping import CALL_TABLES, CALLS, INNER_CALLS, Call, MappingDocument, SharedDocument

MAX_LINE, MAX_LINES = 140, 40
"""Characters of a line, lines of an expression."""


@cache
def keys_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the keys of a part of a file in their order."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


Below = Mapping[DocumentPath, list[tuple[str | int, Mark]]]
"""A place of a file to the keys or positions right below it, in the order of the file."""


def _below(source: Source) -> Below:
    found: dict[DocumentPath, list[tuple[str | int, Mark]]] = {}
    for place, mark in source.values.items():
        if place:
            found.setdefault(place[:-1], []).append((place[-1], source.keys.get(place, mark)))
    return found


def _order_of_mapping(subject: MappingSubject) -> Iterator[Found]:
    yield from _order_of_file(_below(subject.mapping.file.source), ())


def _order_of_file(below: Below, place: DocumentPath) -> Iterator[Found]:
    yield from _order(below, place, keys_of(MappingDocument))
    for key in CALLS:
        yield from _order_of_calls(below, (*place, key), is_table=key in CALL_TABLES)


def _order_of_shared(subject: SharedSubject) -> Iterator[Found]:
    below = _below(subject.file.source)
    yield from _order(below, (), keys_of(SharedDocument))
    for name in subject.file.document.mappings:
        yield from _order_of_file(below, ("mappings", name))
    yield from _order_of_calls(below, ("calls",), is_table=True)


def _order_of_calls(below: Below, place: DocumentPath, *, is_table: bool) -> Iterator[Found]:
    """Yield what is out of order in one call, a list of calls, or a table of either."""
    parts = below.get(place, [])
    if not parts:
        return
    if is_table or any(isinstance(name, int) for name, _ in parts):
        for name, _ in parts:
            yield from _order_of_calls(below, (*place, name), is_table=False)
        return
    yield from _order(below, place, keys_of(Call))
    for key in INNER_CALLS:
        yield from _order_of_calls(below, (*place, key), is_table=key in CALL_TABLES)


def _order(below: Below, place: DocumentPath, order: tuple[str, ...]) -> Iterator[Found]:
    """Yield the first key under a place that is written after one that follows it."""
    written = sorted(
        ((mark.line, mark.column, name) for name, mark in below.get(place, ()) if name in order), key=lambda one: one[:2]
    )
    names = [str(name) for _, _, name in written]
    latest = -1
    for name in names:
        position = order.index(name)
        if position < latest:
            message = (
                f"`{name}` belongs before `{order[latest]}`: move it. The order is {', '.join(sorted(names, key=order.index))}"
            )
            yield Found(place=(*place, name), message=message, key=True)
            return
        latest = position


def _size_of_mapping(subject: MappingSubject) -> Iterator[Found]:
    yield from _sizes(subject.mapping.file.source)


def _size_of_shared(subject: SharedSubject) -> Iterator[Found]:
    yield from _sizes(subject.file.source)


def _sizes(source: Source) -> Iterator[Found]:
    for place, mark in source.values.items():
        lines = _lines_of(source, mark) if mark.block else 0
        if lines > MAX_LINES:
            message = f"{lines} lines in one expression, expected at most {MAX_LINES}: `define` what it consists of"
            yield Found(place=place, message=message)
    for number, line in enumerate(source.lines, start=1):
        if len(line) > MAX_LINE:
            yield Found(
                place=(), line=number, message=f"{len(line)} characters in a line, expected at most {MAX_LINE}: break it"
            )


def _lines_of(source: Source, mark: Mark) -> int:
    """Return how many lines of the file a block scalar has, without those that are only a comment."""
    after = source.lines[mark.line :]
    first = next((line for line in after if line.strip()), "")
    indent = len(first) - len(first.lstrip(" "))
    end = next((at for at, line in enumerate(after) if line.strip() and len(line) - len(line.lstrip(" ")) < indent), len(after))
    return sum(1 for line in after[:end] if line.strip() and not line.lstrip().startswith("/*"))


_ORDER = "One order of keys makes files comparable: that of the tables in docs/mapping-files.md."
_SIZE = "A line of a mapping has at most 140 characters and an expression 40 lines, so that both can be read at a glance."

STYLE_RULES: tuple[Rule, ...] = (
    Rule(code="M083", title="order of keys", explanation=_ORDER, severity="warning", check=_order_of_mapping),
    Rule(code="M084", title="too long", explanation=_SIZE, severity="warning", check=_size_of_mapping),
)
"""Rules on how a mapping file is written, in order of their codes."""

SHARED_STYLE_RULES: tuple[Rule, ...] = (
    Rule(code="S003", title="order of keys", explanation=_ORDER, severity="warning", check=_order_of_shared),
    Rule(code="S004", title="too long", explanation=_SIZE, severity="warning", check=_size_of_shared),
)
"""The same for shared files."""
