"""The language of ServiceNow's encoded queries."""

import pytest

from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery
from unified_sandbox.described.selecting import ordered

ROWS = [
    {"id": "a", "number": "INC1", "state": "1", "active": "true", "caller": "u1", "text": "The printer hums", "due": None},
    {
        "id": "b",
        "number": "INC2",
        "state": "2",
        "active": "true",
        "caller": None,
        "text": "Ångström's lamp",
        "due": "2026-01-02 09:00:00",
    },
    {"id": "c", "number": "INC3", "state": "6", "active": "false", "caller": "u2", "text": "", "due": "2026-01-01 00:00:00"},
    {
        "id": "d",
        "number": "INC4",
        "state": "7",
        "active": None,
        "caller": "u1",
        "text": "PRINTER",
        "due": "2025-12-31 23:59:59",
    },
]


def found(query):
    selection = LANGUAGES["sysparm"](query)
    return "".join(one["id"] for one in ordered([one for one in ROWS if selection.where(one)], selection.order))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=2", "b"),
        ("state!=2", "acd"),
        ("active!=true", "cd"),
        ("caller=", "b"),
        ("stateIN1,7,99", "ad"),
        ("stateNOT IN1,7", "bc"),
        ("textLIKEprinter", "ad"),
        ("textNOT LIKEprinter", "bc"),
        ("textLIKEÅNG", "b"),
        ("textLIKE's lamp", "b"),
        ("textSTARTSWITHthe", "a"),
        ("textENDSWITHHUMS", "a"),
        ("callerISEMPTY", "b"),
        ("textISNOTEMPTY", "abd"),
        ("due>=2026-01-01 00:00:00", "bc"),
        ("due<2026-01-01 00:00:00", "d"),
        ("due>2026-01-01 00:00:00", "b"),
        ("due<=2026-01-01 00:00:00", "cd"),
        ("due=2026-01-01 00:00:00", "c"),
        ("numberLIKEinc^state=1", "a"),
        ("state=1^ORstate=7^caller=u1", "ad"),
        ("caller=u1^state=1^ORstate=2", "a"),
        ("caller=u1^state=7^NQstate=2", "bd"),
        ("ORDERBYDESCnumber", "dcba"),
        ("ORDERBYcaller^ORDERBYDESCnumber", "bdac"),
        ("active=true^ORDERBYnumber^EQ", "ab"),
    ],
)
def test_a_query_selects(query, ids):
    assert found(query) == ids


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("stat=1", "'stat' is not a field of this table"),
        ("state=nothing^stat=1", "'stat' is not a field of this table"),
        ("ORDERBYstat", "'stat' is not a field of this table"),
        ("state~1", "'state~1' is not a condition; operators: !=, >=, "),
        ("state", "'state' is not a condition"),
        ("", "'' is not a condition"),
        ("state=1^", "'' is not a condition"),
        ("state=1 AND active=true^State=1", "'State=1' is not a condition"),
        ("ORstate=1", "'ORstate=1' has no condition before it"),
        ("stateISEMPTY1", "'stateISEMPTY1': ISEMPTY takes no value"),
        ("caller=javascript:gs.getUserID()", "is a script, which is not run here"),
        ("ORDERBY", "'ORDERBY' has no condition before it"),
        ("state=1^ORDERBY", "'DERBY' is not a condition"),
    ],
)
def test_what_cannot_be_read_is_refused(query, message):
    with pytest.raises(BadQuery) as caught:
        found(query)
    assert message in str(caught.value)
