"""Time tracking: timesheet entries, kept as clock entries (from, to) or hour entries (a day and hours)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from unified_sandbox.bamboohr.data import HOME, entry, offset
from unified_sandbox.bamboohr.errors import bad_request, refused_in_body
from unified_sandbox.bamboohr.records import read_day
from unified_sandbox.standin import Answer, Incoming, Record, State

WINDOW = timedelta(days=365)


def list_entries(request: Incoming, state: State) -> Answer:
    """Return entries of the days from start to end, none of them more than a year ago; not paged."""
    query, today = request.query, request.now.astimezone(HOME).date()
    start, end = _day(query.get("start"), "start"), _day(query.get("end"), "end")
    if min(start, end) < today - WINDOW:
        raise bad_request("Dates must be within the last 365 days", 400)
    ids = query.words("employeeIds")
    if not all(one.isdecimal() for one in ids):
        raise bad_request("employeeIds must be numbers", 400)
    rows = [one for one in state["timesheet_entries"].values() if start.isoformat() <= one["date"] <= end.isoformat()]
    return Answer(200, sorted((one for one in rows if not ids or str(one["employeeId"]) in ids), key=lambda one: one["date"]))


def _day(given: Any, name: str) -> date:
    found = read_day(given)
    if found is None:
        raise bad_request(f"{name} must be a date (YYYY-MM-DD)", 400)
    return found


def store_clock(request: Incoming, state: State) -> Answer:
    """Answer 201 with the entries made or changed; times are the employee's local ones."""
    return _store(request, state, "entries", _span)


def store_hours(request: Incoming, state: State) -> Answer:
    """Answer 201 with the entries made or changed."""
    return _store(request, state, "hours", lambda _given, _on: None)


def _store(request: Incoming, state: State, key: str, span_of: Any) -> Answer:
    given = request.fields.get(key)
    if not isinstance(given, list) or not given:
        raise bad_request(f"{key} is required", 400)
    made = [_made(state, one, span_of(one, _day(one.get("date"), "date"))) for one in given]
    for one in made:
        one["updatedAt"] = offset(request.now)
        state["timesheet_entries"][str(one["id"])] = one
    hidden = {"approvedAt", "approved", "createdAt", "updatedAt"}
    return Answer(201, [{name: value for name, value in one.items() if name not in hidden} for one in made])


def _made(state: State, given: Record, span: tuple[datetime, datetime] | None) -> Record:
    employee_id, id_ = str(given.get("employeeId")), given.get("id")
    if employee_id not in state["employees"] or (id_ is not None and str(id_) not in state["timesheet_entries"]):
        raise refused_in_body(404, 404, "Employee or timesheet entry not found")
    hours = given.get("hours", 0)
    if span is None and (not isinstance(hours, int | float) or not 0 < hours <= 24):  # hours of a day
        raise bad_request("hours must be a number up to 24", 400)
    if span is not None and _overlaps(state, employee_id, span, id_):
        raise refused_in_body(409, 409, "Conflicting entries exist")
    made = entry(str(id_ or state.new_id("timesheet_entries")), employee_id, _day(given["date"], "date"), span, hours)
    return {**made, "note": given.get("note")}


def _overlaps(state: State, employee_id: str, span: tuple[datetime, datetime], own_id: Any) -> bool:
    start, end = offset(span[0]), offset(span[1])
    others = [one for one in state["timesheet_entries"].values() if str(one["employeeId"]) == employee_id and one["start"]]
    return any(one["start"] < end and start < one["end"] and one["id"] != own_id for one in others)


def _span(given: Record, on: date) -> tuple[datetime, datetime]:
    start, end = (_clock(given.get(name), name) for name in ("start", "end"))
    if end <= start:
        raise bad_request("end must be after start", 400)
    return datetime.combine(on, start, HOME), datetime.combine(on, end, HOME)


def _clock(given: Any, name: str) -> time:
    try:
        return datetime.strptime(str(given), "%H:%M").time()  # noqa: DTZ007 - a time of day, no moment
    except ValueError:
        raise bad_request(f"{name} must be a time (hh:mm)", 400) from None


def delete_clock(request: Incoming, state: State) -> Answer:
    """Answer 204, also for entries that are gone."""
    return _delete(request, state, "clockEntryIds", "clock")


def delete_hours(request: Incoming, state: State) -> Answer:
    """Answer 204, also for entries that are gone."""
    return _delete(request, state, "hourEntryIds", "hour")


def _delete(request: Incoming, state: State, key: str, kind: str) -> Answer:
    ids = request.fields.get(key)
    if not isinstance(ids, list) or not ids:
        raise bad_request(f"{key} is required", 400)
    for id_ in map(str, ids):
        if state["timesheet_entries"].get(id_, {}).get("type") == kind:
            del state["timesheet_entries"][id_]
    return Answer(204)
