"""Windows: a list that the provider gives for a number of days at a time is read as one list, window after window.

All windows of a list are computed from the day on which it began, so a change of day between its pages moves none. The last
day of a window is the first one of the next, and the last window ends a day after the last one that is wanted, so that it
does not matter whether the provider takes the last day along; a record belongs to one of them, by its day. Where a field is
a time and windows are sent as days, or the reverse, each is asked for a day more at both ends, because the provider's days
may begin in another zone.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.list_rows import Windows as WindowRules
from unified.catalog.mapping import Call, MappingFile
from unified.catalog.wire import ProviderRequest
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.errors.requests import InvalidCursor
from unified.models import MODELS, Field
from unified.transform.queries.pagination import put
from unified.transform.queries.query import Filter, Query
from unified.transform.queries.query_values import utc
from unified_jsonata.still import still_millis

DAY = timedelta(days=1)
WINDOWED_KINDS = frozenset({"date", "datetime", "due"})
"""Kinds of fields by which windows can be."""
FROM, UNTIL = frozenset({"eq", "in", "gt", "gte"}), frozenset({"eq", "in", "lt", "lte"})
"""Operators that say from when, and until when, records are wanted."""
TIMES_OF = {"updated_at": ("updated_after", "updated_before"), "created_at": ("created_after", "created_before")}
Bounds = tuple[date | None, date | None]


def today() -> date:
    """Return the day in UTC, as `$now()` has it."""
    still = still_millis()
    return datetime.fromtimestamp(time.time() if still is None else still / 1000, UTC).date()


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a windowed list: one window, and the provider's position in it."""

    windows: "Windows"
    index: int
    count: int
    start: date
    end: date
    """Its last day, which belongs to the next window if there is one."""
    token: Any = None

    def put(self, request: ProviderRequest) -> ProviderRequest:
        """Return the request for this window."""
        rules, margin = self.windows.rules, self.windows.margin
        after = timedelta() if rules.form == "date" else DAY  # a moment ends a day where it begins the next one
        request = put(request, rules.source, written(self.start - margin, rules.form))
        return put(request, rules.to, written(self.end + margin + after, rules.form))

    def owns(self, record: dict[str, Any]) -> bool:
        """Return whether a record that the provider lists here belongs here: each belongs to one window."""
        value = record.get(self.windows.rules.of)
        if value is None:
            return self.index == 0
        day = date.fromisoformat(value[:10])
        return (self.index == 0 or day >= self.start) and (self.index + 1 == self.count or day < self.end)

    def at(self, token: Any) -> list[Any]:
        """Return the position of another page of this window."""
        return [self.index, token]

    def following(self) -> list[Any] | None:
        """Return the position of the next window; None after the last one."""
        return [self.index + 1, None] if self.index + 1 < self.count else None


class Windows(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The windows of a list call."""

    rules: WindowRules
    field: Field
    """The field by which they are."""

    @property
    def margin(self) -> timedelta:
        """The days that are requested before and after each window's own."""
        return timedelta() if (self.field.kind == "date") == (self.rules.form == "date") else DAY

    @property
    def step(self) -> timedelta:
        """The days from one window to the next."""
        return timedelta(days=self.rules.days - 1) - 2 * self.margin

    @property
    def closing(self) -> timedelta:
        """The days that are requested after the last window's end, as the provider may leave out its last day."""
        return timedelta() if self.margin or self.rules.form != "date" else DAY

    @cached_property
    def conditions(self) -> frozenset[str]:
        """The conditions that narrow the windows which are asked for."""
        own = f"filter.{self.rules.of}"
        named = {own if operator == "eq" else f"{own}.{operator}" for operator in FROM | UNTIL}
        return frozenset({*named, *TIMES_OF.get(self.rules.of, ())})

    def at(self, query: Query, native: frozenset[str], position: Any, day: date) -> Window | None:
        """Return the window at a position; None where no day fulfils the conditions of the query.

        Args:
            query: The common query.
            native: Those of its conditions that the provider may learn.
            position: `[index, provider's position]`; None is the start of the list.
            day: The day on which the list began.

        Raises:
            InvalidCursor: There is no such window: the mapping has changed.
        """
        first, last = self.reach(day)
        since, until = bounds(query, native & self.conditions, self.rules.of)
        lower, upper = max(first, since or first), min(last, until or last)
        if lower > upper:
            return None
        upper += self.closing
        index, token = _opened(position)
        count = max(1, -(-(upper - lower) // self.step))
        if index >= count:
            raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor")
        start = lower + index * self.step
        return Window(windows=self, index=index, count=count, start=start, end=min(start + self.step, upper), token=token)

    def reach(self, day: date) -> tuple[date, date]:
        """Return the first and the last day that the list reaches; without `future`, tomorrow is today in other zones."""
        ahead = DAY if self.rules.future is None else timedelta(days=self.rules.future)
        return day - timedelta(days=self.rules.past), day + ahead

    def beyond(self, query: Query, day: date, hidden: frozenset[str]) -> str | None:
        """Return what a list cannot tell of what a query asks for, as a sentence; None if the windows reach all of it."""
        first, last = self.reach(day)
        since, until = bounds(query, query.requested() & self.conditions, self.rules.of)
        missing = ["earlier"] if since is None or since < first else []
        missing += ["later"] if self.rules.future is not None and (until is None or until > last) else []
        if not missing:
            return None
        by = "" if self.rules.of in hidden else f" by {self.rules.of}"
        return f"this list reaches from {first} to {last}{by}; {' and '.join(missing)} records are not in it"


def windows_of(file: MappingFile, place: DocumentPath, call: Call) -> Windows | None:
    """Return the windows of a list call; None for one that is read without.

    Raises:
        CatalogError: The field is not one of the model's dates and times, or the days of a window do not suffice for it.
    """
    if call.windows is None:
        return None
    fields = {one.name: one for one in MODELS[file.model].fields if one.kind in WINDOWED_KINDS}
    field = fields.get(call.windows.of)
    if field is None:
        known = suggestion(call.windows.of, fields, "Dates and times")
        raise file.source.error(
            (*place, "windows", "of"), f"{file.model} has no date or time `{call.windows.of}`.{known}", rule=LoadRule.WINDOWS
        )
    windows = Windows(rules=call.windows, field=field)
    if windows.step < DAY:
        sent = f"the {field.kind} `{field.name}` are sent as {call.windows.form}"
        raise file.source.error(
            (*place, "windows", "days"), f"`days`: expected at least 4 where windows of {sent}", rule=LoadRule.WINDOWS
        )
    return windows


def _opened(position: Any) -> tuple[int, Any]:
    if position is None:
        return 0, None
    try:
        return msgspec.convert(position, tuple[int, Any])
    except msgspec.ValidationError:
        raise InvalidCursor("cursor: the mapping has changed since; start again without a cursor") from None


def bounds(query: Query, names: frozenset[str], field: str) -> Bounds:
    """Return the first and the last day that these conditions allow; None where they set no bound."""
    after, before = TIMES_OF.get(field, ("", ""))
    since = [_day(getattr(query, after))] if after in names else []
    until = [_day(getattr(query, before))] if before in names else []
    for one in query.filters:
        if one.field == field and one.parameter in names:
            days = _days(one)
            since += [min(days)] if days and one.operator in FROM else []
            until += [max(days)] if days and one.operator in UNTIL else []
    known_since, known_until = [one for one in since if one], [one for one in until if one]
    return max(known_since, default=None), min(known_until, default=None)


def _days(condition: Filter) -> list[date]:
    """Return the days that a condition names; none if it names something else too, as it then sets no bound."""
    values = condition.value if isinstance(condition.value, tuple | list) else (condition.value,)
    days = [_day(one) for one in values]
    return [one for one in days if one is not None] if None not in days else []


def _day(value: Any) -> date | None:
    text = utc(value) if isinstance(value, str) else None
    return None if text is None else date.fromisoformat(text[:10])


def written(day: date, form: str) -> str | int:
    """Return the border of a window as the provider reads it; a moment is the first of the day in UTC."""
    if form == "date":
        return day.isoformat()
    if form == "datetime":
        return f"{day.isoformat()}T00:00:00Z"
    seconds = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return seconds if form == "seconds" else seconds * 1000
