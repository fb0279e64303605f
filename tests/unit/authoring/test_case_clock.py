"""Golden cases have a clock of their own: no expectation depends on the day on which it is tested."""

import functools
import random
from datetime import UTC, datetime

import pytest
import time_machine

from tests.cases import QUICK, each
from tests.small_catalog import MAPPING
from tests.unit.test_golden import COLLECTED
from unified.authoring.golden.golden import run_case, run_path
from unified.authoring.workspace import open_mapping
from unified.errors.configuration import CatalogError

T = "mappings/shelf/crm.contacts.test.yaml"
READING = [
    ("the day", '"birth_date": $substring($now(), 0, 10)', "birth_date: 2026-11-02"),
    ("milliseconds", '"title": $string($millis())', 'title: "1793610000000"'),
    ("a time without a day", '"title": $string($toMillis("10:00", "[H]:[m]"))', 'title: "1793613600000"'),
    ("a comparison", '"title": until >= $now() ? "here" : "gone"', "title: here"),
]
NOW = '  now: "2026-11-02T09:00:00Z"\n'


def problem_of(folder, text):
    (found,) = run_path(folder.path, folder.write(T, text))
    return found.problem


@pytest.fixture(params=READING, ids=[row[0] for row in READING])
def reading(request, folder):
    """A case that is true on one day only, without its clock."""
    _, field, expected = request.param
    folder.write("mappings/shelf/crm.contacts.yaml", MAPPING.replace('"first_name": first', f'"first_name": first, {field}'))
    return f'- name: it\n  record: {{id: 1, until: "2026-12-24"}}\n  gives: {{{expected}}}\n'


def test_with_its_clock_a_case_holds_on_every_day(folder, reading):
    text = reading.replace("- name: it\n", f"- name: it\n{NOW}")
    for day in (datetime(1999, 5, 1, tzinfo=UTC), datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2042, 1, 1, tzinfo=UTC)):
        with time_machine.travel(day, tick=False):
            assert problem_of(folder, text) is None


def test_without_a_clock_it_fails_even_on_its_day(folder, reading):
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False):
        assert problem_of(folder, reading) == (
            'the outcome depends on the day: give the case a clock, such as `now: "2026-11-02T09:00:00Z"`'
        )


def test_what_reads_the_clock_without_an_effect_needs_none(folder):
    folder.write(
        "mappings/shelf/crm.contacts.yaml", MAPPING.replace('"first_name": first', '"first_name": $coalesce(first, $now())')
    )
    assert problem_of(folder, "- name: it\n  record: {id: 1, first: Ada}\n  gives: {first_name: Ada}\n") is None
    assert problem_of(folder, "- name: it\n  record: {id: 1}\n  gives: {first_name: …T…}\n") is None


def test_a_clock_that_nothing_reads_is_refused(folder):
    text = f"- name: it\n{NOW}  record: {{id: 1}}\n  gives: {{id: x}}\n"
    assert problem_of(folder, text) == (
        'at /id: expected "x", got "1"\n`now` has no effect: nothing that this case tests reads the clock; remove it'
    )


@pytest.mark.parametrize("now", ["2026-11-02", "2026-11-02T09:00:00", "today", "7"])
def test_a_clock_is_a_moment_with_its_zone(folder, now):
    (found,) = run_path(folder.path, folder.write(T, f'- name: it\n  now: "{now}"\n  record: {{}}\n  gives: {{}}\n'))
    assert found.problem == f"{T}:2:9: now: expected a moment, such as `2026-11-02T09:00:00Z`, got `{now}`"


opened = functools.cache(lambda path: open_mapping(path.parents[2], path.parent.name, path.name.removesuffix(".test.yaml")))


@each(
    ("path", "case"),
    [(path, case) for _, path, case in COLLECTED if not isinstance(case, CatalogError)],
    ids=[name for name, _, case in COLLECTED if not isinstance(case, CatalogError)],
    by=lambda case: case[0].parent.name,
    quick=QUICK,
)
def test_every_case_holds_on_any_day(path, case):
    """Days of the clock itself, drawn for each case: the engine's frozen time is not all that could be read."""
    drawn = random.Random(case.name)
    with time_machine.travel(datetime(drawn.randint(1990, 2060), drawn.randint(1, 12), drawn.randint(1, 28), tzinfo=UTC)):
        assert run_case(opened(path), case) is None
