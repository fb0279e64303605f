"""Writing of expectations: what came of a case replaces what it expected, and every other character of the file stays.

A file that could only be changed together with something else is left as it is, and the message says where.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.golden.case_clock import run_on_its_clock
from unified.authoring.golden.case_outcomes import outcomes_of
from unified.authoring.golden.differences import differences
from unified.authoring.golden.golden import case_differences, expected_parts, is_record
from unified.authoring.golden.golden_files import OUTCOMES, Case, ExpectedCall, cases_of
from unified.authoring.golden.yaml_text import Alias, below, block_text, end_of, flow_text, is_block, written_tree
from unified.authoring.workspace import TEST_SUFFIX, open_mapping
from unified.catalog.files.source import parse_source
from unified.errors.configuration import CatalogError, ConfigurationError, FilePosition
from unified.errors.error import UnifiedError
from unified.transform.embedded_mapping import EmbeddedMapping

EMPTY: tuple[Any, ...] = (None, [], {})
REFUSALS = frozenset({"fails", "error"})
LEFT = "the file was left as it is"
MAX_LINE = 120
"""Characters of a line that is added; a longer value is written on separate lines."""


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a text, by its characters, and what replaces it."""

    start: int
    end: int
    text: str


def updated_text(folder: Path, path: Path, keyword: str = "") -> str:
    """Return the text of a test file in which each expectation is what its case results in.

    A case without an expectation is given one, which is the refusal where it is refused. That a case which expected something
    else is refused now, or is not refused any more, is decided by a person: it stays as it is.

    Raises:
        CatalogError: The test file or its mapping does not load, or an expectation cannot be changed without changing another
            part of the file, such as one that aliases repeat.
    """
    name = f"mappings/{path.parent.name}/{path.name}"
    mapping = open_mapping(folder, path.parent.name, path.name.removesuffix(TEST_SUFFIX))
    text = read_text(path)
    root: Any = written_tree(text) if isinstance(parse_source(text, name=name).content, list) else None
    cases = tuple(cases_of(parse_source(text, name=name), complete=False))
    edits: list[Edit] = []
    edited: set[int] = set()
    for index, case in enumerate(cases):
        if isinstance(case, CatalogError):
            raise case
        if keyword in f"{name}::{case.name}":
            own = list(_case_edits(text, root.value[index], case, _results(mapping, case)))
            edits += own
            edited |= {index} if own else set()
    _refuse_shared(name, text, root, edits)
    after = _applied(text, edits)
    _require_same(name, text, after, edited)
    return after


def read_text(path: Path) -> str:
    """Return the text of a file with its own ends of lines."""
    return path.read_bytes().decode("utf-8")


def write_text(path: Path, text: str) -> None:
    """Replace a file by one with this text, at once: a write that fails leaves the file as it was.

    Raises:
        ConfigurationError: The file cannot be written; the message says why.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.write_bytes(text.encode("utf-8"))
        draft.chmod(path.stat().st_mode)
        draft.replace(path.resolve())
    except OSError as problem:
        draft.unlink(missing_ok=True)
        raise ConfigurationError(f"{path}: cannot be written ({problem.strerror}); it is as it was") from None


def _refuse_shared(name: str, text: str, root: Any, edits: list[Edit]) -> None:
    """Raise CatalogError for an edit in a part of the file that aliases repeat: it would change them too."""
    nodes = below(root) if edits else ()
    for alias in [one for one in nodes if isinstance(one, Alias)]:
        shared = alias.value
        start, end = shared.start_mark.index, end_of(text, shared)
        if any(edit.start < end and edit.end > start for edit in edits):
            message = f"the alias on line {alias.start_mark.line + 1} repeats what would be updated here, and would change too"
            at = FilePosition(file=name, line=shared.start_mark.line + 1, column=shared.start_mark.column + 1)
            raise CatalogError(f"{message}: write it out in both places; {LEFT}", position=at)


def _require_same(name: str, before: str, after: str, edited: set[int]) -> None:
    """Raise CatalogError where a text that was made differs in more than the expectations of the edited cases."""
    old = parse_source(before, name=name).content or []
    try:
        new = parse_source(after, name=name).content or []
    except CatalogError:
        new = None
    same = (
        new is not None
        and len(old) == len(new)
        and all(
            _given(one) == _given(other) if index in edited else one == other
            for index, (one, other) in enumerate(zip(old, new, strict=False))
        )
    )
    if not same:
        raise CatalogError(f"{name}: the expectations cannot be written without changing another part of the file; {LEFT}")


def _given(case: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in case.items() if key not in {*OUTCOMES, "now"}}


def _results(mapping: EmbeddedMapping, case: Case) -> dict[str, Any]:
    """Return what the expectations of a case should be; with a clock, where they are true on this day only."""

    def seen(came: dict[str, Any]) -> Any:
        return list(case_differences(case, came)) if case.expected and not REFUSALS & came.keys() else came

    run = run_on_its_clock(case, lambda: _came(mapping, case), seen)
    came: dict[str, Any] = run.came
    return {"now": run.now, **came} if run.needs_now else came


def _came(mapping: EmbeddedMapping, case: Case) -> dict[str, Any]:
    try:
        came = outcomes_of(mapping, case)
    except (UnifiedError, CatalogError) as problem:
        return _refusal(case, problem)
    return {} if case.expected & REFUSALS else came


def _refusal(case: Case, problem: UnifiedError | CatalogError) -> dict[str, Any]:
    """Return the expectations of a refusal, for a case that expects one or nothing yet."""
    if case.expected - REFUSALS:
        return {}
    code = {} if case.error is None else {"error": getattr(problem, "code", "")}
    is_part = case.fails is not None and case.fails in str(problem)
    wants_text = case.fails is not None or not case.expected
    return code | ({"fails": str(problem)} if wants_text and not is_part else {})


def _applied(text: str, edits: list[Edit]) -> str:
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text.replace("\n", end_of_line) + text[edit.end :]
    return text


def _case_edits(text: str, node: Any, case: Case, came: dict[str, Any]) -> Iterator[Edit]:
    nodes = {key.value: value for key, value in node.value}
    missing: dict[str, Any] = {}
    for name, value in came.items():
        if name not in nodes:
            missing[name] = _first_expectation(name, value)
        elif isinstance(nodes[name], Alias):
            yield from _alias_edits(text, nodes[name], case, name, value)
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


def _alias_edits(text: str, node: Alias, case: Case, name: str, came: Any) -> Iterator[Edit]:
    """Write out an alias that repeats something else than what came."""
    if next(case_differences(case, {name: came}), None) is not None:
        whole = name == "sends" or (name == "gives" and is_record(case))
        yield _replaced(text, node, _named(getattr(case, name), came) if whole else came)


def _named(expected: Any, came: Any) -> Any:
    """Return of requests and records the parts that an expectation names; all that has a value of those that it lacks."""
    if isinstance(expected, list | tuple) and isinstance(came, list) and len(expected) == len(came):
        return [_named(one, other) for one, other in zip(expected, came, strict=True)]
    parts = expected_parts(expected) if isinstance(expected, ExpectedCall) else expected
    if isinstance(parts, dict) and isinstance(came, dict):
        return {key: came.get(key) for key in parts}
    return _first_expectation("gives", came)


def _edits(text: str, node: Any, expected: Any, came: Any, *, named: int) -> Iterator[Edit]:
    """Edit the smallest parts that differ; an object with other keys, or a list of another length, is replaced whole."""
    if next(differences(expected, came, named=named), None) is None:
        return
    if isinstance(node, Alias):
        yield _replaced(text, node, _first_expectation("gives", came) if named else came)
    elif isinstance(expected, dict) and isinstance(came, dict) and (named or expected.keys() == came.keys()):
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
