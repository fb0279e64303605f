"""`$toMillis`, `$fromMillis`, and the text of `$now`."""

from typing import Any, Final

from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.dates.civil import moment
from unified_jsonata.runtime.dates.iso import iso_millis, iso_written
from unified_jsonata.runtime.dates.prepared import formatter, moment_writer, parser
from unified_jsonata.runtime.dates.zones import offset
from unified_jsonata.undefined import UNDEFINED

iso_format: Final = formatter("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z")
"""A time in UTC as ISO 8601."""
LONG: Final = 200
"""Characters of a picture or text from which they are counted as work."""


def to_millis(budget: Budget, text: Any, picture: Any = UNDEFINED) -> Any:
    """Evaluate `$toMillis`: milliseconds since 1970; UNDEFINED for text that does not match the picture, NaN for no time.

    D3110 without a picture; D3130 to D3136 with one.
    """
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        return iso_millis(text)
    if len(picture) > LONG or len(text) > LONG:
        budget.spend(4 * len(picture) + (len(text) >> 2))
    return parser(picture)(text)


def from_millis(budget: Budget, millis: Any, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> Any:
    """Evaluate `$fromMillis`: ISO 8601 without a picture; `timezone` is `±HHMM`. D3130 to D3135 for the picture."""
    if millis is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED and timezone is UNDEFINED:
        return iso_format(millis)
    if picture is not UNDEFINED and len(picture) > LONG:
        budget.spend(4 * len(picture))
    shown = now_text(millis, picture, timezone)
    return budget.text(shown) if len(shown) > LONG else shown


def now_text(millis: float, picture: Any = UNDEFINED, timezone: Any = UNDEFINED) -> str:
    """Return a time as `$now` and `$fromMillis` write it."""
    if timezone is UNDEFINED:
        return iso_format(millis) if picture is UNDEFINED else formatter(picture)(millis)
    hours, minutes = offset(timezone)
    if picture is UNDEFINED:
        return iso_written(millis, hours, minutes)
    return moment_writer(picture)(moment(millis, hours, minutes))
