"""Decoding of a provider's JSON: exactly, or not at all."""

import re
from typing import Any

import msgspec

from unified.errors.providers import ProviderMalformed, UpstreamTooLarge
from unified.text.json_text import NestedTooDeeply, decode_json

MAX_VALUES = 300_000
"""Entries of all lists and objects of one answer: 8 MiB with 28 bytes each, name and value. So many are decoded, and forgotten
again, at once without keeping everybody else waiting for more than some 50 ms."""
STEP_BYTES = 64 * 1024
"""How much of an answer is counted in one step."""
_BEGINNINGS = b",[{"
"""One of these is before each entry."""
_COMPLETE = re.compile(rb'(?:[^"]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_REST_OF_TEXT = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)


def decode_json_body(content: bytes) -> Any:
    """Decode the body of a provider's answer with exact numbers; None for an empty one.

    Raises:
        ProviderMalformed: The body is not JSON; the message says only what kind of content it is.
        UpstreamTooLarge: It has more values than one answer may have.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not content:
        return None
    if len(content) > MAX_VALUES:
        _refuse_many(content)
    try:
        return decode_json(content)
    except NestedTooDeeply:
        raise ProviderMalformed("the answer is nested too deeply") from None
    except msgspec.DecodeError:
        kind = "HTML" if content[:1] == b"<" else "text"
        raise ProviderMalformed(f"expected JSON in UTF-8, got {kind} that is not JSON") from None


def _refuse_many(content: bytes) -> None:
    if _separators(content) <= MAX_VALUES:  # quick, but counts those in texts too
        return
    values, start, is_text = 0, 0, False
    while start < len(content):
        part = content[start : start + STEP_BYTES]
        end = _end(_REST_OF_TEXT if is_text else _COMPLETE, part)
        if not is_text:
            values += _separators(_TEXT.sub(b"", part[:end]))
            if values > MAX_VALUES:
                raise UpstreamTooLarge(
                    f"the provider's answer has more than {MAX_VALUES} values; ask for fewer records or fields at a time"
                )
        is_escaped = is_text and part[end : end + 1] == b"\\"  # and the character after it is in the next part
        start += end + (2 if is_escaped else 1 if end < len(part) else 0)
        is_text = (is_text and (end == len(part) or is_escaped)) or (not is_text and end < len(part))


def _end(pattern: re.Pattern[bytes], part: bytes) -> int:
    found = pattern.match(part)
    return found.end() if found else 0


def _separators(content: bytes) -> int:
    return sum(content.count(one) for one in _BEGINNINGS)
