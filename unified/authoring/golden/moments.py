"""Moments in fields that hold a date: their first ten characters may be the wrong day."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from unified.models import Field
from unified_jsonata import Expression, JsonataError, Refusal

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ](?P<clock>\d\d:\d\d(:\d\d(\.\d+)?)?)(Z|[+-]\d\d:?\d\d)|/Date\(.*\)/", re.ASCII)
_MIDNIGHT = re.compile(r"00:00(:00(\.0+)?)?")
HINT = "its first ten characters may be the day before or after: use $localDate(x, $account.settings.timezone)"


def moments_in_dates(
    record: Expression, fields: tuple[Field, ...], item: Any, bindings: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield each date field that a record expression gives a moment with its zone, and the text; midnight in UTC is a day."""
    try:
        mapped = record.evaluate(item, bindings)
    except (JsonataError, Refusal):
        return
    if isinstance(mapped, dict):
        yield from _moments(fields, mapped, "")


def _moments(fields: tuple[Field, ...], mapped: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for field in fields:
        given = mapped.get(field.name)
        for value in given if isinstance(given, list) else [given]:
            if field.nested and isinstance(value, dict):
                yield from _moments(field.nested, value, f"{above}{field.name}.")
            elif field.kind == "date" and isinstance(value, str) and is_moment(value):
                yield above + field.name, value


def is_moment(text: str) -> bool:
    """Return whether text is a time of day in a zone, or `/Date(…)/`, and not the midnight that means a day."""
    found = _MOMENT.fullmatch(text.strip())
    return found is not None and (found["clock"] is None or _MIDNIGHT.fullmatch(found["clock"]) is None)
