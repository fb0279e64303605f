"""Close's search: a tree of conditions over leads and contacts."""

import pytest

from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery

RECORD = {
    "name": "Ada King Lovelace",
    "title": None,
    "lead_id": "lead_1",
    "emails": [{"email": "ada@x.example"}, {"email": "ada@home.example"}],
    "date_updated": "2026-06-19T11:04:37+00:00",
}


def field(name, condition, of="contact"):
    return {
        "type": "field_condition",
        "field": {"type": "regular_field", "object_type": of, "field_name": name},
        "condition": condition,
    }


def text(mode, value):
    return {"type": "text", "mode": mode, "value": value}


def moments(**ends):
    return {"type": "moment_range", **{name: {"type": "fixed_utc", "value": value} for name, value in ends.items()}}


def mail(value):
    return {
        "type": "has_related",
        "this_object_type": "contact",
        "related_object_type": "contact_email",
        "related_query": field("email", text("exact_value", value), "contact_email"),
    }


MET = [
    {"type": "object_type", "object_type": "contact"},
    field("name", text("phrase", "king lovelace")),
    field("name", text("full_words", "Lovelace Ada")),
    field("name", text("beginning_of_words", "love")),
    field("name", text("exact_value", "ada king lovelace")),
    field("lead_id", {"type": "term", "values": ["lead_0", "lead_1"]}),
    field("date_updated", moments(on_or_after="2026-06-19T11:04:37Z", before="2026-06-20T00:00:00Z")),
    mail("ada@home.example"),
    text("full_words", "ada@x.example"),
    {"type": "and", "queries": [mail("ada@x.example"), {"negate": True, **mail("grace@x.example")}]},
    {"type": "or", "queries": [mail("grace@x.example"), field("name", text("phrase", "King"))]},
]
UNMET = [
    field("name", text("full_words", "Love")),
    field("name", text("exact_value", "Ada")),
    field("title", text("phrase", "Analyst")),
    field("date_updated", moments(before="2026-06-19T11:04:37Z")),
    field("lead_id", {"type": "term", "values": ["lead_2"]}),
    mail("grace@x.example"),
    {"negate": True, **field("name", text("phrase", "King"))},
    {"type": "and", "queries": [mail("ada@x.example"), mail("grace@x.example")]},
]
REFUSED = [
    ({"type": "every"}, "expected an object with one of the types"),
    ({"type": "and"}, "queries: expected a list"),
    ({"type": "object_type", "object_type": "deal"}, "object_type: expected one of"),
    (field("nam", text("phrase", "a")), "nam is not a regular field of contact"),
    (field("lead_id", text("phrase", "a")), "lead_id takes the type term, not text"),
    (field("name", text("like", "a")), "one of the modes"),
    (field("date_updated", {"type": "moment_range", "before": "2026-06-19T11:04:37Z"}), "fixed_utc"),
    ({**mail("a"), "related_object_type": "deal"}, "unknown pair"),
]


@pytest.mark.parametrize("query", MET, ids=str)
def test_conditions_that_are_met(query):
    assert LANGUAGES["close"](query).where(RECORD)


@pytest.mark.parametrize("query", UNMET, ids=str)
def test_conditions_that_are_not_met(query):
    assert not LANGUAGES["close"](query).where(RECORD)


@pytest.mark.parametrize(("query", "problem"), REFUSED, ids=str)
def test_unknown_searches_are_refused(query, problem):
    with pytest.raises(BadQuery, match=problem):
        LANGUAGES["close"](query)
