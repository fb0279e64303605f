"""Conditions on records from parent to child: they are added to and narrowed, never widened, and never used to learn a field."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from tests.world import catalog
from unified.errors.access import ScopeExceedsParent
from unified.errors.requests import ValidationFailed
from unified.models import MODELS
from unified.service.access.conditions.reading import conditions_on, filters_on
from unified.service.access.scope.inheritance import read_scope, restrict_to_parent, scope_vocabulary
from unified.service.access.scope.scopes import CLASSES, UNLIMITED, FieldScope, Scope, records_of
from unified.service.records.visibility.boundary.record_limit import filters_test

WORDS = scope_vocabulary(catalog())
MODEL = MODELS["crm.opportunities"]
DAY = date(2026, 11, 30)
NAMES = ("name", "status", "amount", "close_date", "owner_id", "contact_ids", "updated_at")
TEXTS = ("a", "b", "A", "ab")
VALUES = {
    "name": st.sampled_from(TEXTS),
    "status": st.sampled_from(MODEL.fields[[one.name for one in MODEL.fields].index("status")].enum),
    "amount": st.sampled_from((-1, 0, 1, 2.5, 10, 10.0)),
    "close_date": st.sampled_from(
        ("2026-11-01", "2026-11-30", "2026-12-01", "this_month", "this_year", "today", "-30d", "+7d")
    ),
    "owner_id": st.sampled_from((*TEXTS, "$me")),
    "contact_ids": st.sampled_from(TEXTS),
    "updated_at": st.sampled_from(("2026-11-01T00:00:00Z", "2026-11-30", "this_week", "-1d")),
}
USERS = (*TEXTS, "someone else", None)
"""As whom an account may be connected."""
OPERATORS = ("eq", "ne", "in", "gt", "gte", "lt", "lte", "contains")


@st.composite
def conditions(draw):
    made = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)):
        operators = draw(st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=2, unique=True))
        made[name] = {
            one: draw(st.lists(VALUES[name], min_size=1, max_size=3) if one == "in" else VALUES[name]) for one in operators
        }
    return {MODEL.id: made}


@st.composite
def records(draw):
    plain = {
        "name": st.sampled_from(TEXTS),
        "status": VALUES["status"],
        "amount": VALUES["amount"],
        "owner_id": st.sampled_from(TEXTS),
    }
    record = {name: draw(st.one_of(st.none(), values)) for name, values in plain.items()}
    record["contact_ids"] = draw(st.lists(st.sampled_from(TEXTS), max_size=2))
    day = st.dates(date(2025, 12, 25), date(2027, 1, 5))
    record["close_date"] = draw(st.one_of(st.none(), day.map(str)))
    record["updated_at"] = draw(day.map(lambda one: f"{one}T12:00:00Z"))
    return record


def admits(scope, user):
    found = conditions_on(records_of(scope)).get(MODEL.id)
    return (lambda _: True) if found is None else filters_test(MODEL, filters_on(found.tests, DAY, user))


def readable(given):
    try:
        return read_scope({"records": given}, WORDS)
    except ValidationFailed:
        return None


@settings(max_examples=examples(600))
@given(parent=conditions(), child=st.one_of(st.none(), conditions()), seen=st.lists(records(), min_size=3, max_size=12))
def test_a_child_admits_no_record_that_its_parent_does_not(parent, child, seen):
    above, below = readable(parent), Scope() if child is None else readable(child)
    if above is None or below is None:
        return
    try:
        made = restrict_to_parent(below, above)
    except (ScopeExceedsParent, ValidationFailed):
        return
    for user in USERS:
        ours, theirs = admits(made, user), admits(above, user)
        assert all(theirs(one) for one in seen if ours(one)), (records_of(made), parent, user)


@settings(max_examples=examples(300))
@given(parent=conditions())
def test_a_child_that_says_nothing_or_the_same_has_its_parents_conditions(parent):
    above = readable(parent)
    if above is not None:
        assert records_of(restrict_to_parent(Scope(), above)) == records_of(above)
        assert conditions_on(records_of(restrict_to_parent(above, above))) == conditions_on(records_of(above))


def within(parent, child):
    try:
        return records_of(restrict_to_parent(Scope(records=child), Scope(records=parent)))
    except ScopeExceedsParent as refused:
        return refused.detail


NARROWED = {
    "an equal condition": ({"status": "open"}, {"status": "open"}),
    "one of several values": ({"status": {"in": ["open", "won"]}}, {"status": "won"}),
    "fewer values": ({"status": {"in": ["open", "won", "lost"]}}, {"status": {"in": ["won", "open"]}}),
    "a later start": ({"amount": {"gte": 5}}, {"amount": {"gt": 5}}),
    "a value in a range": ({"amount": {"gte": 5, "lt": 9}}, {"amount": 6}),
    "a day in a range": ({"close_date": {"gte": "2026-11-01"}}, {"close_date": "2026-11-01"}),
    "a relative time from its start": ({"close_date": {"gte": "this_month"}}, {"close_date": "this_month"}),
    "the connected user": ({"owner_id": "$me"}, {"owner_id": {"eq": "$me"}}),
    "the connected user of several": ({"owner_id": {"in": ["$me", "7"]}}, {"owner_id": "$me"}),
    "another user of several": ({"owner_id": {"in": ["$me", "7", "8"]}}, {"owner_id": {"in": ["8", "7"]}}),
    "the connected user among related ones": ({"owner": {"id": {"in": ["7", "$me"]}}}, {"owner": {"id": "$me"}}),
    "another name of the field": ({"contact_ids": "7"}, {"contact_id": {"in": ["7"]}}),
    "a narrower condition on related records": (
        {"contacts": {"last_name": {"in": ["a", "b"]}}},
        {"contacts": {"last_name": "a"}},
    ),
    "one more condition on related records": ({"contacts": {"last_name": "a"}}, {"contacts": {"first_name": "b"}}),
}
WIDENED = {
    "another value": ({"status": "open"}, {"status": "won"}, "status"),
    "more values": ({"status": "open"}, {"status": {"in": ["open", "won"]}}, "status"),
    "an earlier start": ({"amount": {"gte": 5}}, {"amount": {"gte": 4}}, "amount"),
    "the other end": ({"amount": {"gte": 5}}, {"amount": 4}, "amount"),
    "a day that moves, for one that does not": (
        {"close_date": {"gte": "2026-01-01"}},
        {"close_date": "this_month"},
        "close_date",
    ),
    "another period": ({"close_date": "this_year"}, {"close_date": "this_month"}, "close_date"),
    "the connected user, who may be anyone": ({"owner_id": "7"}, {"owner_id": "$me"}, "owner_id"),
    "the connected user in place of others": ({"owner_id": {"in": ["7", "8"]}}, {"owner_id": {"in": ["7", "$me"]}}, "owner_id"),
    "a user who may not be the connected one": ({"owner_id": "$me"}, {"owner_id": "7"}, "owner_id"),
    "one more than the connected user": ({"owner_id": "$me"}, {"owner_id": {"in": ["$me", "7"]}}, "owner_id"),
    "a part of an id, for the connected user": ({"owner_id": {"contains": "7"}}, {"owner_id": "$me"}, "owner_id"),
    "a part of a text": ({"name": {"contains": "a"}}, {"name": {"contains": "ab"}}, "name"),
    "another condition on related records": (
        {"contacts": {"last_name": "a"}},
        {"contacts": {"last_name": "b"}},
        "contacts",
    ),
}


@pytest.mark.parametrize(("parent", "child"), NARROWED.values(), ids=NARROWED)
def test_what_a_child_may_ask_for(parent, child):
    made = within({MODEL.id: parent}, {MODEL.id: child})
    assert isinstance(made, dict), made


@pytest.mark.parametrize(("parent", "child", "name"), WIDENED.values(), ids=WIDENED)
def test_what_is_not_certainly_narrower_is_refused_by_name(parent, child, name):
    assert within({MODEL.id: parent}, {MODEL.id: child}) == (
        f"scope.records.{MODEL.id}.{name}: not certainly within the condition of the key that makes it: repeat that "
        "condition, narrow it, or add to it"
    )


REFUSED = {
    "an unknown model": ({"crm.deals": {"name": "a"}}, "scope.records", "unknown model."),
    "an unknown field": ({"crm.contacts": {"nam": "a"}}, "scope.records.crm.contacts.nam", "unknown field of crm.contacts."),
    "an unknown operator": ({"crm.contacts": {"name": {"like": "a"}}}, "scope.records.crm.contacts.name", "unknown operator."),
    "nothing": ({"crm.contacts": {}}, "scope.records.crm.contacts", "expected at least one condition"),
    "no value": ({"crm.contacts": {"name": None}}, "scope.records.crm.contacts.name", "`eq`: expected a text, a number"),
    "no operator": ({"crm.contacts": {"name": {}}}, "scope.records.crm.contacts.name", "expected a value, or operators"),
    "no values": ({"crm.contacts": {"name": {"in": []}}}, "scope.records.crm.contacts.name", "`in`: expected 1 to 50 values"),
    "a list for one value": ({"crm.contacts": {"name": ["a"]}}, "scope.records.crm.contacts.name", "`eq`: expected one value"),
    "one value for a list": (
        {"crm.contacts": {"name": {"in": "a"}}},
        "scope.records.crm.contacts.name",
        "`in`: expected a list",
    ),
    "two values in one": (
        {"crm.contacts": {"name": {"in": ["a,b"]}}},
        "scope.records.crm.contacts.name",
        "`in`: expected values without commas",
    ),
    "an object for a value": (
        {"crm.contacts": {"name": {"eq": {"a": 1}}}},
        "scope.records.crm.contacts.name",
        "`eq`: expected a text, a number",
    ),
    "a word that is none": (
        {"ticketing.tickets": {"status": "opne"}},
        "scope.records.ticketing.tickets.status",
        "unknown value.",
    ),
    "no time": (
        {"crm.opportunities": {"close_date": "this_moth"}},
        "scope.records.crm.opportunities.close_date",
        "expected a time like 2026-01-31T12:00:00Z (RFC 3339), or a relative time: today, this_week",
    ),
    "a period that is left out": (
        {"crm.opportunities": {"close_date": {"ne": "today"}}},
        "scope.records.crm.opportunities.close_date",
        "`ne` cannot compare with a relative time. Known: eq, gt, gte, lt, lte",
    ),
    "a reserved word that is none": (
        {"crm.opportunities": {"owner_id": {"in": ["$me", "$you"]}}},
        "scope.records.crm.opportunities.owner_id",
        "`in`: texts that begin with `$` are reserved; the only such word is `$me`, the connected user",
    ),
    "a user for what is none": (
        {"ticketing.tickets": {"contact_id": "$me"}},
        "scope.records.ticketing.tickets.contact_id",
        "`$me` is a user, whom this field does not name. Fields that do: assignee_ids, creator_id",
    ),
    "a user for what names none": (
        {"crm.pipelines": {"id": "$me"}},
        "scope.records.crm.pipelines.id",
        "`$me` is a user, whom this field does not name. Fields that do: none of crm.pipelines",
    ),
    "any user but the connected one": (
        {"crm.opportunities": {"owner_id": {"ne": "$me"}}},
        "scope.records.crm.opportunities.owner_id",
        "`ne` cannot compare with `$me`. Known: eq, in",
    ),
    "a part of the connected user": (
        {"hris.employees": {"manager_id": {"contains": "$me"}}},
        "scope.records.hris.employees.manager_id",
        "`contains` cannot compare with `$me`. Known: eq, in",
    ),
    "custom fields": (
        {"crm.contacts": {"custom_fields": "a"}},
        "scope.records.crm.contacts.custom_fields",
        "records cannot be",
    ),
    "a field twice": (
        {"crm.contacts": {"emails": "a", "email": "b"}},
        "scope.records.crm.contacts.email",
        "`emails` has conditions by another of its names already",
    ),
    "two steps": (
        {"crm.contacts": {"account": {"owner": {"name": "a"}}}},
        "scope.records.crm.contacts.account.owner",
        "unknown field of crm.accounts.",
    ),
    "a value for related records": (
        {"crm.contacts": {"account": "a"}},
        "scope.records.crm.contacts.account",
        "expected conditions on crm.accounts",
    ),
    "links": ({"crm.associations": {"id": "a"}}, "scope.records.crm.associations", "may hold records of any model"),
}


@pytest.mark.parametrize(("records", "pointer", "text"), REFUSED.values(), ids=REFUSED)
def test_conditions_that_cannot_be_applied_are_refused_when_the_scope_is_made(records, pointer, text):
    with pytest.raises(ValidationFailed) as refused:
        read_scope({"records": records}, WORDS)
    (problem,) = refused.value.errors
    assert problem.pointer == pointer
    assert problem.message.startswith(text), problem.message


def test_every_reference_to_a_user_can_be_compared_with_the_connected_one():
    """Read off the models: nothing lists these fields."""
    users = [one.id for one in MODELS.values() if one.is_of_users]
    assert sorted(one.category for one in map(MODELS.get, users)) == ["crm", "hris", "ticketing"]
    for model in MODELS.values():
        if model.container_unknown:
            continue
        fields = {one.name for one in model.fields if one.reference in users} | ({"id"} if model.id in users else set())
        for field in model.fields:
            scope = readable({model.id: {field.name: "$me"}})
            assert (scope is not None) == (field.name in fields), (model.id, field.name)


def refused_for(parent, records):
    with pytest.raises(ScopeExceedsParent) as refused:
        restrict_to_parent(Scope(records=records), parent)
    return refused.value.detail


def test_a_key_makes_no_condition_on_a_field_that_it_does_not_see():
    """Otherwise its keys would tell the field: one with each value, and the one that lists the record has the right one."""
    hides = Scope(fields=FieldScope(hide=("amount", "crm.accounts.industry"), classes=CLASSES))
    unseen = "the key that makes it does not see what the condition is on"
    assert refused_for(hides, {"crm.opportunities": {"amount": 5}}) == f"scope.records.crm.opportunities.amount: {unseen}"
    related = {"crm.contacts": {"account": {"industry": "a"}}}
    assert refused_for(hides, related) == f"scope.records.crm.contacts.account: {unseen}"
    unreached = Scope(models=("crm.contacts",))
    related = {"crm.contacts": {"account": {"name": "a"}}}
    assert refused_for(unreached, related) == f"scope.records.crm.contacts.account: {unseen}"
    has = Scope(fields=hides.fields, records={"crm.opportunities": {"amount": {"gte": 5}}})
    assert refused_for(has, {"crm.opportunities": {"amount": {"gte": 6}}}).endswith(unseen)
    assert records_of(restrict_to_parent(Scope(records=records_of(has)), has)) == records_of(has)


def test_a_key_that_sees_all_may_make_one_that_does_not_see_what_its_condition_is_on():
    made = restrict_to_parent(
        Scope(records={"crm.opportunities": {"amount": 5}}, fields=FieldScope(hide=("amount",))), UNLIMITED
    )
    assert records_of(made) == {"crm.opportunities": {"amount": 5}}
