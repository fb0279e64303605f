"""A moment in a date field is found before it becomes the wrong day."""

import pytest

from unified.authoring.golden.moments import is_moment, moments_in_dates
from unified.models import MODELS
from unified_jsonata import compile


@pytest.mark.parametrize(
    "text", ["2014-11-08T23:00:00.000Z", "2014-11-08 23:00+01:00", "2014-11-08T04:30:00-0500", "/Date(1)/"]
)
def test_a_time_in_a_zone_is_a_moment(text):
    assert is_moment(text)


@pytest.mark.parametrize(
    "text", ["2014-11-08", "2014-11-08T00:00:00Z", "2014-11-08T00:00:00.000+0000", "2014-11-08T09:00:00", "x", ""]
)
def test_a_day_is_none(text):
    assert not is_moment(text)


def test_fields_inside_of_others_are_looked_at():
    record = compile(
        '{"start_date": hired, "date_of_birth": born, "created_at": made, "employments": jobs.{"effective_date": at}}'
    )
    item = {
        "hired": "2014-11-08T23:00:00Z",
        "born": "1990-01-02",
        "made": "2014-11-08T23:00:00Z",
        "jobs": [{"at": "2015-01-01T22:00:00Z"}],
    }
    fields = MODELS["hris.employees"].fields
    names = {name for name, _ in moments_in_dates(record, fields, item, {})}
    assert "start_date" in names
    assert not names & {"date_of_birth", "created_at"}


def test_a_record_that_cannot_be_mapped_has_none():
    assert not list(moments_in_dates(compile("$error('no')"), MODELS["hris.employees"].fields, {}, {}))
