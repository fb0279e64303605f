"""JSON values to jsonata-python's and back: its null is an object, its None is undefined, its lists carry flags."""

from collections.abc import Sequence
from typing import Any

from jsonata.jexception import JException
from jsonata.utils import Utils

from unified_jsonata.runtime.text import json_text, number_text
from unified_jsonata.undefined import UNDEFINED

NULL = Utils.NULL_VALUE


class Opaque:
    """A function among values: JSON has no word for it."""


def inward(value: Any) -> Any:
    """Return a copy of JSON data in the engine's terms; UNDEFINED is its None, None its null object."""
    if value is None:
        return NULL
    if value is UNDEFINED:
        return None
    if isinstance(value, dict):
        return {key: inward(item) for key, item in value.items() if item is not UNDEFINED}
    if isinstance(value, (list, tuple)):
        return [inward(item) for item in value if item is not UNDEFINED]
    return value


def outward(value: Any) -> Any:
    """Return a copy of the engine's data as JSON; a function inside is left out of objects and null in arrays."""
    if value is None:
        return UNDEFINED
    if value is NULL:
        return None
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, dict):
        items = ((key, outward(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not UNDEFINED and not isinstance(item, Opaque)}
    if isinstance(value, list):
        return _list(value)
    return Opaque()


def _list(value: Sequence[Any]) -> Any:
    if getattr(value, "outer_wrapper", False):
        return outward(value[0])
    items = (outward(value[at]) for at in range(len(value)))  # by index: its lazy ranges iterate one short
    return [None if item is UNDEFINED or isinstance(item, Opaque) else item for item in items]


def unwrapped(value: Any) -> Any:
    """Return the document, when the engine has wrapped a list that is one."""
    return value[0] if getattr(value, "outer_wrapper", False) else value


def as_text(value: Any, *, pretty: bool = False) -> str:
    """Return what `$string` and `&` make of an engine's value; empty for undefined and functions. D3001 when not finite."""
    value = unwrapped(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return number_text(value)
        return json_text(value, _unknown, pretty=pretty) if _is_json(value) else ""
    except ValueError:
        raise JException("D3001", -1) from None


def _is_json(value: Any) -> bool:
    return value is NULL or isinstance(value, (bool, dict, list))


def _unknown(value: Any) -> str:
    return "null" if value is NULL else '""'
