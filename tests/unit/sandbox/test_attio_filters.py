"""Attio's filters: operators, properties and what joins them, over the values of a record."""

import pytest

from unified_sandbox.described.languages import LANGUAGES
from unified_sandbox.described.languages.selection import BadQuery
from unified_sandbox.described.refusing import Declined

RECORD = {
    "types": {"name": "personal-name", "company": "record-reference", "value": "currency", "stage": "status", "created_at": "timestamp",
              "title": "text", "emails": "email-address"},
    "values": {
        "name": [{"first_name": "Ada", "last_name": "King", "full_name": "Ada King"}],
        "company": [{"target_object": "companies", "target_record_id": "c1"}],
        "value": [{"currency_value": 50.5, "currency_code": "EUR"}],
        "stage": [{"status": {"id": {"status_id": "s1"}, "title": "Lead"}, "active_from": "2026-05-01T00:00:00.000000000Z"}],
        "created_at": [{"value": "2026-05-15T21:46:52.967000000Z"}],
        "title": [],
        "emails": [{"email_address": "a@x.example"}, {"email_address": "b@y.example"}],
    },
}  # fmt: skip
MET = [
    {"name": "Ada King"},
    {"name": {"$contains": "ada"}},
    {"name": {"last_name": {"$ends_with": "NG"}}},
    {"company": {"target_object": "companies", "target_record_id": {"$in": ["c0", "c1"]}}},
    {"value": {"currency_value": {"$gte": 50, "$lt": 51}}},
    {"stage": "Lead"},
    {"stage": {"status": {"$eq": "s1"}}},
    {"created_at": {"$gte": "2026-05-15T21:46:52.967Z"}},
    {"emails": {"email_address": {"$eq": "b@y.example"}}},
    {"$or": [{"name": "Grace"}, {"$and": [{"stage": "s1"}, {"value": {"currency_value": 50.5}}]}]},
]
UNMET = [
    {"name": "ada king"},
    {"name": {"first_name": {"$starts_with": "King"}}},
    {"company": {"target_record_id": {"$eq": "c2"}}},
    {"value": {"currency_value": {"$gt": 50.5}}},
    {"title": "Analyst"},
    {"created_at": {"$lt": "2026-05-15T21:46:52.967Z"}},
    {"stage": "Lead", "name": "Grace"},
    {"$and": [{"stage": "Lead"}, {"name": "Grace"}]},
]
REFUSED = [
    ({"nam": "Ada"}, "unknown attribute nam"),
    ({"name": {"$in": ["Ada"]}}, "name.full_name does not know $in"),
    ({"name": {"nick_name": {"$eq": "Ada"}}}, "name has no property nick_name"),
    ({"stage": {"active_from": {"$eq": "2026-05-01"}}}, r"stage.active_from does not know \$eq"),
]


@pytest.mark.parametrize("query", MET, ids=str)
def test_conditions_that_are_met(query):
    assert LANGUAGES["attio"](query).where(RECORD)


@pytest.mark.parametrize("query", UNMET, ids=str)
def test_conditions_that_are_not_met(query):
    assert not LANGUAGES["attio"](query).where(RECORD)


@pytest.mark.parametrize(("query", "text"), REFUSED, ids=str)
def test_what_an_attribute_does_not_have_is_declined(query, text):
    with pytest.raises(Declined, match=text.replace("$in", r"\$in")):
        LANGUAGES["attio"](query).where(RECORD)


@pytest.mark.parametrize("query", [["name"], {"$and": {}}, {"$or": []}, {"$xor": [{"name": "a"}]}], ids=str)
def test_an_invalid_filter_is_refused(query):
    with pytest.raises(BadQuery):
        LANGUAGES["attio"](query)
