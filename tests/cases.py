"""Many quick cases in one test: all are run, and every one that fails is reported with its name."""

import asyncio
import functools
import inspect
import textwrap
import traceback
from collections.abc import Callable, Container, Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet
from _pytest.outcomes import Skipped

QUICK = ("bamboohr", "zendesk")
"""The providers over which `make test` runs what goes over all of them and takes long; over the others it is slow."""


def showcase(cases: Iterable[Any], of: Callable[[Any], str], *, ids: Callable[[Any], str] = str) -> list[ParameterSet]:
    """Return parameters for cases of all providers, each with its id; those of providers that are not `QUICK` are slow.

    A case that is a tuple has a value for each of several parameters.
    """
    rows = [(one if isinstance(one, tuple) else (one,), one) for one in cases]
    return [pytest.param(*row, id=ids(one), marks=() if of(one) in QUICK else pytest.mark.slow) for row, one in rows]


def each(
    names: str | tuple[str, ...],
    cases: Iterable[Any],
    *,
    ids: Callable[[Any], str] | list[str] | None = None,
    by: Callable[[Any], str] | list[str] | None = None,
    quick: Container[str] | None = None,
) -> Callable[[Any], Any]:
    """Run a test for each case as `pytest.mark.parametrize` would, but in one test for all, or in one for each group.

    A test of its own for each of thousands of cases costs more than the cases do. The cases share the test's fixtures, so
    this is for tests that leave nothing behind.

    Args:
        names: The parameter, or several.
        cases: A value for each case, as many values as there are names, or a `pytest.param` of them with its id.
        ids: What a case is called when it fails; its values by default.
        by: The group that a case belongs to; without it all cases are one test.
        quick: The groups that `make test` tries; the others are slow. Without it none is.
    """
    keys = (names,) if isinstance(names, str) else tuple(names)
    given = list(cases)
    found = [_values(case, single=isinstance(names, str)) for case in given]
    own = [case.id if isinstance(case, ParameterSet) else None for case in given]
    named = [own[at] or _name(ids, at, case if len(keys) > 1 else case[0]) for at, case in enumerate(found)]
    rows = [(name, dict(zip(keys, case, strict=True)), case) for name, case in zip(named, found, strict=True)]
    groups: dict[str, list[Any]] = {}
    for place, row in enumerate(rows):
        groups.setdefault(_name(by, place, row[2] if len(keys) > 1 else row[2][0]) if by else "", []).append(row)

    def decorate(test: Any) -> Any:
        signature = inspect.signature(test)
        kept = [one for one in signature.parameters.values() if one.name not in keys]
        group = inspect.Parameter("group", inspect.Parameter.KEYWORD_ONLY)
        run = _asynchronous(test, groups) if asyncio.iscoroutinefunction(test) else _synchronous(test, groups)
        run = functools.wraps(test)(run)
        del run.__wrapped__
        run.__signature__ = signature.replace(parameters=[*kept, group] if by else kept)  # type: ignore[attr-defined]
        slow = [() if quick is None or one in quick else pytest.mark.slow for one in groups]
        marked = [pytest.param(one, marks=marks) for one, marks in zip(groups, slow, strict=True)]
        return pytest.mark.parametrize("group", marked)(run) if by else run

    return decorate


def _values(case: Any, *, single: bool) -> tuple[Any, ...]:
    if isinstance(case, ParameterSet):
        return tuple(case.values)
    return (case,) if single else tuple(case)


def _name(ids: Callable[[Any], str] | list[str] | None, place: int, case: Any) -> str:
    if isinstance(ids, list):
        return ids[place]
    return str(ids(case)) if ids else repr(case)[:120]


def _synchronous(test: Any, groups: dict[str, list[Any]]) -> Any:
    def run(*, group: str = "", **fixtures: Any) -> None:
        report = _Report(groups.get(group, ()))
        for name, values, _ in groups.get(group, ()):
            with report.case(name):
                test(**fixtures, **values)
        report.close()

    return run


def _asynchronous(test: Any, groups: dict[str, list[Any]]) -> Any:
    async def run(*, group: str = "", **fixtures: Any) -> None:
        report = _Report(groups.get(group, ()))
        for name, values, _ in groups.get(group, ()):
            with report.case(name):
                await test(**fixtures, **values)
        report.close()

    return run


class _Report:
    """What became of the cases of one test."""

    def __init__(self, cases: Iterable[Any]) -> None:
        self.count = len(list(cases))
        self.failed: list[Exception] = []
        self.skipped: list[str] = []
        self._name = ""

    def case(self, name: str) -> "_Report":
        self._name = name
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, problem: BaseException | None, _trace: object) -> bool:
        if isinstance(problem, Skipped):
            self.skipped.append(str(problem.msg))
            return True
        if isinstance(problem, Exception | pytest.fail.Exception):
            problem.add_note(f"case: {self._name}")
            self.failed.append(problem)  # type: ignore[arg-type]
            return True
        return False

    def close(self) -> None:
        assert self.count, "no case was found"
        if self.failed:
            shown = "\n".join(map(_shown, self.failed[:20]))
            pytest.fail(f"{len(self.failed)} of {self.count} cases failed\n{shown}", pytrace=False)
        if len(self.skipped) == self.count:
            pytest.skip(self.skipped[0])


def _shown(problem: BaseException) -> str:
    """A failed case as lines for people: what does not hold, and where it is asked for; of another error, its whole trace."""
    if isinstance(problem, pytest.fail.Exception) and not problem.pytrace:
        text = str(problem)
    elif isinstance(problem, AssertionError):
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        text = f"{frame.filename}:{frame.lineno}: {problem}"
    else:
        text = "".join(traceback.format_exception(problem))
    return f"{problem.__notes__[-1]}\n{textwrap.indent(text, '    ')}"
