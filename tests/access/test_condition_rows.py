"""Conditions on records as people enter and read them: rows of forms, options of commands, and words."""

import pytest

from unified.cli.record_conditions import records_of
from unified.errors.configuration import ConfigurationError
from unified.errors.requests import ValidationFailed
from unified.service.access.conditions.reading import require_readable
from unified.service.access.conditions.words import records_in_words
from unified.service.languages import LANGUAGES
from unified.web.html.condition_form import condition_form, entered_records

ENTERED = {
    "where.0.model": "crm.opportunities",
    "where.0.field": "close_date",
    "where.0.operator": "gte",
    "where.0.value": " this_month ",
    "where.2.model": "crm.contacts",
    "where.2.field": "opportunities.status",
    "where.2.operator": "in",
    "where.2.value": "open, won",
}
RECORDS = {
    "crm.opportunities": {"close_date": {"gte": "this_month"}},
    "crm.contacts": {"opportunities": {"status": {"in": ["open", "won"]}}},
}


def test_rows_of_a_form_become_conditions_and_are_shown_again():
    assert entered_records(ENTERED) == RECORDS
    require_readable(RECORDS, "scope.records")
    form = condition_form(ENTERED)
    assert [(one.model, one.field, one.operator, one.value) for one in form.rows] == [
        ("crm.opportunities", "close_date", "gte", "this_month"),
        ("", "", "eq", ""),
        ("crm.contacts", "opportunities.status", "in", "open, won"),
        ("", "", "eq", ""),
    ]
    assert "crm.lists" not in dict(form.models), "no condition can be checked on them"
    assert entered_records({}) == {}


@pytest.mark.parametrize("left_out", ["where.0.model", "where.0.field", "where.0.value"])
def test_half_a_row_is_refused(left_out):
    with pytest.raises(ValidationFailed) as refused:
        entered_records({name: value for name, value in ENTERED.items() if name != left_out})
    assert refused.value.errors[0].pointer == "scope.records"


def test_options_of_commands_become_conditions():
    options = ["crm.opportunities close_date gte this_month", "crm.contacts opportunities.status in open,won"]
    assert records_of(options) == RECORDS
    assert records_of(["crm.contacts name contains two words"]) == {"crm.contacts": {"name": {"contains": "two words"}}}


def test_an_option_without_its_four_parts_or_given_twice_is_refused():
    with pytest.raises(ConfigurationError, match=r"^--where: expected a model, a field, an operator and a value in quotes"):
        records_of(["crm.opportunities close_date"])
    with pytest.raises(ValidationFailed, match="`gte` is given twice"):
        records_of(["crm.opportunities amount gte 5", "crm.opportunities amount gte 4"])


def test_rows_and_options_take_the_connected_user():
    options = ["crm.opportunities owner_id eq $me", "crm.contacts owner_id in $me,7", "crm.leads owner.id eq $me"]
    assert records_of(options) == {
        "crm.opportunities": {"owner_id": {"eq": "$me"}},
        "crm.contacts": {"owner_id": {"in": ["$me", "7"]}},
        "crm.leads": {"owner": {"id": {"eq": "$me"}}},
    }
    require_readable(records_of(options), "scope.records")


def test_conditions_in_words():
    records = {
        **RECORDS,
        "ticketing.tickets": {
            "status": "open",
            "priority": {"ne": "low"},
            "created_at": "-30d",
            "due_date": {"lt": "2026-12-01"},
            "creator_id": "$me",
            "assignee_ids": {"in": ["7", "$me"]},
        },
    }
    assert records_in_words(records) == {
        "crm.opportunities": ("close date is this month or later",),
        "crm.contacts": ("at least one related record (opportunities) meets: status is one of open, won",),
        "ticketing.tickets": (
            "status is open",
            "priority is not low",
            "created at is within this period: 30 days ago",
            "due date is before 2026-12-01",
            "creator id is the connected user",
            "assignee ids is one of the connected user, 7",
        ),
    }
    assert len({str(records_in_words(records, one)) for one in LANGUAGES}) == len(LANGUAGES)
