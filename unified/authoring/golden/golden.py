"""Golden cases: run those of a mapping and say every difference. Shared by `unified test`, lint and pytest."""

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.golden.case_clock import run_on_its_clock
from unified.authoring.golden.case_outcomes import outcomes_of
from unified.authoring.golden.differences import ABSENT, Difference, Place, differences
from unified.authoring.golden.golden_files import Case, ExpectedCall, read_golden
from unified.authoring.workspace import open_mapping
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError, described
from unified.transform.embedded_mapping import EmbeddedMapping


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one case; `problem` is None when the case passes."""

    id: str
    problem: str | None
    """A line for each difference."""


def run_path(folder: Path, path: Path) -> list[CaseResult]:
    """Run the cases of one test file; a file that cannot be opened is one separate outcome."""
    name = f"mappings/{path.parent.name}/{path.name}"
    try:
        golden = read_golden(path)
        mapping = open_mapping(folder, golden.provider, golden.model)
    except CatalogError as problem:
        return [CaseResult(id=name, problem=str(problem))]
    return [CaseResult(id=f"{name}::{case.name}", problem=run_case(mapping, case)) for case in golden.cases]


def run_case(mapping: EmbeddedMapping, case: Case) -> str | None:
    """Return what is wrong with a case, a line for each difference, or None."""
    run = run_on_its_clock(case, lambda: _problem(mapping, case))
    return "\n".join(line for line in (run.came, run.wrong) if line) or None


def _problem(mapping: EmbeddedMapping, case: Case) -> str | None:
    try:
        came = outcomes_of(mapping, case)
    except (UnifiedError, CatalogError) as problem:
        return _wrong_failure(case, problem)
    if case.fails is not None or case.error is not None:
        return f"expected a failure with {_failure(case)}, but it did not fail"
    return "\n".join(map(str, case_differences(case, came))) or None


def _wrong_failure(case: Case, problem: UnifiedError | CatalogError) -> str | None:
    text, code = (described(problem), problem.code) if isinstance(problem, UnifiedError) else (str(problem), "")
    if case.fails is None and case.error is None:
        return f"failed: {text}"
    if (case.fails is None or case.fails in text) and case.error in (None, code):
        return None
    return f"expected a failure with {_failure(case)}, got: {f'{code}: ' if case.error else ''}{text}"


def _failure(case: Case) -> str:
    code = "" if case.error is None else f"the code {case.error}"
    text = "" if case.fails is None else f"`{case.fails}`"
    return " and ".join(part for part in (code, text) if part)


def case_differences(case: Case, came: dict[str, Any]) -> Iterator[Difference]:
    """Yield every difference between what a case expects and what came of it, by the names of its expectations."""
    for name, value in came.items():
        expected = getattr(case, name)
        if name == "sends":
            yield from _different_calls(expected, value)
        elif name == "gives":
            yield from differences(expected, value, ("",), named=1 if is_record(case) else 0)
        else:
            yield from differences(expected, value, (name,))


def is_record(case: Case) -> bool:
    """Return whether `gives` is a record, or a list of records: of these only the keys named are compared."""
    return case.input == "record" or case.answer is not None


def _different_calls(expected: ExpectedCall | tuple[ExpectedCall, ...], came: Any) -> Iterator[Difference]:
    if isinstance(expected, ExpectedCall):
        yield from _different_call(expected, came, ())
        return
    for index, (one, two) in enumerate(zip_longest(expected, came, fillvalue=None)):
        if one is None or two is None:
            found = (ABSENT if one is None else expected_parts(one), ABSENT if two is None else two)
            yield from differences(*found, ("sends", index))
        else:
            yield from _different_call(one, two, ("sends", index))


def _different_call(expected: ExpectedCall, came: dict[str, Any], place: Place) -> Iterator[Difference]:
    for name, wanted in expected_parts(expected).items():
        yield from differences(wanted, came[name], (*place, name))


def expected_parts(expected: ExpectedCall) -> dict[str, Any]:
    """Return the parts of a call that a case names."""
    parts = {name: getattr(expected, name) for name in expected.__struct_fields__}
    return {name: value for name, value in parts.items() if value is not msgspec.UNSET}
