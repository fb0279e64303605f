"""Many quick cases in one test: all are run, and every one that fails is reported with its name."""

import functools
import inspect
import textwrap
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import pytest

SHOWN = 20
"""Failures that are shown of one test."""


def each(
    names: str | tuple[str, ...],
    cases: Iterable[Any],
    *,
    ids: list[str] | None = None,
    by: list[str] | None = None,
) -> Callable[[Any], Any]:
    """Run a test for each case as `pytest.mark.parametrize` would, but in one test, or in one for each group.

    A test of its own for each of thousands of cases costs more than the cases do. The cases share the test's fixtures, so
    this is for tests that leave nothing behind.

    Args:
        names: The parameter, or several.
        cases: A value for each case, as many values as there are names.
        ids: What each case is called when it fails; its values by default.
        by: The group that each case belongs to; without it all cases are one test.
    """
    keys = (names,) if isinstance(names, str) else names
    rows = [(case,) if isinstance(names, str) else tuple(case) for case in cases]
    called = [repr(row)[:120] for row in rows] if ids is None else ids
    groups: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
    for name, row, group in zip(called, rows, by or [""] * len(rows), strict=True):
        groups.setdefault(group, []).append((name, row))
    assert groups, "no case was found"

    def decorate(test: Any) -> Any:
        def run(*, group: str = "", **fixtures: Any) -> None:
            failed = [found for name, row in groups[group] if (found := _failure(test, name, keys, row, fixtures))]
            if failed:
                shown = "\n".join(failed[:SHOWN])
                pytest.fail(f"{len(failed)} of {len(groups[group])} cases failed\n{shown}", pytrace=False)

        signature = inspect.signature(test)
        run = functools.wraps(test)(run)
        del run.__wrapped__
        kept = [one for one in signature.parameters.values() if one.name not in keys]
        group = inspect.Parameter("group", inspect.Parameter.KEYWORD_ONLY)
        run.__signature__ = signature.replace(parameters=[*kept, group] if by else kept)  # type: ignore[attr-defined]
        return pytest.mark.parametrize("group", list(groups))(run) if by else run

    return decorate


def _failure(test: Any, name: str, keys: tuple[str, ...], row: tuple[Any, ...], fixtures: dict[str, Any]) -> str:
    """Run a case and say how it failed; empty if it passed."""
    try:
        test(**fixtures, **dict(zip(keys, row, strict=True)))
    except Exception as error:  # noqa: BLE001 - whatever escapes is a failed case, not the end of the others
        return f"{name}\n" + textwrap.indent("".join(traceback.format_exception(error)), "    ")
    return ""
