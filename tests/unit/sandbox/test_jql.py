"""The language of Jira's searches."""

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from unified_sandbox.described.evaluation_context import EvaluationContext, evaluate_in
from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery
from unified_sandbox.standin import State

OPS, WEB = {"id": "1", "key": "OPS", "name": "Operations"}, {"id": "2", "key": "WEB", "name": "Website"}
HIGH, LOW = {"id": "1", "name": "High"}, {"id": "2", "name": "Low"}
TODO = {"id": "5", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}}
DONE = {"id": "6", "name": "Shipped", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}


def document(text):
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]}


def issue(n, key, **fields):
    usual = {"project": OPS, "status": TODO, "priority": None, "assignee": None, "labels": [], "duedate": None}
    times = {"created": f"2026-10-0{n}T12:00:30.000+0200", "updated": f"2026-10-1{n}T12:00:30.000+0200"}
    return {"id": str(n), "key": key, "fields": usual | times | {"summary": "", "description": None} | fields}


ISSUES = [
    issue(1, "OPS-9", summary="The printer hums", priority=LOW, labels=["noise"], assignee={"accountId": "u1"}),
    issue(2, "OPS-10", summary="Lamp", description=document("over the printer"), status=DONE, duedate="2026-11-01"),
    issue(3, "WEB-1", summary="a link", project=WEB, priority=HIGH, labels=["Noise", "x"], parent={"id": "1", "key": "OPS-9"}),
]
STATE = State(
    projects={"1": OPS, "2": WEB},
    priorities={"1": HIGH, "2": LOW},
    statuses={"5": TODO, "6": DONE},
    issuetypes={},
    users={"u1": {"accountId": "u1"}, "u2": {"accountId": "u2"}},
    issues={one["id"]: one for one in ISSUES},
    comments={"c": {"id": "c", "issue": "3", "body": document("Hums again")}},
)
NOW = datetime(2026, 11, 2, tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin"))


def found(query):
    def select():
        selection = LANGUAGES["jql"](query)
        return "".join(one["id"] for one in selection.arrange([one for one in ISSUES if selection.where(one)]))

    return evaluate_in(EvaluationContext(name="site", state=STATE, now=NOW, moments="zoned", rng=random.Random(1)), select)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("project = OPS", "21"),
        ("project = website", "3"),
        ("PROJECT != ops", "3"),
        ('project in ("1", WEB) and priority is not EMPTY', "31"),
        ("priority is null", "2"),
        ("priority not in (Low)", "32"),
        ("assignee = u1", "1"),
        ("assignee = u2", ""),
        ("labels = noise", "31"),
        ('labels in ("x", y)', "3"),
        ("labels is EMPTY", "2"),
        ("issue = OPS-10", "2"),
        ("parent = OPS-9", "3"),
        ("status = shipped", "2"),
        ('statusCategory = "To Do"', "31"),
        ("statuscategory = done", "2"),
        ("text ~ printer", "21"),
        ('text ~ "hums"', "31"),
        ('text ~ "HUMS, printer"', "1"),
        ('created >= "2026-10-02 12:00"', "32"),
        ('created >= "2026-10-02 12:01"', "3"),
        ('created < "2026/10/02"', "1"),
        ('duedate = "2026-11-01"', "2"),
        ('duedate > "2026-11-01"', ""),
        ('duedate > "0001-01-01" and created < "9999-12-31 23:59"', "2"),
        ("duedate is not EMPTY", "2"),
        ("project = OPS ORDER BY created", "12"),
        ("project = OPS order by updated DESC", "21"),
        ('created > "2026-01-01" order by priority desc', "312"),
        ('created > "2026-01-01" order by priority asc', "132"),
        ('created > "2026-01-01" order by duedate desc, key', "213"),
        ('created > "2026-01-01" order by key', "123"),
        ('created > "2026-01-01" order by summary', "321"),
        (r'labels = "a\" or project = \"OPS"', ""),
    ],
)
def test_conditions_and_orders(query, ids):
    assert found(query) == ids


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "Unbounded JQL queries are not allowed here"),
        ("project = OPS or project = WEB", "Expecting either 'OR' or 'AND' but got 'or'"),
        ("project", "Expecting operator but got 'project'"),
        ("project in OPS", "Expecting '\\(' but got 'OPS'"),
        ("project in (OPS", "Expecting '\\)' but got 'OPS'"),
        ("project is OPS", "Expecting EMPTY but got 'OPS'"),
        ("project = ", "Expecting a value"),
        ('"project" = OPS', "Expecting a field name but got 'project'"),
        ("project = OPS order created", "Expecting 'BY' but got 'created'"),
        ("project = OPS order by key up", "Expecting ',' but got 'up'"),
        ('project = "OPS', "The character at position 10 is not allowed here"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'"),
        ("statusCategory = Doing", "The value 'Doing' does not exist"),
        ("project ~ OPS", "The operator '~' is not supported by the 'project' field"),
        ("text = hums", "The operator '=' is not supported by the 'text' field"),
        ("created ~ 2026", "The operator '~' is not supported by the 'created' field"),
        ('text ~ "?"', "does not support searching for an empty string"),
        ("colour = red", "Field 'colour' does not exist"),
        ("project = OPS order by colour", "Not able to sort using field 'colour'"),
        ('created > "2026-10-01T00:00:00Z"', "Date value '2026-10-01T00:00:00Z' for field 'created' is invalid"),
    ],
)
def test_a_query_that_cannot_be_is_refused(query, problem):
    with pytest.raises(BadQuery, match=problem):
        found(query)
