"""The language SOQL, which goes by the types of its object's fields."""

import pytest

from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery
from unified_sandbox.described.refusing import Declined

TYPES = {
    "Id": "id",
    "Name": "string",
    "Body": "textarea",
    "Size": "double",
    "Open": "boolean",
    "OwnerId": "reference",
    "Day": "date",
    "At": "datetime",
    "Shape__c": "picklist",
}
ANNA, OTTO = "005Ax0000000001IAA", "005Ax0000000002IAA"
ROWS = [
    {"Id": "a", "Name": "50% off", "Size": 5, "Open": True, "OwnerId": ANNA, "Day": "2026-01-02", "At": "2026-01-02T09:00:00.000+0000"},
    {"Id": "b", "Name": "O'Neil", "Size": 7.5, "Open": False, "OwnerId": OTTO, "Day": "2026-01-01", "At": "2026-01-01T00:00:00.000+0000"},
    {"Id": "c", "Name": None, "Size": None, "Open": True, "OwnerId": None, "Day": None, "At": None},
]  # fmt: skip


def soql(query):
    return LANGUAGES["soql"](query, TYPES)


def found(rest):
    selection = soql(f"SELECT Id FROM Thing {rest}")
    return "".join(one["Id"] for one in selection.arrange([row for row in ROWS if selection.where(row)]))


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("Name = 'o\\'neil'", "b"),
        ("Name != 'O\\'Neil'", "ac"),
        ("name <> null", "ab"),
        ("Name LIKE '%N%'", "b"),
        ("Name LIKE '50\\% ___'", "a"),
        ("Name LIKE '5_ %'", ""),
        ("Size >= 5", "ab"),
        ("Size < 7.5", "a"),
        ("Size != null AND Open = true", "a"),
        ("Open = false OR Size = null", "bc"),
        ("NOT (Open = true OR Size = 5)", "b"),
        ("Open = true AND (Size = 5 OR Name = null)", "ac"),
        ("Day > 2026-01-01", "a"),
        ("At >= 2026-01-01T10:00:00+01:00", "a"),
        ("At <= 2026-01-01T00:00:00Z", "b"),
        ("OwnerId = '005Ax0000000001'", "a"),
        (f"OwnerId IN ('{ANNA}', '{OTTO}')", "ab"),
        (f"OwnerId NOT IN ('{ANNA}')", "bc"),
    ],
)
def test_a_condition_selects(where, ids):
    assert found(f"WHERE {where}") == ids


@pytest.mark.parametrize(
    ("rest", "ids"),
    [
        ("ORDER BY Size", "cab"),
        ("ORDER BY Size DESC", "cba"),
        ("ORDER BY Size DESC NULLS LAST", "bac"),
        ("ORDER BY Open ASC, Size ASC NULLS LAST", "bac"),
        ("ORDER BY Day NULLS LAST LIMIT 1", "b"),
        ("ORDER BY Day NULLS LAST LIMIT 1 OFFSET 1", "a"),
        ("LIMIT 0", ""),
    ],
)
def test_order_and_part(rest, ids):
    assert found(rest) == ids


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        ("name, id", ("Name", "Id")),
        ("FIELDS(CUSTOM)", ("Shape__c",)),
        ("FIELDS(STANDARD)", (*TYPES,)[:-1]),
        ("FIELDS(ALL)", (*TYPES,)),
    ],
)
def test_columns(columns, names):
    assert soql(f"SELECT {columns} FROM Thing LIMIT 200").columns == names


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Thing WHERE Name = 'O'Neil'", "unexpected token: ''"),
        ("SELECT Id FROM Thing WHERE Open = true AND Size = 5 OR Size = 7", "unexpected token: 'OR'"),
        ("SELECT Id FROM Thing LIMIT 1.5", "expected a whole number, got 1.5"),
        ("SELECT Id FROM Thing WHERE Size (5)", "unexpected token: '('"),
        ("SELECT Id FROM Thing ORDER BY Body", "field 'Body' can not be sorted in a query call"),
        ("SELECT FIELDS(ALL) FROM Thing", "The SOQL FIELDS(ALL) function must have a LIMIT of at most 200"),
        ("SELECT FIELDS(SOME) FROM Thing", "unexpected token: 'FIELDS(SOME)'"),
    ],
)
def test_an_invalid_query_is_refused(query, message):
    with pytest.raises(BadQuery) as error:
        soql(query)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT Nothing FROM Thing", "INVALID_FIELD"),
        ("SELECT Id, id FROM Thing", "INVALID_FIELD"),
        ("SELECT Id FROM Thing WHERE Body = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Thing WHERE At > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Thing WHERE Size = true", "INVALID_FIELD"),
        ("SELECT Id FROM Thing WHERE OwnerId LIKE 'a%'", "INVALID_FIELD"),
        ("SELECT Id FROM Thing ORDER BY Nothing", "INVALID_FIELD"),
        ("SELECT Id FROM Thing WHERE OwnerId = 'me'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Thing OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_what_does_not_fit_the_fields_is_refused(query, code):
    with pytest.raises(Declined) as error:
        soql(query)
    assert error.value.code == code
