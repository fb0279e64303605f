"""The rules for how a mapping is written down: one order of keys, and nothing too long to be read."""

from collections.abc import Iterator

import msgspec

from unified.authoring.findings import Found, Rule
from unified.authoring.lint_context import MappingSubject
from unified.authoring.shared_rules import SharedSubject
from unified.catalog.mapping import CALL_TABLES, CALLS, INNER_CALLS, Call, MappingDocument, SharedDocument
from unified.catalog.source import DocumentPath, Mark, Source

MAX_LINE, MAX_LINES = 140, 40
"""Characters of a line, lines of an expression."""


def keys_of(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the keys of a part of a file in their order."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def _order_of_mapping(subject: MappingSubject) -> Iterator[Found]:
    source = subject.mapping.file.source
    yield from _order(source, (), keys_of(MappingDocument))
    for key in CALLS:
        for place in _calls_at(source, (key,), is_table=key in CALL_TABLES):
            yield from _order_of_call(source, place)


def _order_of_shared(subject: SharedSubject) -> Iterator[Found]:
    source = subject.file.source
    yield from _order(source, (), keys_of(SharedDocument))
    for name in subject.file.document.calls:
        yield from _order_of_call(source, ("calls", name))


def _order_of_call(source: Source, place: DocumentPath) -> Iterator[Found]:
    yield from _order(source, place, keys_of(Call))
    for key in INNER_CALLS:
        for inner in _calls_at(source, (*place, key), is_table=key in CALL_TABLES):
            yield from _order_of_call(source, inner)


def _calls_at(source: Source, place: DocumentPath, *, is_table: bool) -> list[DocumentPath]:
    """Return the places of the calls that are written under a key of this file: one, a list, or a table of them."""
    if place not in source.keys:
        return []
    parts = [one for one in source.values if len(one) == len(place) + 1 and one[: len(place)] == place]
    return parts if is_table or any(isinstance(one[-1], int) for one in parts) else [place]


def _order(source: Source, place: DocumentPath, order: tuple[str, ...]) -> Iterator[Found]:
    """Yield the first key under a place that is written after one that follows it."""
    marks = {one[-1]: mark for one, mark in source.keys.items() if one[:-1] == place and one[-1] in order}
    written = sorted(marks, key=lambda name: (marks[name].line, marks[name].column))
    latest = -1
    for name in written:
        position = order.index(str(name))
        if position < latest:
            message = f"`{name}` comes before `{order[latest]}`. The order is {', '.join(one for one in order if one in marks)}"
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
