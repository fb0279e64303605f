"""JSON texts, decoded so that whatever is wrong with one is a `DecodeError`, and laid out for people."""

import json
import re
from typing import Any

import msgspec

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""One string, or an unterminated one to the end; it never backtracks, for any input."""
_BRACKETS = re.compile(rb"[\[\]{}]")


class NestedTooDeeply(msgspec.DecodeError):
    """The text has more levels than the decoder can follow."""

    def __init__(self) -> None:
        super().__init__("nested too deeply")


def decode_json(content: bytes | str, kind: Any = Any) -> Any:
    """Decode JSON, into a type if one is given.

    Raises:
        msgspec.DecodeError: It is not valid, does not fit the type, is nested too deeply or is not UTF-8.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise NestedTooDeeply from None
    except UnicodeError:  # of a text from a command line; bytes are a DecodeError of msgspec
        raise msgspec.DecodeError("not UTF-8") from None


def lay_out_json(value: Any, *, width: int = 120, indent: str = "") -> str:
    """Return JSON for files that people read: what fits in `width` columns is one line, a longer list or object is indented."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= width or not value or not isinstance(value, dict | list):
        return line
    inner = indent + " "
    if isinstance(value, list):
        parts = [inner + lay_out_json(item, width=width, indent=inner) for item in value]
        return "[\n" + ",\n".join(parts) + f"\n{indent}]"
    parts = [
        f"{inner}{json.dumps(name, ensure_ascii=False)}: {lay_out_json(item, width=width, indent=inner)}"
        for name, item in value.items()
    ]
    return "{\n" + ",\n".join(parts) + f"\n{indent}}}"


def has_more_values_than(content: bytes, most: int) -> bool:
    """Return whether JSON has more values than that, by the commas and brackets outside of strings; it is not read.

    The outermost value is not counted, and an empty list or object counts twice.
    """
    if _separators(content) <= most:
        return False
    texts = (content.count(b'"') - content.count(b'\\"')) // 2  # at least; a member has at most two, its key and its value
    return texts > 2 * most or _separators(_STRINGS.sub(b"", content)) > most


def _separators(content: bytes) -> int:
    return sum(map(content.count, (b",", b"[", b"{")))


def is_deeper_than(content: bytes, levels: int) -> bool:
    """Return whether JSON has more levels than that, by its brackets outside of strings: none may exhaust the stack."""
    if content.count(b"[") + content.count(b"{") <= levels:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub(b"", content)):
        depth += 1 if bracket in b"[{" else -1
        if depth > levels:
            return True
    return False
