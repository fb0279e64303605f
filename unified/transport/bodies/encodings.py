"""Forms of bodies: each form to send gives a content type and bytes, each form of a response gives JSON values."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from unified.text.xml_text import decode_xml, encode_xml
from unified.transport.bodies.multipart import encode_multipart
from unified.transport.bodies.response_body import decode_json_body

Encoder = Callable[[Any], tuple[str, bytes]]
Decoder = Callable[[bytes], Any]


def _json(body: Any) -> tuple[str, bytes]:
    return "application/json", msgspec.json.encode(body)


def _xml(body: Any) -> tuple[str, bytes]:
    return "application/xml", encode_xml(body)


def _form(body: Any) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(list(form_fields(body))).encode("ascii")


def form_fields(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a form.

    `a[b]` for objects in objects, the name again for each entry of a list, `a[0][b]` for objects in lists, and an empty text
    for null and for an empty list.
    """
    if isinstance(value, dict):
        for key, one in value.items():
            yield from form_fields(one, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        has_objects = any(isinstance(one, dict | list) for one in value)
        for index, one in enumerate(value):
            yield from form_fields(one, f"{name}[{index}]" if has_objects else name)
        if not value:
            yield name, ""
    else:
        yield name, "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


ENCODINGS: dict[str, Encoder] = {"json": _json, "form": _form, "multipart": encode_multipart, "xml": _xml}
"""Value of `send` in a data file → what makes content type and bytes."""
DECODERS: dict[str, Decoder] = {"json": decode_json_body, "xml": decode_xml}
"""Value of `receive` in a data file → what makes JSON values."""
ACCEPTED = {"json": "application/json", "xml": "application/xml, text/xml"}
"""Value of `receive` → the header Accept, unless the provider file or the call has one."""
