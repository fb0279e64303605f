"""Bodies in cassettes, readable: JSON as values, forms and parts by their fields, XML with a line for each record, and what is none of them as it is.

Every body comes back as what it was: a form of another order, a document with another prefix or a part of another type is another
request. Only blanks between the elements of XML, and the boundary between parts, are not kept.
"""

import base64
import json
import re
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlencode

BOUNDARY = "part"
BETWEEN = re.compile(r">\s+<")
"""Blanks between two tags; those beside a text are a part of it, and within `<![CDATA[` and comments nothing is a tag."""
NAME = re.compile(r"<[^\s/>]+")
"""The beginning of a tag, with the name of its element."""


def opened(body: Any, content_type: str) -> Any:
    """A body as a cassette has it, by its media type; None for none."""
    if not body:
        return None
    content = body.encode() if isinstance(body, str) else body
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return {"parts": _parts(content, content_type)}
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}
    if kind == "application/x-www-form-urlencoded":
        return {"form": [[name, value] for name, value in parse_qsl(text, keep_blank_values=True)]}
    if kind.endswith("xml") and "<!" not in text:
        return {"xml": _lines(text)}
    try:
        return {"json": json.loads(text)}
    except json.JSONDecodeError:
        return {"text": text}


def closed(body: Any) -> bytes | None:
    """The bytes of a body as `opened` wrote it."""
    if body is None:
        return None
    ((form, value),) = body.items()
    if form == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if form == "base64":
        return base64.b64decode(value)
    if form == "form":
        return urlencode([tuple(pair) for pair in value]).encode()
    if form == "parts":
        return b"".join(map(_written, value)) + f"--{BOUNDARY}--\r\n".encode()
    return ("".join(value) if form == "xml" else value).encode()


def _lines(xml: str) -> list[str]:
    """A document in lines: one for each of its records, the outermost elements that are repeated; together they are the document."""
    tags = BETWEEN.sub("><", xml).replace("><", ">\0<").split("\0")
    depths = _depths(tags)
    records = _depth_of_records(tags, depths)
    lines: list[str] = []
    begins = True
    for tag, depth in zip(tags, depths, strict=True):
        inside = records is not None and depth >= records
        opens = inside and depth == records and not tag.startswith("</")
        if begins or opens:
            lines.append("")
        lines[-1] += tag
        begins = inside and depth == records and (tag.startswith("</") or _is_leaf(tag))
    return lines


def _depths(tags: list[str]) -> list[int]:
    """How many elements are around each tag."""
    depths, depth = [], 0
    for tag in tags:
        depth -= tag.startswith("</")
        depths.append(depth)
        depth += not tag.startswith("</") and not _is_leaf(tag)
    return depths


def _is_leaf(tag: str) -> bool:
    """Whether a tag has its whole element, or is a declaration."""
    return tag.endswith(("/>", "?>")) or "</" in tag


def _depth_of_records(tags: list[str], depths: list[int]) -> int | None:
    """The least depth at which an element with others in it follows one of the same name; None if there is none."""
    latest: dict[int, str] = {}
    found: list[int] = []
    for tag, depth in zip(tags, depths, strict=True):
        if not tag.startswith("</"):
            name = NAME.match(tag)
            if name and not _is_leaf(tag) and latest.get(depth) == name[0]:
                found.append(depth)
            latest = {at: one for at, one in latest.items() if at < depth} | {depth: name[0] if name else ""}
    return min(found, default=None)


def type_of(headers: Mapping[str, Any]) -> str:
    """The media type among headers, which vcrpy gives as a text or a list of texts."""
    found = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    return found if isinstance(found, str) else found[0]


def plain_type(content_type: str) -> str:
    """A media type as a cassette has it: parts have a fixed boundary."""
    return f"multipart/form-data; boundary={BOUNDARY}" if content_type.startswith("multipart/form-data") else content_type


def _parts(content: bytes, content_type: str) -> list[dict[str, Any]]:
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    return [_part(one) for one in whole.iter_parts()]  # type: ignore[attr-defined]


def _part(part: Any) -> dict[str, Any]:
    headers = {name: str(value) for name, value in part.items()}
    held = part.get_payload(decode=True)
    try:
        return {"headers": headers, "text": held.decode("utf-8")}
    except UnicodeDecodeError:
        return {"headers": headers, "base64": base64.b64encode(held).decode()}


def _written(part: Mapping[str, Any]) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in part["headers"].items())
    held = part["text"].encode() if "text" in part else base64.b64decode(part["base64"])
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + held + b"\r\n"
