"""What Salesforce sets itself: ids, times, names, closings, the account of an activity."""

from datetime import datetime, timedelta

from unified_sandbox.salesforce.ids import make_id
from unified_sandbox.salesforce.schema import STAGES, Kind
from unified_sandbox.salesforce.service import CASE_STATUSES
from unified_sandbox.standin import Record, State


def stamp(moment: datetime) -> str:
    """Return a moment as Salesforce writes it: `2026-05-01T07:25:37.000+0000`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def complete(state: State, kind: Kind, given: Record, now: datetime) -> Record:
    """Return a record with every field of its object: what is given, what the system sets, and nulls."""
    me = next(iter(state["User"]), None)
    system = {
        "Id": make_id(kind.prefix, len(state[kind.name]) + 1),
        "IsDeleted": False,
        "CreatedDate": stamp(now),
        "CreatedById": me,
        "LastModifiedDate": stamp(now),
        "LastModifiedById": me,
        "SystemModstamp": stamp(now),
        "OwnerId": me,
        **_DEFAULTS.get(kind.name, {}),
    }
    blank = {field.name: False if field.type == "boolean" else None for field in kind.fields.values()}
    known = {name: value for name, value in system.items() if name in kind.fields}
    return blank | known | {name: value for name, value in given.items() if value is not None}


_DEFAULTS: dict[str, Record] = {
    "Lead": {"Status": "Open - Not Contacted"},
    "Case": {"Status": "New", "Priority": "Medium"},
    "Task": {"Status": "Not Started", "Priority": "Normal", "TaskSubtype": "Task"},
}


def derive(state: State, kind: Kind, record: Record, body: Record, now: datetime) -> None:
    """Set the fields that follow from others."""
    if rule := _DERIVED.get(kind.name):
        rule(state, record, body, now)


def _person(_state: State, record: Record, _body: Record, _now: datetime) -> None:
    record["Name"] = " ".join(part for part in (record["FirstName"], record["LastName"]) if part)


def _opportunity(_state: State, record: Record, body: Record, now: datetime) -> None:
    stage = next((one for one in STAGES if one[0] == record["StageName"]), None)
    record["IsClosed"], record["IsWon"] = (stage[2], stage[3]) if stage else (False, False)
    if "StageName" in body:
        record["LastStageChangeDate"] = stamp(now)
        if "Probability" not in body and stage:
            record["Probability"] = stage[1]
    if record["Amount"] is not None and record["Probability"] is not None:
        record["ExpectedRevenue"] = record["Amount"] * record["Probability"] / 100


def _case(state: State, record: Record, body: Record, now: datetime) -> None:
    """Set the number of a case, the account of its contact, and whether its status closes it."""
    record["CaseNumber"] = record["CaseNumber"] or f"{len(state['Case']) + 1001:08d}"
    if body.get("ContactId") and "AccountId" not in body:
        record["AccountId"] = state["Contact"].get(body["ContactId"], {}).get("AccountId")
    record["IsClosed"] = dict(CASE_STATUSES).get(record["Status"], False)
    record["ClosedDate"] = (record["ClosedDate"] or stamp(now)) if record["IsClosed"] else None


def _activity(state: State, record: Record, _body: Record, _now: datetime) -> None:
    """Set the account of an activity: the one that it is about, or that of its opportunity or contact."""
    what, who = record["WhatId"] or "", record["WhoId"] or ""
    about = state["Opportunity"].get(what) or state["Contact"].get(who) or {}
    record["AccountId"] = what if what.startswith("001") else about.get("AccountId")


def _task(state: State, record: Record, body: Record, now: datetime) -> None:
    _activity(state, record, body, now)
    record["IsClosed"] = record["Status"] == "Completed"
    record["CompletedDateTime"] = (record["CompletedDateTime"] or stamp(now)) if record["IsClosed"] else None


def _event(state: State, record: Record, body: Record, now: datetime) -> None:
    _activity(state, record, body, now)
    start = datetime.fromisoformat(record["StartDateTime"])
    if body.get("DurationInMinutes") is not None and not body.get("EndDateTime"):
        record["EndDateTime"] = stamp(start + timedelta(minutes=body["DurationInMinutes"]))
    end = datetime.fromisoformat(record["EndDateTime"])
    record["StartDateTime"], record["EndDateTime"] = stamp(start), stamp(end)
    record["DurationInMinutes"] = int((end - start).total_seconds() // 60)
    record["ActivityDate"] = start.date().isoformat()


_DERIVED = {
    "Case": _case,
    "Contact": _person,
    "Lead": _person,
    "Opportunity": _opportunity,
    "Task": _task,
    "Event": _event,
}
