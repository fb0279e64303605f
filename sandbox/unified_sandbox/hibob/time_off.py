"""Time off: requests with their log of changes, balances and policy types."""

from datetime import UTC, date, datetime, timedelta

from unified_sandbox.hibob.data import note_change
from unified_sandbox.hibob.errors import invalid, not_found
from unified_sandbox.hibob.people import day_of, find
from unified_sandbox.standin import Answer, Incoming, Record, State

SPAN = timedelta(days=184)
"""How long a span of the log may be, and how far it reaches back without `to`: six months."""
_PORTIONS = {"startDatePortion": {"all_day", "afternoon"}, "endDatePortion": {"all_day", "morning"}}


def policy_types(_request: Incoming, state: State) -> Answer:
    """Return names of the policy types, nothing else."""
    return Answer(200, {"policyTypes": list(state["policies"])})


def policy_type(request: Incoming, state: State) -> Answer:
    """Return one policy type by its name."""
    return Answer(200, _policy(state, request.params["name"]))


def _policy(state: State, name: str) -> Record:
    found = state["policies"].get(name)
    if found is None:
        raise not_found("The policy type")
    return found


def changes(request: Incoming, state: State) -> Answer:
    """Return the log of a span, oldest first; pending requests only when asked for."""
    since, until = _moment(request, "since"), _moment(request, "to") or request.now
    if since is None:
        raise invalid("bad-request.since", "since is required")
    if until - since > SPAN:
        raise invalid("bad-request.since", "the span must not be longer than 6 months")
    pending = request.query.get("includePending") == "true"
    lines = sorted(state["changes"].values(), key=lambda line: str(line["createdOn"]))
    found = [
        line
        for line in lines
        if since <= datetime.fromisoformat(line["createdOn"]).replace(tzinfo=UTC) < until
        and (pending or line["changeType"] != "Pending")
    ]
    return Answer(200, {"changes": found})


def _moment(request: Incoming, name: str) -> datetime | None:
    text = request.query.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"bad-request.{name}", f"{name} is not an ISO 8601 timestamp") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def submit(request: Incoming, state: State) -> Answer:
    """Ask for time off, in days or in hours of one day."""
    person, body = find(state, request.params["id"]), request.fields
    kind = body.get("requestRangeType", "days")
    policy = state["policies"].get(str(body.get("policyType")))
    if policy is None:
        raise invalid("validations.policyType", "policyType: no such policy type")
    start, end = day_of(request, "startDate"), day_of(request, "endDate")
    if end < start:
        raise invalid("validations.dates", "endDate is before startDate")
    length = _days(body, start, end) if kind == "days" else _hours(body, policy, start, end)
    number = int(state.new_id("requests"))
    at = request.now.replace(tzinfo=None).isoformat()
    approved = body.get("skipManagerApproval") is True
    made = {
        "requestId": number,
        "employeeId": person["id"],
        "policyTypeDisplayName": policy["name"],
        "type": kind,
        **length,
        "status": "approved" if approved else "pending",
        "description": body.get("description"),
        "reasonCode": None,
        "hasAttachment": False,
        "createdOn": at,
    }
    state["requests"][str(number)] = made
    note_change(state, made, "Created" if approved else "Pending", at)
    return Answer(200, {"id": number})


def _days(body: Record, start: str, end: str) -> Record:
    for name, allowed in _PORTIONS.items():
        if body.get(name) not in allowed:
            raise invalid("validations.portion", f"{name}: expected one of {', '.join(sorted(allowed))}")
    halves = (body["startDatePortion"] != "all_day") + (body["endDatePortion"] != "all_day")
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days + 1 - halves / 2
    portions = {name: body[name] for name in _PORTIONS}
    return {"startDate": start, "endDate": end, **portions, "durationUnit": "days", "totalDuration": days, "totalCost": days}


def _hours(body: Record, policy: Record, start: str, end: str) -> Record:
    if policy["unit"] != "hours" or body.get("requestRangeType") != "hours" or start != end:
        raise invalid("validations.requestRangeType", "hours are for one day of a policy type measured in hours")
    if not isinstance(body.get("hours"), int):
        raise invalid("validations.hours", "hours is required")
    hours = body["hours"] + body.get("minutes", 0) / 60
    return {"date": start, "hoursOnDate": hours, "durationUnit": "hours", "totalDuration": hours, "totalCost": hours}


def _request(request: Incoming, state: State) -> Record:
    found = state["requests"].get(request.params["request_id"])
    if found is None or found["employeeId"] != request.params["id"]:
        raise not_found("The request")
    return found


def details(request: Incoming, state: State) -> Answer:
    """Return one request as it is now."""
    found = _request(request, state)
    return Answer(200, found | {"approved": found["status"] == "approved"})


def cancel(request: Incoming, state: State) -> Answer:
    """Cancel a request; it stays, as canceled."""
    found = _request(request, state)
    if found["status"] == "canceled":
        raise invalid("validations.request.canceled", "the request is canceled already")
    found["status"] = "canceled"
    note_change(state, found, "Canceled", request.now.replace(tzinfo=None).isoformat())
    return Answer(200)


def balance(request: Incoming, state: State) -> Answer:
    """Return what one person has left of one policy type on one day; both must be said."""
    person = find(state, request.params["id"])
    name, day = request.query.get("policyType"), request.query.get("date")
    if not name or not day:
        raise invalid("bad-request.required", "policyType and date are required")
    policy = _policy(state, name)
    taken = sum(
        one["totalCost"]
        for one in state["requests"].values()
        if one["employeeId"] == person["id"] and one["policyTypeDisplayName"] == name and one["status"] == "approved"
    )
    left = 25 - taken
    return Answer(
        200,
        {
            "employeeId": person["id"],
            "totalBalanceAsOfDate": left,
            "totalRoundedBalanceAsOfDate": round(left),
            "pointInTime": day,
            "startingBalance": 0,
            "startingBalanceAsOf": f"{day[:4]}-01-01",
            "totalTaken": taken,
            "totalAdminAdjustments": 0,
            "totalSystemAdjustments": 0,
            "annualAllowance": 25,
            "policy": f"{policy['name']} standard",
            "currentAssignment": "Assigned",
        },
    )
