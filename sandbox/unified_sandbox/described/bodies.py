"""Bodies of requests as JSON values: JSON, forms, parts and XML, by the rules of docs/mapping-files.md."""

import base64
import re
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from unified.errors.providers import ProviderMalformed
from unified.text.xml_text import decode_xml
from unified_sandbox.described.refusing import refuse
from unified_sandbox.messages import Incoming

WRITES = {"POST", "PUT", "PATCH"}
TYPES = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data",
    "xml": "application/xml",
}
"""Value of `send` → the media type of its bodies; types that end like it are taken too, such as `text/xml`."""
_KEYS = re.compile(r"[^\[\]]+")


def body_of(request: Incoming, send: str) -> Any:
    """Return the body of a write; declines one of another media type."""
    if request.method not in WRITES or not request.body:
        return {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    ending = TYPES[send].removeprefix("application/")
    if not kind.endswith(ending):
        refuse("media_type", f"Expected a body of type {TYPES[send]}.")
    return READERS[send](request)


def _document(request: Incoming) -> Any:
    try:
        return decode_xml(request.body)
    except ProviderMalformed:
        refuse("invalid_json", "The body is not valid XML.")


def _form(request: Incoming) -> Any:
    """Return the fields of a form: `a[b]` is an object, `a[0]` a list, and so is a name that occurs again."""
    whole: dict[str, Any] = {}
    for name, value in parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True):
        *keys, last = _KEYS.findall(name) or [name]
        inner = whole
        for key in keys:
            below = inner.setdefault(key, {})
            inner = (
                below if isinstance(below, dict) else refuse("invalid_field", f"{name}: another field is in its place.", name)
            )
        _add(inner, last, value)
    return _with_lists(whole)


def _add(fields: dict[str, Any], name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]


def _with_lists(value: Any) -> Any:
    """Return a value in which objects with the keys 0, 1 and so on are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _with_lists(one) for key, one in value.items()}
    return list(inner.values()) if inner and list(inner) == [str(n) for n in range(len(inner))] else inner


def _parts(request: Incoming) -> Any:
    """Return the parts by name: a text, the JSON of a part, or an object with `_filename`."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode("latin-1", "replace")
    fields: dict[str, Any] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            refuse("invalid_json", "Expected parts with a name.")
        _add(fields, unquote(name), _part(part))
    return fields or refuse("invalid_json", "The body has no parts.")


def _part(part: Any) -> Any:
    content, kind, name = part.get_payload(decode=True), part.get_content_type(), part.get_filename()
    if name is not None:
        held = {"_text": content.decode()} if _is_text(kind, content) else {"_base64": base64.b64encode(content).decode()}
        return {"_filename": unquote(name), "_type": kind, **held}
    return msgspec.json.decode(content) if kind == "application/json" else content.decode("utf-8", "replace")


def _is_text(kind: str, content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return kind.startswith("text/")


READERS: dict[str, Callable[[Incoming], Any]] = {
    "json": lambda request: request.json,
    "form": _form,
    "multipart": _parts,
    "xml": _document,
}
"""Value of `send` → what reads a body."""
