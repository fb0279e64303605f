"""A request as lines for people: method, path, query, headers, and the body with texts of several lines unescaped."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from unified.authoring.golden.graphql_text import graphql_lines, is_graphql
from unified.catalog.wire import ProviderRequest
from unified.text.xml_text import xml_lines
from unified.transport.bodies.multipart import multipart_lines

BELOW = "↓"
"""In a body, a text that follows below it."""
BODY = {"json": "  body", "form": "  body, sent as a form", "multipart": "  body, sent in parts", "xml": "  body, sent as XML"}
"""Form of a body → the line above it."""
WRITTEN: dict[str, Callable[[Any], Iterator[str]]] = {"multipart": multipart_lines, "xml": xml_lines}
"""Form of a body → its lines, where it is not shown as JSON."""


def request_lines(request: ProviderRequest) -> Iterator[str]:
    """Yield the lines of a request, without what the provider file adds: base URL, credentials and its headers."""
    yield f"{request.method} {request.path}"
    for name, value in request.query:
        yield f"  query {name}={value}"
    for name, value in request.headers.items():
        yield f"  header {name}: {value}"
    if request.body is not msgspec.UNSET:
        yield BODY[request.encoding]
        write = WRITTEN.get(request.encoding)
        yield from _body_lines(request.body) if write is None else _indented(list(write(request.body)))


def _body_lines(body: Any) -> Iterator[str]:
    texts: dict[str, list[str]] = {}
    shown = _without_long_texts(body, "body", texts)
    yield from _indented(msgspec.json.format(msgspec.json.encode(shown), indent=2).decode().splitlines())
    for place, lines in texts.items():
        yield f"  {place}"
        yield from _indented(lines)


def _without_long_texts(value: Any, place: str, texts: dict[str, list[str]]) -> Any:
    """Return the value with an arrow for each text that has several lines; collect these by place."""
    if isinstance(value, dict):
        return {name: _without_long_texts(one, f"{place}/{name}", texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_long_texts(one, f"{place}/{index}", texts) for index, one in enumerate(value)]
    lines = _lines(value, place) if isinstance(value, str) else []
    if not lines:
        return value
    texts[place] = lines
    return BELOW


def _lines(text: str, place: str) -> list[str]:
    if place == "body/query" and is_graphql(text):
        return list(graphql_lines(text))
    return text.splitlines() if "\n" in text else []


def _indented(lines: list[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)
