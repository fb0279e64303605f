"""Filters done here on the mapped records: each operator on each kind of value, or refused by name."""

from typing import Any

import pytest

from unified.errors.requests import UnsupportedFilter
from unified.models import model
from unified.transform.queries.filter_options import listed_filters
from unified.transform.queries.filters import (
    can_emulate,
    conditions_not_done,
    fields_needed,
    record_test,
    refuse_unsupported,
)
from unified.transform.queries.query_reading import query_from_pairs

LEAVE = model("hris.time_off_requests")
CONTACTS = model("crm.contacts")
NOON = "2026-01-01T12:00:00Z"
HALF = "2026-01-01T12:00:00.500Z"


def passes(model_: Any, record: dict[str, Any], *pairs: tuple[str, str]) -> bool:
    query = query_from_pairs(pairs, model_)
    return record_test(query, query.requested(), model_)(record)


CASES = [
    # field, value in the record, operator, wanted, whether it passes
    ("reason", "Sun", "eq", "sun", True),
    ("reason", "Sun", "eq", "su", False),
    ("reason", "Straße", "eq", "STRASSE", True),
    ("reason", None, "eq", "None", False),
    ("reason", None, "eq", "", False),
    ("reason", "Sun", "ne", "rain", True),
    ("reason", "Sun", "ne", "SUN", False),
    ("reason", None, "ne", "Sun", True),
    ("reason", "Sun", "in", "rain,sun", True),
    ("reason", "Sun", "in", "rain,su", False),
    ("reason", None, "in", "None", False),
    ("reason", "Sunny day", "contains", "NY D", True),
    ("reason", "Sunny day", "contains", "rain", False),
    ("reason", None, "contains", "None", False),
    ("reason", "b", "gt", "a", True),
    ("reason", "b", "lt", "a", False),
    ("reason", "b", "gte", "b", True),
    ("reason", None, "lte", "z", False),
    ("amount", 5, "eq", "5.0", True),
    ("amount", 5.5, "eq", "5", False),
    ("amount", 0, "eq", "0", True),
    ("amount", None, "eq", "0", False),
    ("amount", 5, "ne", "5", False),
    ("amount", 5, "in", "4,5", True),
    ("amount", 10, "gt", "9", True),
    ("amount", 10, "gt", "10", False),
    ("amount", 10, "gte", "10", True),
    ("amount", -1, "lt", "0", True),
    ("amount", 10, "lte", "1e1", True),
    ("amount", None, "lt", "5", False),
    ("amount", 15, "contains", "5", True),
    ("is_paid", True, "eq", "true", True),
    ("is_paid", True, "eq", "TRUE", True),
    ("is_paid", False, "eq", "false", True),
    ("is_paid", False, "eq", "true", False),
    ("is_paid", None, "eq", "false", False),
    ("is_paid", True, "ne", "true", False),
    ("is_paid", True, "in", "true,false", True),
    ("is_paid", True, "gt", "false", False),
    ("start_time", NOON, "eq", "2026-01-01T13:00:00+01:00", True),
    ("start_time", NOON, "eq", "2026-01-01T12:00:00.000Z", True),
    ("start_time", HALF, "eq", NOON, False),
    ("start_time", NOON, "ne", "2026-01-01T13:00:00+01:00", False),
    ("start_time", NOON, "in", f"2020-01-01,{NOON}", True),
    ("start_time", HALF, "gt", NOON, True),
    ("start_time", NOON, "gt", HALF, False),
    ("start_time", NOON, "gte", "2026-01-01T14:00:00+02:00", True),
    ("start_time", NOON, "gte", "2026-01-01T13:00:00+02:00", True),
    ("start_time", NOON, "gte", "2026-01-01T15:00:00+02:00", False),
    ("start_time", "2025-12-31T23:00:00Z", "gte", "2026-01-01T00:00:00+02:00", True),
    ("start_time", "2025-12-31T21:00:00Z", "gte", "2026-01-01T00:00:00+02:00", False),
    ("start_time", NOON, "lt", HALF, True),
    ("start_time", NOON, "lte", "2026-01-01", False),
    ("start_time", NOON, "gte", "2026-01-01", True),
    ("start_time", None, "lt", NOON, False),
    ("start_time", NOON, "contains", "2026-01", True),
    ("start_date", "2026-01-31", "eq", "2026-01-31", True),
    ("start_date", "2026-01-31", "gt", "2026-01-30", True),
    ("start_date", "2026-01-31", "gte", "2026-02-01", False),
    ("start_date", "2026-01-31", "lte", "2026-01-31T00:00:00Z", True),
    ("status", "approved", "in", "requested,approved", True),
]


@pytest.mark.parametrize(("field", "value", "operator", "wanted", "expected"), CASES)
def test_a_condition_is_tested_on_the_record(field: str, value: Any, operator: str, wanted: str, expected: bool) -> None:
    assert passes(LEAVE, {field: value}, (f"filter[{field}][{operator}]", wanted)) is expected


MAIL = {"emails": [{"email": "ada@x.example", "type": "work"}, {"email": "al@y.example", "type": None}]}
LISTS = [
    (MAIL, "filter[emails]", "ADA@x.example", True),
    (MAIL, "filter[email]", "al@y.example", True),
    (MAIL, "filter[email]", "work", False),
    (MAIL, "filter[email][contains]", "@y.", True),
    (MAIL, "filter[email][ne]", "ada@x.example", False),
    (MAIL, "filter[email][ne]", "bo@x.example", True),
    (MAIL, "filter[email][in]", "a@b.example,al@y.example", True),
    ({"emails": []}, "filter[email]", "ada@x.example", False),
    ({"emails": []}, "filter[email][ne]", "ada@x.example", True),
    ({"phone_numbers": [{"number": "+1555"}]}, "filter[phone_numbers]", "+1555", True),
    ({"phone_numbers": [{"number": "+1555"}]}, "filter[number]", "+1555", True),
    ({"urls": [{"url": "https://x.example"}]}, "filter[urls][contains]", "X.example", True),
    ({"tags": ["red", "blue"]}, "filter[tags]", "blue", True),
    ({"tags": ["red", "blue"]}, "filter[tags][ne]", "blue", False),
    ({"tags": []}, "filter[tags]", "blue", False),
    ({"account_ids": ["1", "2"]}, "filter[account_ids][in]", "9,2", True),
]


@pytest.mark.parametrize(("record", "name", "wanted", "expected"), LISTS)
def test_a_list_passes_when_one_entry_does(record: dict, name: str, wanted: str, expected: bool) -> None:
    assert passes(CONTACTS, record, (name, wanted)) is expected


TIMES = [
    ("updated_after", {"updated_at": NOON}, NOON, True),
    ("updated_after", {"updated_at": NOON}, "2026-01-01T13:00:00+02:00", True),
    ("updated_after", {"updated_at": NOON}, HALF, False),
    ("updated_after", {"updated_at": HALF}, NOON, True),
    ("updated_after", {"updated_at": None}, NOON, False),
    ("updated_before", {"updated_at": NOON}, NOON, False),
    ("updated_before", {"updated_at": NOON}, HALF, True),
    ("created_after", {"created_at": NOON, "updated_at": None}, NOON, True),
    ("created_before", {"created_at": NOON}, "2026-01-01T15:00:00+02:00", True),
    ("created_before", {}, NOON, False),
]


@pytest.mark.parametrize(("name", "record", "wanted", "expected"), TIMES)
def test_the_times_of_a_record_are_tested_after_included_before_not(name, record, wanted, expected) -> None:
    assert passes(CONTACTS, record, (name, wanted)) is expected


def test_every_condition_must_hold() -> None:
    pairs = [("filter[amount][gte]", "1"), ("filter[amount][lt]", "5")]
    assert [passes(LEAVE, {"amount": one}, *pairs) for one in (0, 1, 4, 5)] == [False, True, True, False]


def test_only_what_is_left_is_tested() -> None:
    query = query_from_pairs([("filter[reason]", "a"), ("filter[amount]", "1")], LEAVE)
    test = record_test(query, frozenset({"filter.amount"}), LEAVE)
    assert test({"reason": "other", "amount": 1})
    assert not test({"reason": "a", "amount": 2})


def test_the_fields_that_a_condition_looks_at_are_needed() -> None:
    pairs = [
        ("filter[email]", "a"),
        ("filter[tags][in]", "b"),
        ("updated_after", "2026-01-01"),
        ("created_before", "2026-01-01"),
    ]
    query = query_from_pairs(pairs, CONTACTS)
    assert fields_needed(query, query.requested(), CONTACTS) == {"emails", "tags", "updated_at", "created_at"}
    assert fields_needed(query, frozenset({"filter.tags.in"}), CONTACTS) == {"tags"}


FILLED = frozenset({"id", "emails", "addresses", "custom_fields", "updated_at"})
POSSIBLE = [
    ("filter[id]", True),
    ("filter[email]", True),
    ("updated_after", True),
    ("created_after", False),
    ("filter[title]", False),
    ("filter[addresses]", False),
    ("filter[custom_fields]", False),
    ("filter[type]", False),
    ("filter[unheard_of]", False),
]


@pytest.mark.parametrize(("name", "expected"), POSSIBLE)
def test_a_condition_can_be_done_here_when_the_records_tell_about_it(name: str, expected: bool) -> None:
    query = query_from_pairs([(name, "2026-01-01")], CONTACTS)
    (parameter,) = query.requested()
    assert can_emulate(parameter, query, CONTACTS, FILLED) is expected


def test_free_text_search_cannot_be_done_here() -> None:
    assert not can_emulate("search", query_from_pairs([("search", "a")], CONTACTS), CONTACTS, FILLED)


def test_what_can_be_done_nowhere_is_refused_with_what_is_possible() -> None:
    query = query_from_pairs([("search", "a"), ("filter[title][contains]", "b"), ("filter[email]", "c")], CONTACTS)
    listed = listed_filters(CONTACTS, FILLED, frozenset({"filter.name.contains"}))
    not_done = conditions_not_done(query, query.requested(), CONTACTS, FILLED)
    with pytest.raises(UnsupportedFilter) as caught:
        refuse_unsupported(query, not_done, CONTACTS, listed)
    assert caught.value.detail == (
        "crm.contacts: filter[title][contains], search cannot be applied for this account. Filters of crm.contacts: "
        "filter[email], filter[id], filter[name] (contains), filter[updated_at], updated_after, updated_before"
    )
    assert [(one.pointer, one.code, one.message) for one in caught.value.errors] == [
        ("filter[title][contains]", "unsupported_filter", "cannot be applied here"),
        ("search", "unsupported_filter", "cannot be applied here"),
    ]
