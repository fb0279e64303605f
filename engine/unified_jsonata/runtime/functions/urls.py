"""Functions that encode strings: base64 and URLs, as JavaScript's functions of the same names do."""

import base64
import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.undefined import UNDEFINED

UNRESERVED = "-_.!~*'()"
RESERVED = ";,/?:@&=+$#"
MALFORMED = re.compile("%(?![0-9a-fA-F]{2})")
UNESCAPED = re.compile("%(3[bBfFaAdD]|2[cCfF6bB43]|40)")
"""Escapes of reserved characters, which `$decodeUrl` leaves alone."""
NOT_BASE64 = re.compile("[^A-Za-z0-9+/]")


def base64_encode(budget: Budget, value: Any) -> Any:
    """Evaluate `$base64encode`: the low byte of each 16-bit unit, as the reference does."""
    if value is UNDEFINED:
        return UNDEFINED
    budget.room(len(value) * 2)
    return base64.b64encode(value.encode("utf-16-le", "surrogatepass")[::2]).decode("ascii")


def base64_decode(budget: Budget, value: Any) -> Any:
    """Evaluate `$base64decode`: each byte becomes the character of its number; what is not base64 is passed over."""
    if value is UNDEFINED:
        return UNDEFINED
    budget.room(len(value))
    clean = NOT_BASE64.sub("", value.partition("=")[0].replace("-", "+").replace("_", "/"))
    usable = clean[: len(clean) - (len(clean) % 4 == 1)]
    return base64.b64decode(usable + "=" * (-len(usable) % 4)).decode("latin-1")


def encode_component(budget: Budget, value: Any) -> Any:
    """Evaluate `$encodeUrlComponent`; D3140 for half of a surrogate pair."""
    return _encoded(budget, value, UNRESERVED, "encodeUrlComponent")


def encode_url(budget: Budget, value: Any) -> Any:
    """Evaluate `$encodeUrl`: reserved characters stay."""
    return _encoded(budget, value, UNRESERVED + RESERVED, "encodeUrl")


def _encoded(budget: Budget, value: Any, safe: str, name: str) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    try:
        return budget.text(quote(value, safe=safe))
    except UnicodeEncodeError:
        raise Failure("D3140", token=name) from None


def decode_component(budget: Budget, value: Any) -> Any:
    """Evaluate `$decodeUrlComponent`; D3140 for a malformed escape."""
    return UNDEFINED if value is UNDEFINED else _decoded(budget, value, "decodeUrlComponent")


def decode_url(budget: Budget, value: Any) -> Any:
    """Evaluate `$decodeUrl`: escapes of reserved characters stay."""
    return UNDEFINED if value is UNDEFINED else _decoded(budget, UNESCAPED.sub(r"%25\1", value), "decodeUrl")


def _decoded(budget: Budget, value: str, name: str) -> str:
    budget.room(len(value))
    if MALFORMED.search(value):
        raise Failure("D3140", token=name)
    try:
        return unquote_to_bytes(value).decode("utf-8")
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise Failure("D3140", token=name) from None
