"""Relative times in the conditions of a scope: every word is a period of whole days in UTC, whatever the day of the call."""

import re
from datetime import date, timedelta

from unified.catalog.filter_rows import Operator

WORDS = ("today", "this_week", "this_month", "this_quarter", "this_year")
"""Periods around the day of the call; a week begins on Monday."""
FORMS = (*WORDS, "-30d", "+7d")
"""The words, and examples of a day so many days before or after that of the call."""
OPERATORS: tuple[Operator, ...] = ("eq", "gt", "gte", "lt", "lte")
"""Those that compare with a period; `eq` is within it."""
_OFFSET = re.compile(r"[+-][0-9]{1,4}d")
_MONTHS = {"this_month": 1, "this_quarter": 3, "this_year": 12}


def is_relative(text: str) -> bool:
    """Return whether a text is a relative time."""
    return text in WORDS or _OFFSET.fullmatch(text) is not None


def period(word: str, day: date) -> tuple[date, date]:
    """Return the first day of a relative time, and the first one after it; `day` is that of the call."""
    if word == "today":
        return day, day + timedelta(days=1)
    if word == "this_week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if word in _MONTHS:
        return _months(day, _MONTHS[word])
    first = day + timedelta(days=int(word.removesuffix("d")))
    return first, first + timedelta(days=1)


def _months(day: date, count: int) -> tuple[date, date]:
    """Return the period of so many calendar months that a day is in, and the first day after it."""
    month = (day.month - 1) // count * count
    following = month + count
    return date(day.year, month + 1, 1), date(day.year + following // 12, following % 12 + 1, 1)


def bounds(operator: Operator, word: str, day: date) -> tuple[tuple[Operator, str], ...]:
    """Return what a comparison with a relative time is on a day: comparisons with days, as filters write them."""
    first, after = (one.isoformat() for one in period(word, day))
    within: tuple[tuple[Operator, str], ...] = (("gte", first), ("lt", after))
    known: dict[Operator, tuple[tuple[Operator, str], ...]] = {
        "eq": within,
        "gte": (("gte", first),),
        "gt": (("gte", after),),
        "lt": (("lt", first),),
        "lte": (("lt", after),),
    }
    return known[operator]
