"""Bodies that are not sent as JSON, as lines for people: the fields of a form, the parts of one with files, a document."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from unified.text.xml_text import xml_lines
from unified.transport.bodies.encodings import form_fields

INDENT = "    "
"""Before each line of a text of several lines, so that no text looks like a field."""


def _form_lines(body: Any) -> Iterator[str]:
    for name, value in form_fields(body):
        yield from _field(name, value)


def _part_lines(body: Any) -> Iterator[str]:
    for name, value in body.items():
        for one in (value or [None]) if isinstance(value, list) else [value]:
            is_file = isinstance(one, dict) and "_filename" in one
            yield from _file(name, one) if is_file else _field(name, _text(one))


def _file(name: str, file: dict[str, Any]) -> Iterator[str]:
    text = file.get("_text")
    size = len(text.encode()) if text is not None else len(base64.b64decode(file.get("_base64", "")))
    named = msgspec.json.encode(file["_filename"]).decode()
    yield f"{_in_line(name)} = file {named}, {_in_line(file.get('_type', 'application/octet-stream'))}, {size} bytes"
    yield from (f"{INDENT}{line}" for line in text.split("\n")) if text else ()


def _field(name: str, value: str) -> Iterator[str]:
    has_lines = "\n" in value
    yield f"{_in_line(name)} =" if has_lines else f"{_in_line(name)} = {value}"
    yield from (f"{INDENT}{line}" for line in value.split("\n")) if has_lines else ()


def _in_line(name: str) -> str:
    """Return a name unchanged, or as JSON if it has several lines or begins like one of a text."""
    return name if name.strip() == name and "\n" not in name else msgspec.json.encode(name).decode()


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


READABLE: dict[str, Callable[[Any], Iterator[str]]] = {"form": _form_lines, "multipart": _part_lines, "xml": xml_lines}
"""Form of a body → its lines, where it is not sent as JSON."""
