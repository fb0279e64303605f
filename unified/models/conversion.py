"""Conversion of a mapping's object to the fields of a struct: written as Python once, then run for every record.

`conversion_source` writes the code; each of its lines belongs to one field, so a value that does not fit is located by the
line at which the code stopped, and code that succeeds pays nothing for it.
"""

import functools
import itertools
from collections.abc import Callable
from types import TracebackType
from typing import Any

import msgspec

from unified.models.conversion_source import INDEX, write_conversion
from unified.models.value_error import ValueMismatch

_NUMBERS = itertools.count(1)


class Converter(msgspec.Struct, frozen=True, kw_only=True):
    """The conversion for one struct, one default phone region and one selection of fields."""

    convert: Callable[[Any], dict[str, Any]]
    """Returns the common object for a mapping's object. Raises ValueMismatch without a path."""
    source: str
    """The Python code, for reading."""
    file: str
    """What tracebacks call the code."""
    places: tuple[str, ...]
    """The field that each line belongs to; empty for a line about the whole object."""

    def locate(self, problem: ValueMismatch) -> ValueMismatch:
        """Put the path to the value in front of what the error names itself."""
        steps = [step for frame in _frames(problem.__traceback__) for step in self._steps(frame)]
        for step in reversed(steps):
            problem.under(step)
        return problem

    def _steps(self, trace: TracebackType) -> tuple[str | int, ...]:
        if trace.tb_frame.f_code.co_filename != self.file:
            return ()
        index, field = trace.tb_frame.f_locals.get(INDEX), self.places[trace.tb_lineno - 1]
        return (*(() if index is None else (index,)), *((field,) if field else ()))


@functools.lru_cache(maxsize=1024)
def converter_for(
    struct: type[msgspec.Struct],
    region: str | None,
    keep: frozenset[str] | None,
    optional: frozenset[str] = frozenset(),
) -> Converter:
    """Return the conversion for a struct.

    Args:
        struct: the model's struct.
        region: the country (alpha-2) of phone numbers in national format.
        keep: the fields to convert; None for all.
        optional: fields that may be null although the model requires them.
    """
    code = write_conversion(struct, region, keep, optional)
    source, file = "\n".join(code.lines) + "\n", f"<conversion {next(_NUMBERS)} of {struct.__name__}>"
    names = dict(code.constants)
    exec(compile(source, file, "exec"), names)  # noqa: S102 - our own source; names of fields enter as literals
    return Converter(convert=names["convert"], source=source, file=file, places=tuple(code.places))


def _frames(trace: TracebackType | None) -> list[TracebackType]:
    frames = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    return frames
