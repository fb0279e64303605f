"""Functions for values whose type only a definition gives, such as custom fields that come as text."""

from collections.abc import Callable
from typing import Any

from unified.transform.functions.choose import flag
from unified.transform.functions.numbers import number_or_null
from unified.transform.functions.registry import function
from unified.transform.functions.times import from_epoch, iso, iso_date
from unified.transform.functions.values import missing, object_of, text_of
from unified_jsonata import UNDEFINED

LONGEST_SECONDS = 10
"""Digits of the longest number that is a time in seconds; a longer one is in milliseconds."""


@function(
    "$typed({'size': '41.5', 'vip': 'false', 'tags': 'a;b', 'name': '7'}, "
    "{'size': 'number', 'vip': 'boolean', 'tags': 'multiselect', 'name': 'string'}, ';')",
    {"size": 41.5, "vip": False, "tags": ["a", "b"], "name": "7"},
)
def typed(object: Any, types: Any, separator: Any = UNDEFINED) -> Any:  # noqa: A002 - names are what authors read
    """Return the object with texts converted to the types of their keys, which have the words of field definitions.

    `boolean`, `integer`, `number`, `currency`, `date` and `datetime` are converted, and with a `separator` also
    `multiselect`, to a list. Empty text gives null for these. What has another type, no type, or is not what its type
    says, stays as it is: a definition can be newer than a value.
    """
    if types is UNDEFINED or types is None or missing(object):
        return object
    values, words = object_of("typed", object), object_of("typed", types, "an object as types")
    mark = None if missing(separator) else text_of("typed", separator, "text as separator")
    return {
        key: _converted(value, words[key], mark) if isinstance(value, str) and key in words else value
        for key, value in values.items()
    }


@function("$joined({'tags': ['a', 'b'], 'size': 41.5}, ';')", {"tags": "a;b", "size": 41.5})
def joined(object: Any, separator: Any) -> Any:  # noqa: A002
    """Return the object with each list of texts as one text, as `$typed` splits it; an empty list gives empty text."""
    if missing(object):
        return object
    values, mark = object_of("joined", object), text_of("joined", separator, "text as separator")
    return {
        key: mark.join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value
        for key, value in values.items()
    }


def _converted(text: str, word: Any, separator: str | None) -> Any:
    if word == "multiselect" and separator:
        return [one for one in text.split(separator) if one]
    convert = CONVERSIONS.get(word) if isinstance(word, str) else None
    if convert is None:
        return text
    try:
        value = convert(text)
    except ValueError:
        return text
    return text if value is None and text.strip() else value


def _moment(text: str) -> Any:
    """Return a time that is ISO text, or a number of seconds or milliseconds since 1970."""
    if not text.removeprefix("-").isdecimal():
        return iso(text)
    number = int(text)
    return from_epoch(number / 1000 if len(text.removeprefix("-")) > LONGEST_SECONDS else number)


def _day(text: str) -> Any:
    return iso_date(text) if not text.isdecimal() else _moment(text)[:10]


CONVERSIONS: dict[str, Callable[[str], Any]] = {
    "boolean": flag,
    "integer": number_or_null,
    "number": number_or_null,
    "currency": number_or_null,
    "date": _day,
    "datetime": _moment,
}
"""Type of a field definition → what makes its value of a text."""
