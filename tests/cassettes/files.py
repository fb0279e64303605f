"""A cassette file: JSON with the steps of one model, laid out so that a record is a line and a change is seen as one.

`{"list": {"calls": [{"request": …, "response": …}], "gives": …}, "list_recent": …, "get": …}`: each step has the calls that were
made and what the caller saw. A call that is equal to an earlier one of the file is written as its place, `{"same_as": ["list", 0]}`.
"""

import copy
import json
from pathlib import Path
from typing import Any

WIDTH = 120
"""Longest text of a list of objects that stays on one line."""
ORDER = ("method", "uri", "status", "headers", "body", "request", "response")
"""The keys of a call that come first, in the order in which it is read."""


def read_step(path: Path, step: str) -> dict[str, Any] | None:
    """A step of a file; None where neither is there."""
    return _steps(path).get(step)


def write_step(path: Path, step: str, parts: dict[str, Any]) -> None:
    """Add parts of a step to a file, which need not exist."""
    steps = _steps(path)
    steps[step] = {**steps.get(step, {}), **parts}
    path.write_text(laid_out(steps), encoding="utf-8")


def laid_out(steps: dict[str, Any], *, width: int = WIDTH) -> str:
    """The text of a file."""
    parts = (f"\n {json.dumps(name)}: {_step(parts, width)}" for name, parts in _folded(steps).items())
    return "{" + ",".join(parts) + "\n}\n"


def read_steps(text: str) -> dict[str, Any]:
    """The steps of a file's text, each with all its calls."""
    steps: dict[str, Any] = json.loads(text)
    for parts in steps.values():
        if "calls" in parts:
            parts["calls"] = [_call_at(steps, one["same_as"]) if "same_as" in one else one for one in parts["calls"]]
    return steps


def _call_at(steps: dict[str, Any], place: tuple[str, int]) -> Any:
    step, number = place
    return copy.deepcopy(steps[step]["calls"][number])


def _folded(steps: dict[str, Any]) -> dict[str, Any]:
    """The steps, with places for calls that were written before."""
    places: dict[str, tuple[str, int]] = {}
    folded = {}
    for name, parts in steps.items():
        calls = [_place_or_call(call, places, (name, number)) for number, call in enumerate(parts.get("calls", ()))]
        folded[name] = parts | ({"calls": calls} if "calls" in parts else {})
    return folded


def _place_or_call(call: Any, places: dict[str, tuple[str, int]], place: tuple[str, int]) -> Any:
    first = places.setdefault(json.dumps(call, sort_keys=True), place)
    return call if first == place else {"same_as": list(first)}


def _steps(path: Path) -> dict[str, Any]:
    return read_steps(path.read_text(encoding="utf-8")) if path.exists() else {}


def _step(parts: dict[str, Any], width: int) -> str:
    """A step: each request and each response begins a line, and so does what the caller saw."""
    return "{" + ",".join(f"\n  {json.dumps(name)}: {_part(name, value, width)}" for name, value in parts.items()) + "\n }"


def _part(name: str, value: Any, width: int) -> str:
    if name != "calls" or not value:
        return _value(value, "   ", width)
    return "[" + ",".join(f"\n   {_call(one, width)}" for one in value) + "\n  ]"


def _call(call: dict[str, Any], width: int) -> str:
    if "same_as" in call:
        return json.dumps(call)
    parts = (f"{json.dumps(name)}: {_value(_ordered(call[name]), '     ', width)}" for name in _names(call))
    return "{" + ",\n    ".join(parts) + "}"


def _value(value: Any, indent: str, width: int) -> str:
    """A value on one line, but for lists of objects, and for the lines of a document, which have one for each."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= width or isinstance(value, str):
        return line
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: {_named(k, v, indent, width)}" for k, v in value.items())
            + "}"
        )
    if _has_rows(value):
        return "[" + ",".join(f"\n{indent} {_row(one, indent, width)}" for one in value) + f"\n{indent}]"
    return line


def _named(name: str, value: Any, indent: str, width: int) -> str:
    if name == "xml" and isinstance(value, list) and len(value) > 1:
        return "[" + ",".join(f"\n{indent} {json.dumps(one, ensure_ascii=False)}" for one in value) + f"\n{indent}]"
    return _value(value, indent, width)


def _row(row: Any, indent: str, width: int) -> str:
    return _value(row, indent + " ", width) if isinstance(row, list) else json.dumps(row, ensure_ascii=False)


def _has_rows(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 1 and isinstance(value[0], dict | list)


def _names(found: dict[str, Any]) -> list[str]:
    return sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))


def _ordered(value: Any) -> Any:
    return {name: value[name] for name in _names(value)} if isinstance(value, dict) else value
