"""Conversion of a mapping's object to the fields of a struct: written as Python once, then run for every record.

Each line of the code belongs to one field, so a value that does not fit is located by the line at which the code stopped, and
code that succeeds pays nothing for it.
"""

import functools
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from unified.errors.names import suggestion
from unified.models.conversion.field_codes import FieldCodes, Values
from unified.models.conversion.object_code import display, is_any_set, write_decisive, write_others, write_record
from unified.models.conversion.value_code import usual_list_test, value_code
from unified.models.conversion.value_error import ValueMismatch, mismatch
from unified.models.field import Field
from unified.models.target import Target

_NUMBERS = itertools.count(1)
_INDEX, _PLACES = "i", "PLACES"
"""In the code: the variable with the position in a list, and the field that each line belongs to."""


@functools.lru_cache(maxsize=1024)
def converter_for(target: Target) -> Callable[[Any], dict[str, Any]]:
    """Return the conversion for a struct: from a mapping's object to the common one. It raises ValueMismatch without a path."""
    code = _Code()
    with code.block("def convert(r):"):
        code.write(f"return {write_record(_write_object(code, target, leave=''))}")
    return _compiled(code, target.struct.__name__)


@functools.lru_cache(maxsize=1024)
def inner_converter(what: Target | Field, is_list: bool) -> Callable[[Any], Any]:
    """Return the conversion of a nested object, or of a list of objects or of a field's values."""
    code = _Code()
    with code.block("def convert(r):" if not is_list else "def convert(items):"):
        if not is_list and isinstance(what, Target):
            codes = _write_object(code, what, leave="return None")
            code.write(f"return {display(codes)} if {is_any_set(codes, what.essential)} else None")
        else:
            _write_list(code, what)
    name = what.name if isinstance(what, Field) else what.struct.__name__
    return _compiled(code, f"list of {name}" if is_list else name)


def locate(problem: ValueMismatch) -> ValueMismatch:
    """Put the path to the value in front of what an error of a conversion names itself."""
    steps = [step for frame in _frames(problem.__traceback__) for step in _steps(frame)]
    for step in reversed(steps):
        problem.under(step)
    return problem


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _steps(trace: TracebackType) -> list[str | int]:
    places = trace.tb_frame.f_globals.get(_PLACES)
    if places is None:
        return []
    return [step for step in (trace.tb_frame.f_locals.get(_INDEX), places[trace.tb_lineno - 1]) if step is not None]


class _Code:
    """Lines of Python, the field that each belongs to, and the names that they use."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[str | None] = []
        self.names: dict[str, Any] = {}
        self._known: dict[Any, str] = {}
        self._indent = ""

    def write(self, code: str, field: str = "") -> None:
        self.lines.append(self._indent + code)
        self.places.append(field or None)

    def name_of(self, value: Any, hint: str) -> str:
        if value not in self._known:
            self._known[value] = name = hint if hint not in self.names else f"{hint}_{len(self.names)}"
            self.names[name] = value
        return self._known[value]

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a statement with a body."""
        self.write(head)
        self._indent += "    "
        yield
        self._indent = self._indent[:-4]


def _compiled(code: _Code, name: str) -> Callable[[Any], Any]:
    """Return the function `convert` that the code defines."""
    source = "\n".join(code.lines) + "\n"
    names = {**code.names, _PLACES: tuple(code.places)}
    exec(compile(source, f"<conversion {next(_NUMBERS)}: {name}>", "exec"), names)  # noqa: S102 - our own source
    convert: Callable[[Any], Any] = names["convert"]
    return convert


def _write_list(code: _Code, what: Target | Field) -> None:
    """Write a loop over the items of a list, or over a single value as the only item."""
    usual = usual_list_test(code, what, "items") if isinstance(what, Field) else ""
    if usual:
        code.write(f"if type(items) is list and {usual}: return items[:]")
    code.write("out = []")
    with code.block(f"for {_INDEX}, r in enumerate(items if isinstance(items, list) else (items,)):"):
        code.write("if r is None: continue")
        if isinstance(what, Field):
            code.write(f"r = {value_code(code, what, 'r', Values(codes={}, converter=inner_converter))}")
            code.write("if r is not None: out.append(r)")
        else:
            codes = _write_object(code, what, leave="continue")
            code.write(f"if {is_any_set(codes, what.essential)}: out.append({display(codes)})")
    code.write("return out")


def _write_object(code: _Code, target: Target, *, leave: str) -> FieldCodes:
    """Write what reads, converts and derives every field of an object `r`; `leave` is how a nested one is left out."""
    names = code.name_of(frozenset(field.name for field in target.fields), "NAMES")
    refuse_type, refuse_key = code.name_of(mismatch, "mismatch"), code.name_of(unknown_key, "unknown_key")
    code.write(f"if type(r) is not dict and not isinstance(r, dict): raise {refuse_type}('object', r)")
    code.write(f"if not r.keys() <= {names}: raise {refuse_key}({names}, r)")
    code.write("g = r.get")
    values = Values(codes={field.name: f"g({field.name!r})" for field in target.fields}, converter=inner_converter)
    codes = FieldCodes(code, target, values)
    if leave and target.decisive:
        write_decisive(codes)
        code.write(f"if not ({is_any_set(codes, target.decisive)}): {leave}")
    write_others(codes)
    return codes


def unknown_key(names: frozenset[str], record: dict[str, Any]) -> ValueMismatch:
    """Return the error for a key that the model does not have; hints at the closest that it has."""
    key = min(str(key) for key in record if key not in names)
    return ValueMismatch(f"unknown field.{suggestion(key, names, 'Known fields')}").under(key)
