"""Exceptions as logs may show them: class and places in this package. The message is not read: it may hold data."""

from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
MAX_PLACES = 8
MAX_CAUSES = 4


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Return `kind` (the class), `at` (files and lines of this package, innermost last) and, if any, `causes` (classes)."""
    fields: dict[str, Any] = {"kind": type(error).__name__, "at": _places(error)}
    causes = _causes(error)
    return {**fields, "causes": causes} if causes else fields


def _places(error: BaseException) -> list[str]:
    places, trace = [], error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(PACKAGE):
            places.append(f"{file.relative_to(PACKAGE).as_posix()}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-MAX_PLACES:]


def _causes(error: BaseException) -> list[str]:
    kinds: list[str] = []
    cause = error.__cause__ or error.__context__
    while cause is not None and len(kinds) < MAX_CAUSES:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return kinds
