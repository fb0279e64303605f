"""Time off: requests, their status, balances and types."""

from datetime import date
from typing import Any

from unified_sandbox.bamboohr.data import time_off_request
from unified_sandbox.bamboohr.errors import refused
from unified_sandbox.bamboohr.records import employee_of, read_day
from unified_sandbox.standin import Answer, Incoming, Record, State

WORDS = {"declined": "denied", "cancelled": "canceled"}
STATUSES = frozenset({"approved", "denied", "superceded", "requested", "canceled"})
GRANTED_HOURS = 120
KNOWN = frozenset({"start", "end", "id", "employeeId", "type", "status", "action", "excludeNote"})


def list_requests(request: Incoming, state: State) -> Answer:
    """Return requests that touch the days from start to end, both of them required; not paged."""
    query = request.query
    start, end = _day(query.get("start"), "start"), _day(query.get("end"), "end")
    statuses, types = query.words("status"), query.words("type")
    if not STATUSES.issuperset(statuses) or not KNOWN.issuperset(query):
        raise refused(400, "Invalid filter")
    same = {name: query[name] for name in ("id", "employeeId") if name in query}
    found = [
        one
        for one in state["time_off_requests"].values()
        if one["end"] >= start.isoformat()
        and one["start"] <= end.isoformat()
        and all(str(one[name]) == wanted for name, wanted in same.items())
        and (not types or one["type"]["id"] in types)
        and (not statuses or one["status"]["status"] in statuses)
    ]
    return Answer(200, [_shown(one) for one in found])


def _day(given: Any, name: str) -> date:
    found = read_day(given)
    if found is None:
        raise refused(400, f"{name} must be a date (YYYY-MM-DD)")
    return found


def _shown(one: Record) -> Record:
    is_open = one["status"]["status"] == "requested"
    actions = {"view": True, "edit": is_open, "cancel": is_open, "approve": is_open, "deny": is_open, "bypass": False}
    return {**one, "actions": actions}


def create_request(request: Incoming, state: State) -> Answer:
    """Answer 201 with the request; `dates` outweighs `amount`."""
    employee = employee_of(state, request.params["id"])
    body = request.fields
    start, end = _day(body.get("start"), "start"), _day(body.get("end"), "end")
    kind = state["time_off_types"].get(str(body.get("timeOffTypeId")))
    status = WORDS.get(str(body.get("status")), body.get("status"))
    if kind is None:
        raise refused(400, "Invalid time off type")
    if end < start or status not in {"approved", "denied", "requested"}:
        raise refused(400, "Invalid dates or status")
    made = time_off_request(state.new_id("time_off_requests"), employee, kind, (start, end), str(status))
    _amounts(made, body)
    made["notes"] = {str(note.get("from")): note.get("note") for note in body.get("notes") or []}
    made["created"] = made["status"]["lastChanged"] = request.now.date().isoformat()
    state["time_off_requests"][made["id"]] = made
    location = f"{request.base}/api/v1/time_off/requests/{made['id']}"
    return Answer(201, _shown(made), {"Location": location})


def _amounts(made: Record, body: Record) -> None:
    if body.get("dates"):
        made["dates"] = {one["ymd"]: f"{one['amount']:g}" for one in body["dates"]}
        made["amount"]["amount"] = f"{sum(one['amount'] for one in body['dates']):g}"
    elif body.get("amount") is not None:
        made["amount"]["amount"] = f"{body['amount']:g}"


def set_status(request: Incoming, state: State) -> Answer:
    """Answer 200 without a body; what is over cannot be changed again."""
    found = state["time_off_requests"].get(request.params["id"])
    if found is None:
        raise refused(404, "Time off request not found")
    body = request.fields
    status = WORDS.get(str(body.get("status")), body.get("status"))
    if status not in {"approved", "denied", "canceled"}:
        raise refused(400, "status must be approved, denied, declined or canceled")
    if found["status"]["status"] in {"canceled", "superceded"}:
        raise refused(403, "You cannot change the status of this request")
    found["status"] |= {"status": status, "lastChanged": request.now.date().isoformat()}
    if body.get("note"):
        found["notes"] = {**found["notes"], "manager": body["note"]}
    return Answer(200)


def balances(request: Incoming, state: State) -> Answer:
    """Return what is left of each type as of a day: what accrues in its year up to then, less what is approved."""
    employee = employee_of(state, request.params["id"])
    until = _day(request.query.get("end", request.now.date().isoformat()), "end")
    return Answer(200, [_balance(state, employee, kind, until) for kind in state["time_off_types"].values()])


def _balance(state: State, employee: Record, kind: Record, until: date) -> Record:
    mine = [one for one in state["time_off_requests"].values() if one["employeeId"] == employee["id"]]
    taken = [one for one in mine if one["type"]["id"] == str(kind["id"]) and one["status"]["status"] == "approved"]
    first, last = f"{until.year}-01-01", until.isoformat()
    used = sum(float(one["amount"]["amount"]) for one in taken if first <= one["start"] <= last)
    granted = GRANTED_HOURS * until.month / 12 if kind["policy"] == "accruing" else 0
    return {
        "timeOffType": str(kind["id"]),
        "name": kind["name"],
        "units": kind["units"],
        "balance": f"{granted - used:.2f}",
        "end": last,
        "policyType": kind["policy"],
        "usedYearToDate": f"{used:.2f}",
    }


def types(_request: Incoming, state: State) -> Answer:
    """Return time off types, and the hours of a working day."""
    shown = [{name: value for name, value in one.items() if name != "policy"} for one in state["time_off_types"].values()]
    hours = [{"name": name, "amount": "8"} for name in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]
    return Answer(200, {"timeOffTypes": shown, "defaultHours": hours})


def policies(_request: Incoming, state: State) -> Answer:
    """Return one policy for each type."""
    kinds = state["time_off_types"].values()
    rows = [{"id": 200 + one["id"], "timeOffTypeId": one["id"], "name": one["name"], "type": one["policy"]} for one in kinds]
    return Answer(200, [{**row, "effectiveDate": None} for row in rows])
