"""Writing of expectations: what came of a case replaces what it expected, and every other character of the file stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.case_outcomes import outcomes_of
from unified.authoring.differences import differences
from unified.authoring.golden import expected_parts, is_record
from unified.authoring.golden_files import Case, ExpectedCall, cases_of
from unified.authoring.workspace import TEST_SUFFIX, open_mapping
from unified.authoring.yaml_text import block_text, end_of, flow_text, is_block
from unified.catalog.source import compose_text, read_source
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.transform.catalog import EmbeddedMapping

EMPTY: tuple[Any, ...] = (None, [], {})
MAX_LINE = 120
"""Characters of a line that is added; a longer value is written in lines of its own."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a text, by its characters, and what replaces it."""

    start: int
    end: int
    text: str


def updated_text(folder: Path, path: Path, keyword: str = "") -> str:
    """Return the text of a test file in which each expectation is what its case results in.

    An expected failure, and a case that fails, stay as they are: that something is refused is decided by a person.

    Raises:
        CatalogError: The test file or its mapping does not load.
    """
    name = f"mappings/{path.parent.name}/{path.name}"
    mapping = open_mapping(folder, path.parent.name, path.name.removesuffix(TEST_SUFFIX))
    text = path.read_text(encoding="utf-8")
    root = compose_text(text, name=name)
    edits: list[Edit] = []
    for case, node in zip(cases_of(read_source(path, name=name), complete=False), root.value, strict=True):
        if isinstance(case, CatalogError):
            raise case
        if keyword in f"{name}::{case.name}":
            edits += _case_edits(text, node, case, _came(mapping, case))
    return _applied(text, edits)


def _came(mapping: EmbeddedMapping, case: Case) -> dict[str, Any]:
    if case.fails is not None or case.error is not None:
        return {}
    try:
        return outcomes_of(mapping, case)
    except (UnifiedError, CatalogError):
        return {}


def _applied(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _case_edits(text: str, node: Any, case: Case, came: dict[str, Any]) -> Iterator[Edit]:
    nodes = {key.value: value for key, value in node.value}
    missing: dict[str, Any] = {}
    for name, value in came.items():
        if name not in nodes:
            missing[name] = _first_expectation(name, value)
        elif name == "sends":
            yield from _call_edits(text, nodes[name], case, value)
        else:
            yield from _edits(text, nodes[name], getattr(case, name), value, named=int(name == "gives" and is_record(case)))
    if missing:
        yield _added(text, node, missing)


def _first_expectation(name: str, value: Any) -> Any:
    """Return what a case without an expectation is given: of records the fields that have a value, of requests what is sent."""
    if isinstance(value, list):
        return [_first_expectation(name, one) for one in value]
    if name not in {"gives", "sends"} or not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if one not in EMPTY}


def _call_edits(text: str, node: Any, case: Case, came: Any) -> Iterator[Edit]:
    """Edit the named parts of requests; if their number is another one, all of them."""
    calls, nodes = (came, node.value) if isinstance(came, list) else ([came], [node])
    listed = case.sends if isinstance(case.sends, tuple) else (case.sends or ExpectedCall(),)
    expected = [expected_parts(one) for one in listed]
    if len(calls) != len(expected):
        yield _replaced(text, node, _first_expectation("sends", came))
        return
    for one, call, parts in zip(nodes, calls, expected, strict=True):
        yield from _edits(text, one, parts, {name: call.get(name) for name in parts}, named=0)


def _edits(text: str, node: Any, expected: Any, came: Any, *, named: int) -> Iterator[Edit]:
    """Edit the smallest parts that differ; an object with other keys, or a list of another length, is replaced whole."""
    if next(differences(expected, came, named=named), None) is None:
        return
    if isinstance(expected, dict) and isinstance(came, dict) and (named or expected.keys() == came.keys()):
        for key, value in node.value:
            yield from _edits(text, value, expected[key.value], came.get(key.value), named=max(named - 1, 0))
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for one, before, after in zip(node.value, expected, came, strict=True):
            yield from _edits(text, one, before, after, named=named)
    else:
        whole = [_first_expectation("gives", one) for one in came] if named and isinstance(came, list) else came
        yield _replaced(text, node, whole)


def _replaced(text: str, node: Any, value: Any) -> Edit:
    start, end = node.start_mark.index, end_of(text, node)
    if is_block(node) and isinstance(value, dict | list) and value:
        return Edit(start=start, end=end, text=block_text(value, node.start_mark.column))
    space = " " if start == end and text[start - 1 : start] == ":" else ""
    return Edit(start=start, end=end, text=space + flow_text(value))


def _line(name: str, value: Any, column: int) -> str:
    """Return a key with its value in one line, or in several where one would be long."""
    line = f"{name}: {flow_text(value)}"
    if column + len(line) <= MAX_LINE or not isinstance(value, dict | list):
        return line
    return f"{name}:\n{' ' * (column + 2)}{block_text(value, column + 2)}"


def _added(text: str, node: Any, values: dict[str, Any]) -> Edit:
    if is_block(node):
        at, column = end_of(text, node), node.start_mark.column
        lines = "".join(f"\n{' ' * column}{_line(name, value, column)}" for name, value in values.items())
        return Edit(start=at, end=at, text=lines)
    at = node.end_mark.index - 1
    return Edit(start=at, end=at, text="".join(f", {name}: {flow_text(value)}" for name, value in values.items()))
