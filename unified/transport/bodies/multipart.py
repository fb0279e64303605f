"""Bodies of several parts, as forms with files are sent (RFC 7578)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from unified.errors.requests import MalformedRequest

FILE_KEYS = frozenset({"_filename", "_type", "_text", "_base64"})
"""Keys of an object that is sent as a file."""
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(; ?charset=[\w-]+)?", re.ASCII)
_QUOTED = {'"': "%22", "\r": "%0D", "\n": "%0A"}


def encode_multipart(body: Any) -> tuple[str, bytes]:
    """Return content type and bytes of an object; each key is a part, and a list repeats it.

    Null and an empty list are an empty text: left out, the field would stay as it was.

    Raises:
        MalformedRequest: The body cannot be sent like this; the message says why.
    """
    if not isinstance(body, dict) or not body:
        raise MalformedRequest("body: expected an object with at least one part; it was not sent")
    parts = [_part(name, one) for name, value in body.items() for one in _entries(value)]
    boundary = _boundary(parts)
    mark = f"--{boundary}".encode("ascii")
    content = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
    return f"multipart/form-data; boundary={boundary}", content


def multipart_lines(body: dict[str, Any]) -> Iterator[str]:
    """Yield the parts as lines for people: headers, an empty line and the text, or the size of other content."""
    for name, value in body.items():
        for one in _entries(value):
            head, _, content = _part(name, one).partition(b"\r\n\r\n")
            yield from (*head.decode().split("\r\n"), "")
            try:
                yield from content.decode().splitlines()
            except UnicodeDecodeError:
                yield f"({len(content)} bytes)"
            yield ""


def _entries(value: Any) -> list[Any]:
    """Return the values of the parts with a name; one for an empty list, which would not be cleared otherwise."""
    return (value or [None]) if isinstance(value, list) else [value]


def _boundary(parts: list[bytes]) -> str:
    """Return a boundary that is in none of the parts; equal bodies have the same."""
    digest = hashlib.sha256(b"".join(parts)).hexdigest()[:32]
    while any(digest.encode("ascii") in part for part in parts):
        digest = hashlib.sha256(digest.encode("ascii")).hexdigest()[:32]
    return digest


def _part(name: str, value: Any) -> bytes:
    place = f'Content-Disposition: form-data; name="{_quoted(name)}"'
    if isinstance(value, dict) and "_filename" in value:
        return _file(place, name, value)
    if isinstance(value, dict):
        return f"{place}\r\nContent-Type: application/json\r\n\r\n".encode() + msgspec.json.encode(value)
    text = "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"{place}\r\n\r\n{text}".encode()


def _file(place: str, name: str, value: dict[str, Any]) -> bytes:
    kind = value.get("_type", "application/octet-stream")
    content = [key for key in ("_text", "_base64") if key in value]
    if value.keys() - FILE_KEYS or len(content) != 1 or not all(isinstance(one, str) for one in value.values()):
        message = "expected _filename, _type and one of _text and _base64, each text; it was not sent"
        raise MalformedRequest(f"body/{name}: {message}")
    if not _TYPE.fullmatch(kind):
        raise MalformedRequest(f"body/{name}/_type: expected a media type such as text/plain; it was not sent")
    head = f'{place}; filename="{_quoted(value["_filename"])}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
    return head + (value["_text"].encode() if content == ["_text"] else _decoded(name, value["_base64"]))


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedRequest(f"body/{name}/_base64: expected base64; it was not sent") from None


def _quoted(text: str) -> str:
    return re.sub('["\r\n]', lambda found: _QUOTED[found[0]], text)
