"""Decoding of a provider's JSON: exactly, or not at all."""

from typing import Any

import msgspec

from unified.errors.providers import ProviderMalformed
from unified.json_text import NestedTooDeeply, decode_json


def decode_json_body(content: bytes) -> Any:
    """Decode the body of a provider's answer with exact numbers; None for an empty one.

    Raises:
        ProviderMalformed: The body is not JSON; the message says only what kind of content it is.
    """
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not content:
        return None
    try:
        return decode_json(content)
    except NestedTooDeeply:
        raise ProviderMalformed("the answer is nested too deeply") from None
    except msgspec.DecodeError:
        kind = "HTML" if content[:1] == b"<" else "text"
        raise ProviderMalformed(f"expected JSON in UTF-8, got {kind} that is not JSON") from None
