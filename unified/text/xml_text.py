"""XML as JSON values and back, by one rule; docs/mapping-files.md states it.

An element is an object: its attributes are keys with `_` before their name, its text is `_`, and each name of an element in it
is a key; elements of the same name are a list. One without attributes and elements is its text, and null if it is empty.
A document is an object with the name of its root. Prefixes of namespaces are dropped, and comments and instructions skipped.

There are no entities but the five of XML, because a document type is refused, and depth and number of elements are bounded.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat  # bounded below, and never given a document type

import msgspec

from unified.errors.providers import ProviderMalformed
from unified.errors.requests import MalformedRequest

MAX_DEPTH = 64
MAX_NODES = 200_000
"""Elements and attributes of one document."""
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
XSI = "http://www.w3.org/2001/XMLSchema-instance"
"""The namespace of `nil`, `type` and others, which say what a schema knows."""
TEXT = "_"
_NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?", re.ASCII)
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_IN_TEXT, _IN_ATTRIBUTE = re.compile("[&<>\r]"), re.compile('[&<>"\t\n\r]')


class _Element:
    """An element while it is read."""

    __slots__ = ("content", "is_nil", "texts")

    def __init__(self) -> None:
        self.content: dict[str, Any] = {}
        self.texts: list[str] = []
        self.is_nil = False

    def add(self, name: str, value: Any) -> None:
        """Add a value; the second one of a name makes a list."""
        if name not in self.content:
            self.content[name] = value
        elif isinstance(self.content[name], list):
            self.content[name].append(value)
        else:
            self.content[name] = [self.content[name], value]

    def value(self) -> Any:
        """Return what the element is in JSON."""
        text = "".join(self.texts).strip()
        if self.is_nil or not (text or self.content):
            return None
        if not self.content:
            return text
        return self.content | ({TEXT: text} if text else {})


class _Reader:
    """Collects one document."""

    def __init__(self) -> None:
        self.open = [_Element()]
        self.nodes = 0

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1 + len(attributes)
        if self.nodes > MAX_NODES:
            raise ProviderMalformed(f"the answer has more than {MAX_NODES} elements and attributes")
        if len(self.open) > MAX_DEPTH:
            raise ProviderMalformed("the answer is nested too deeply")
        element = _Element()
        for key, value in attributes.items():
            space, _, local = key.rpartition(" ")
            if space == XSI:
                element.is_nil = element.is_nil or (local == "nil" and value.strip() in {"true", "1"})
            else:
                element.content[f"_{local}"] = value
        self.open.append(element)

    def end(self, name: str) -> None:
        element, local = self.open.pop(), name.rpartition(" ")[2]
        self.open[-1].add(f"_{local}" if local.startswith("_") else local, element.value())

    def text(self, text: str) -> None:
        self.open[-1].texts.append(text)

    def refuse(self, *_: object) -> None:
        raise ProviderMalformed("the answer has a document type, which is not read")


def decode_xml(content: bytes) -> Any:
    """Decode a provider's XML as JSON values; None for an empty body.

    Raises:
        ProviderMalformed: The body is not XML, has a document type, or is too large or too deep.
    """
    if not content.strip():
        return None
    reader, parser = _Reader(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, reader.refuse
    try:
        parser.Parse(content, True)  # noqa: FBT003 - the end
    except (expat.ExpatError, ValueError, LookupError):  # the last two: an encoding that is unknown or does not fit
        kind = "text" if content.lstrip()[:1] != b"<" else "markup"
        raise ProviderMalformed(f"expected XML, got {kind} that is not XML") from None
    return reader.open[0].content


def encode_xml(body: Any) -> bytes:
    """Write JSON values as XML.

    Raises:
        MalformedRequest: They are not a document; the message says where.
    """
    return f"{DECLARATION}{''.join(_document(body))}".encode()


def xml_lines(body: Any) -> Iterator[str]:
    """Yield a document as lines for people, indented."""
    depth = 0
    for piece in re.findall(r"<[^>]*/>|<[^/][^>]*>[^<]*</[^>]*>|<[^>]*>|[^<]+", "".join(_document(body))):
        depth -= piece.startswith("</")
        yield f"{'  ' * depth}{piece}"
        depth += piece[0] == "<" and piece[1] != "/" and not piece.endswith("/>") and "</" not in piece


def _document(body: Any) -> Iterator[str]:
    if not isinstance(body, dict) or len(body) != 1 or isinstance(next(iter(body.values())), list):
        raise MalformedRequest("body: expected an object with one key, the name of the document's element; it was not sent")
    ((name, value),) = body.items()
    yield from _element(name, value, 1)


def _element(key: str, value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _element(key, one, depth)
        return
    if depth > MAX_DEPTH:
        raise MalformedRequest("body: it is nested too deeply; it was not sent")
    name = _checked(key[1:] if key.startswith("__") else key)
    content = value if isinstance(value, dict) else {TEXT: value}
    attributes = [
        f' {_checked(key[1:])}="{_escaped(one, _IN_ATTRIBUTE)}"'
        for key, one in content.items()
        if _is_attribute(key) and one is not None
    ]
    inner = [piece for key, one in content.items() for piece in _content(key, one, depth)]
    start = f"<{name}{''.join(attributes)}"
    yield from (f"{start}>", *inner, f"</{name}>") if inner else (f"{start}/>",)


def _content(key: str, value: Any, depth: int) -> Iterator[str]:
    if key == TEXT:
        text = "" if value is None else _escaped(value, _IN_TEXT)
        yield from (text,) if text else ()
    elif not _is_attribute(key):
        yield from _element(key, value, depth + 1)


def _is_attribute(key: str) -> bool:
    return key.startswith("_") and key != TEXT and not key.startswith("__")


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise MalformedRequest(f"body: `{name[:40]}` cannot be the name of an element or attribute; it was not sent")
    return name


def _escaped(value: Any, marked: re.Pattern[str]) -> str:
    if isinstance(value, dict | list):
        raise MalformedRequest("body: an attribute or text is an object or list; it was not sent")
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if _UNWRITABLE.search(text):
        raise MalformedRequest("body: a text has a character that XML does not have; it was not sent")
    return marked.sub(lambda found: _ESCAPED[found[0]], text)
