"""The language of OData's `$filter`."""

import pytest

from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery

OWNER, OTHER = "7a1c3f52-0b1d-4c5e-9f60-1a2b3c4d5e6f", "00000000-0000-4000-8000-000000000000"
ROWS = [
    {"id": "a", "name": "Engines", "size": 5, "open": True, "owner": OWNER, "at": "2026-01-02T09:00:00Z", "of": {"name": "x"}},
    {"id": "b", "name": "O'Neil's", "size": 7.5, "open": False, "owner": OTHER, "at": "2026-01-01T00:00:00Z", "of": None},
    {"id": "c", "name": None, "size": None, "open": True, "owner": None, "at": None, "of": {"name": "y"}},
]


def found(query):
    where = LANGUAGES["odata"](query).where
    return "".join(one["id"] for one in ROWS if where(one))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("name eq 'Engines'", "a"),
        ("name eq 'O''Neil''s'", "b"),
        ("name ne 'Engines'", "bc"),
        ("name eq null", "c"),
        ("name ne null", "ab"),
        ("size ge 5", "ab"),
        ("size gt 5", "b"),
        ("size lt 7.5", "a"),
        ("size le 7.5", "ab"),
        ("open eq true", "ac"),
        (f"owner eq {OWNER}", "a"),
        ("at ge 2026-01-01T10:00:00+01:00", "a"),
        ("at lt 2026-01-02", "b"),
        ("of/name eq 'y'", "c"),
        ("name in ('Engines','Looms')", "a"),
        ("size in (5, 7.5)", "ab"),
        ("contains(name,'GIN')", "a"),
        ("startswith(name, 'o''n')", "b"),
        ("endswith(name,'s')", "ab"),
        ("not contains(name,'gin')", "bc"),
        ("open eq true and size eq 5 or name eq 'O''Neil''s'", "ab"),
        ("open eq true and (size eq 5 or name eq null)", "ac"),
        ("not (open eq true) or size eq 5", "ab"),
    ],
)
def test_a_filter_selects(query, ids):
    assert found(query) == ids


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "expected more, got the end"),
        ("nam eq 'x'", "'nam' is not a field of these records"),
        ("name eq 'nobody' and nam eq 'x'", "'nam' is not a field of these records"),
        ("of eq", "expected more, got the end"),
        ("name = 'x'", "'=' is not an operator; known: eq, ne, gt, ge, lt, le, in"),
        ("name eq Engines", "'Engines' is not a literal: a text is in quotes"),
        ("name eq 'O'Neil'", "cannot be read: a text ends with a quote"),
        ("name eq 'x' name", "'name' is not expected here"),
        ("name eq 5", "'name' is a text, compared with a number"),
        ("size eq '5'", "'size' is a number, compared with a text"),
        ("open eq 'true'", "'open' is a boolean, compared with a text"),
        ("size in (5,'7')", "'size' is a number, compared with a text"),
        ("size gt null", "null is compared with eq and ne, not with gt"),
        ("(name eq 'x'", "expected ), got the end"),
        ("contains(name)", "expected ,, got ')'"),
        ("contains(name,5)", "contains expects a text in quotes"),
        ("'name' eq 'x'", "\"'name'\" is not a field"),
    ],
)
def test_what_cannot_be_read_is_refused(query, message):
    with pytest.raises(BadQuery) as caught:
        found(query)
    assert message in str(caught.value)
