"""Lists that the provider gives for a number of days at a time: every record once, and what is out of reach is said."""

import random
from datetime import date, datetime, timedelta

import httpx2
import pytest
import time_machine

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_object

TODAY = date(2026, 11, 30)
NIGHT = datetime(2026, 11, 30, 23, 59, 30)  # noqa: DTZ001 - in UTC, as time_machine has it
ABSENCES = """\
record: |
  {{"id": id, "employee_id": who, "start_date": first, "end_date": last, "created_at": made}}
list:
  - request: GET /absences
    windows: {{of: {of}, from: query.since, to: query.until{form}, days: {days}, past: {past}{future}}}
    items: rows
    pagination: {{type: page, send: query.page, size: query.size, max_size: 4}}
"""
MODEL = "hris.time_off_requests"


def files(*, days=30, past=100, future=50, of="start_date", form=""):
    ahead = "" if future is None else f", future: {future}"
    return {MODEL: ABSENCES.format(days=days, past=past, future=ahead, of=of, form=form and f", as: {form}")}


class Absences:
    """A provider that lists absences between two days, refuses more days than it accepts, and says what it was asked."""

    def __init__(self, rng, *, days=30, spans=True, inclusive=True, count=60):
        self.days, self.spans, self.inclusive = days, spans, inclusive
        self.asked = []
        firsts = [TODAY + timedelta(days=rng.randrange(-160, 110)) for _ in range(count)]
        self.rows = [
            {"id": n, "who": n % 5, "first": str(one), "last": str(one + timedelta(days=rng.choice([0, 0, 3, 40])))}
            for n, one in enumerate(firsts)
        ]

    def __call__(self, request: httpx2.Request):
        since, until = (date.fromisoformat(request.url.params[name]) for name in ("since", "until"))
        size, page = int(request.url.params["size"]), int(request.url.params["page"])
        assert (until - since).days + 1 <= self.days
        self.asked.append((str(since), str(until)))
        found = [one for one in self.rows if self._is_in(one, since, until)]
        return {"rows": found[(page - 1) * size : page * size]}

    def _is_in(self, row, since, until):
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        if self.spans:
            return last >= since and first <= until
        return since <= first <= until if self.inclusive else since <= first < until

    def within(self, since, until):
        return sorted(str(one["id"]) for one in self.rows if str(since) <= one["first"] <= str(until))


async def read_all(acme, **query):
    """Ids of all records that start within the reach or the conditions, and the warnings of the first page."""
    call, found, warnings = await acme.call("list", MODEL), [], None
    asked = query_from_object(query, call.mapping.model)
    while True:
        page = await list_records(call, asked)
        call.warnings.clear()
        found += page.data
        warnings = page.warnings if warnings is None else warnings
        cursor = next_cursor(call, page)
        if cursor is None:
            return found, warnings
        asked = query_from_object({**query, "cursor": cursor}, call.mapping.model)


@pytest.mark.parametrize("seed", range(6))
@time_machine.travel(NIGHT, tick=False)
async def test_every_record_comes_once_whatever_the_provider_takes_for_a_window(tmp_path, seed) -> None:
    rng = random.Random(seed)
    days = rng.choice([2, 7, 30, 64])
    spans = rng.random() < 0.5
    provider = Absences(rng, days=days, spans=spans, inclusive=spans or rng.random() < 0.5)
    async with open_acme(tmp_path, files(days=days), provider) as acme:
        found, _ = await read_all(acme, limit=rng.choice([1, 3, 200]))
    ids = [one["id"] for one in found]
    assert len(ids) == len(set(ids))
    first, last = TODAY - timedelta(days=100), TODAY + timedelta(days=50)
    inside = set(provider.within(first, last))
    assert inside <= set(ids)
    assert provider.spans or set(ids) == inside


async def test_a_change_of_day_between_pages_moves_no_window(tmp_path) -> None:
    provider = Absences(random.Random(3))
    with time_machine.travel(NIGHT, tick=False) as clock:
        async with open_acme(tmp_path, files(), provider) as acme:
            call, cursor, found = await acme.call("list", MODEL), None, []
            for _ in range(100):
                page = await list_records(call, Query(limit=2, cursor=cursor))
                found += [one["id"] for one in page.data]
                cursor = next_cursor(call, page)
                if cursor is None:
                    break
                clock.shift(timedelta(days=1))
    assert len(found) == len(set(found))
    assert set(provider.within(TODAY - timedelta(days=100), TODAY + timedelta(days=50))) <= set(found)


@pytest.mark.parametrize("seed", range(8))
@time_machine.travel(NIGHT, tick=False)
async def test_conditions_narrow_what_is_asked_and_are_applied_to_the_day(tmp_path, seed) -> None:
    rng = random.Random(seed)
    spans = rng.random() < 0.5
    provider = Absences(rng, spans=spans, inclusive=spans or rng.random() < 0.5)
    since = date.fromisoformat(rng.choice(provider.rows)["first"])
    since = min(max(since, TODAY - timedelta(days=90)), TODAY + timedelta(days=20))
    until = min(since + timedelta(days=rng.choice([0, 1, 24])), TODAY + timedelta(days=50))
    asked = rng.choice(
        [{"gte": str(since), "lte": str(until)}, {"gte": f"{since}T00:00:00Z", "lte": str(until)}, {"in": f"{since},{until}"}]
    )
    async with open_acme(tmp_path, files(), provider) as acme:
        found, warnings = await read_all(acme, filter={"start_date": asked}, fields="id")
    expected = set(provider.within(since, until))
    if "in" in asked:
        expected = {*provider.within(since, since), *provider.within(until, until)}
    assert [one["id"] for one in found] == sorted({one["id"] for one in found}, key=[one["id"] for one in found].index)
    assert {one["id"] for one in found} == expected
    assert all(set(one) == {"id"} for one in found)
    assert set(provider.asked) == {(str(since), str(until + timedelta(days=1)))}
    assert warnings == ()


OUT_OF_REACH = [
    ({}, "this list reaches from 2026-08-22 to 2027-01-19 by start_date; earlier and later records are not in it"),
    (
        {"start_date": {"gte": "2026-09-01"}},
        "this list reaches from 2026-08-22 to 2027-01-19 by start_date; later records are not in it",
    ),
    (
        {"start_date": {"gte": "2020-01-01", "lt": "2026-12-01"}},
        "this list reaches from 2026-08-22 to 2027-01-19 by start_date; earlier records are not in it",
    ),
    (
        {"start_date": "2020-01-01"},
        "this list reaches from 2026-08-22 to 2027-01-19 by start_date; earlier records are not in it",
    ),
    ({"start_date": "2026-10-01"}, None),
]


@pytest.mark.parametrize(("asked", "text"), OUT_OF_REACH)
@time_machine.travel(NIGHT, tick=False)
async def test_days_outside_the_window_of_a_list_are_reported(tmp_path, asked, text) -> None:
    async with open_acme(tmp_path, files(), Absences(random.Random(1))) as acme:
        page = await acme.list(MODEL, filter=asked)
        told = [one.message for one in page.warnings if one.code == "outside_window"]
        assert told == ([] if text is None else [text])
        if asked == {"start_date": "2020-01-01"}:
            assert page.data == []
            assert page.position is None
            assert acme.arrived == []  # there is nothing to ask


@time_machine.travel(NIGHT, tick=False)
async def test_what_cannot_lie_ahead_is_not_missed_there(tmp_path) -> None:
    async with open_acme(tmp_path, files(future=None), Absences(random.Random(1))) as acme:
        page = await acme.list(MODEL)
        (one,) = [one.message for one in page.warnings]
        assert one == "this list reaches from 2026-08-22 to 2026-12-01 by start_date; earlier records are not in it"


@pytest.mark.parametrize(("form", "expected"), [
    ("datetime", "since=2026-11-27T00:00:00Z&until=2026-12-02T00:00:00Z"),
    ("seconds", "since=1795737600&until=1796169600"),
    ("millis", "since=1795737600000&until=1796169600000"),
])  # fmt: skip
@time_machine.travel(NIGHT, tick=False)
async def test_moments_cover_the_whole_last_day(tmp_path, form, expected) -> None:
    async with open_acme(
        tmp_path, files(of="created_at", form=form, past=3, future=None), {"GET /absences": {"rows": []}}
    ) as acme:
        assert (await acme.list(MODEL)).data == []
        assert expected.replace(":", "%3A") in acme.arrived[0]


@time_machine.travel(NIGHT, tick=False)
async def test_days_of_another_zone_lose_no_moment(tmp_path) -> None:
    """A provider with days that begin fourteen hours earlier or later lists moments by its own days."""
    for hours in (-12, 0, 14):
        moments = [datetime(2026, 11, 1, 0, 15) + timedelta(hours=5 * n) for n in range(140)]  # noqa: DTZ001
        rows = [{"id": n, "who": 1, "made": f"{one.isoformat()}Z"} for n, one in enumerate(moments)]

        def answer(request, rows=rows, moments=moments, hours=hours):
            since, until = (date.fromisoformat(request.url.params[name]) for name in ("since", "until"))
            assert (until - since).days < 5
            size, page = int(request.url.params["size"]), int(request.url.params["page"])
            local = [(one + timedelta(hours=hours)).date() for one in moments]
            found = [row for row, day in zip(rows, local, strict=True) if since <= day <= until]
            return {"rows": found[(page - 1) * size : page * size]}

        async with open_acme(tmp_path / str(hours), files(of="created_at", days=5, past=40, future=None), answer) as acme:
            found, _ = await read_all(acme)
        assert [one["id"] for one in found] == [str(one["id"]) for one in rows]


CHILDREN = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id, "start_date": first}
list:
  - parents: hris.employees
    request: GET /people/{employee_id}/absences
    windows: {of: start_date, from: query.since, to: query.until, days: 30, past: 100, future: 50}
    items: rows
    pagination: {type: page, send: query.page, size: query.size, max_size: 4}
"""
EMPLOYEES = "record: '{\"id\": id}'\nlist: [{request: GET /people, items: people, pagination: {type: none}}]\n"


@time_machine.travel(NIGHT, tick=False)
async def test_the_children_of_parents_are_read_in_windows_too(tmp_path) -> None:
    provider = Absences(random.Random(5), spans=False)

    def answer(request):
        if request.url.path == "/acme/people":
            return {"people": [{"id": 0}, {"id": 3}]}
        found = provider.rows
        provider.rows = [one for one in found if str(one["who"]) == request.url.path.split("/")[3]]
        try:
            return provider(request)
        finally:
            provider.rows = found

    both = {MODEL: CHILDREN, "hris.employees": EMPLOYEES}
    async with open_acme(tmp_path, both, answer) as acme:
        found, warnings = await read_all(acme, limit=3)
    wanted = provider.within(TODAY - timedelta(days=100), TODAY + timedelta(days=50))
    assert sorted(one["id"] for one in found) == [one for one in wanted if int(one) % 5 in {0, 3}]
    assert [one.code for one in warnings] == ["outside_window"]


WRONG = [
    ({"of": "starts"}, "hris.time_off_requests has no date or time `starts`. Did you mean 'start_time'? Dates and times: "),
    (
        {"of": "created_at", "days": 3},
        "`days`: expected at least 4 where windows of the datetime `created_at` are sent as date",
    ),
    ({"of": "approved_at"}, "`record` does not fill `approved_at`, so no one can say in which window a record is"),
    ({"days": 1}, "list.0.windows.days: expected `int` >= 2"),
]


@pytest.mark.parametrize(("rules", "message"), WRONG)
def test_windows_that_cannot_be_are_refused(tmp_path, rules, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, files(**rules))
    assert message in str(caught.value)


LISTED = """\
record: |
  {"id": id, "employee_id": who, "start_date": first}
list:
  - when: filter.status
    request: GET /absences
    query: |
      {"status": filter.status}
    items: rows
    warnings:
      - {code: incomplete, when: filter.status = "cancelled", message: Cancelled absences are kept for a year}
  - name: recent
    request: GET /absences
    items: rows
    warnings: [{code: delayed, message: New absences appear after some minutes}]
  - name: old
    request: GET /archive
    items: rows
    warnings:
      - {code: incomplete, when: $not($exists(updated_after)), message: The archive has no cancelled absences}
      - {code: incomplete, when: $account.settings.company, message: The archive has no absences of today}
  - from: [recent, old]
    warnings: [{code: incomplete, message: Absences of former employees are not listed}]
"""
SAID = [
    ({}, {}, {"delayed": "New absences appear after some minutes", "incomplete": (
        "Absences of former employees are not listed; The archive has no cancelled absences")}),
    ({}, {"company": "c1"}, {"delayed": "New absences appear after some minutes", "incomplete": (
        "Absences of former employees are not listed; The archive has no cancelled absences; The archive has no absences of today")}),
    ({"filter": {"status": "cancelled"}}, {}, {"incomplete": "Cancelled absences are kept for a year"}),
    ({"filter": {"status": "approved"}}, {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("query", "settings", "expected"), SAID)
async def test_a_list_says_what_its_mapping_warns_of(tmp_path, query, settings, expected) -> None:
    rows = {"GET /absences": {"rows": [{"id": 1, "who": 2, "first": "2026-01-01"}]}, "GET /archive": {"rows": []}}
    async with open_acme(tmp_path, {MODEL: LISTED}, rows, settings=settings) as acme:
        page = await acme.list(MODEL, **query)
        assert {one.code: one.message for one in page.warnings} == expected


NOT_SAID = [
    ("code: delayed", "code: slow", "invalid enum value 'slow'. Known: delayed, incomplete, outside_window"),
    ("New absences appear after some minutes", "You must call this again", "must"),
    ("$exists(updated_after)", "$exists(updated)", "the common query has no `updated`. Did you mean 'updated_after'?"),
    ("$account.settings.company", "$acount.settings", "unknown variable $acount. Did you mean 'account'?"),
]


@pytest.mark.parametrize(("old", "new", "message"), NOT_SAID)
def test_a_warning_that_says_something_else_is_refused(tmp_path, old, new, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {MODEL: LISTED.replace(old, new)})
    assert message in str(caught.value)
