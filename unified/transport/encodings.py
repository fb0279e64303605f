"""Forms in which the body of a request is sent; each gives a content type and bytes."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

Encoder = Callable[[Any], bytes]


def _form(body: Any) -> bytes:
    return urlencode(list(_pairs(body))).encode("ascii")


def _pairs(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of a form.

    `a[b]` for objects in objects, the name again for each entry of a list, `a[0][b]` for objects in lists, and an empty text
    for null and for an empty list.
    """
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _pairs(one, f"{name}[{key}]" if name else key)
    elif isinstance(value, list):
        has_objects = any(isinstance(one, dict | list) for one in value)
        for index, one in enumerate(value):
            yield from _pairs(one, f"{name}[{index}]" if has_objects else name)
        if not value:
            yield name, ""
    else:
        yield name, "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


ENCODINGS: dict[str, tuple[str, Encoder]] = {
    "json": ("application/json", msgspec.json.encode),
    "form": ("application/x-www-form-urlencoded", _form),
}
"""Value of `send` in a mapping -> content type, and what makes the bytes."""
