"""What is looked for by reading lists is refused where the lists are longer than what is read: it is not known to be missing."""

import random

import httpx2
import pytest
from msgspec.structs import replace

from tests.acme import PROVIDER, open_acme
from unified.errors.access import OutsideResources
from unified.errors.requests import NotFound, ScanLimit
from unified.service.access.scope.scopes import Chosen
from unified.service.records.expand import expand
from unified.service.records.reading import getting, listing
from unified.service.records.reading.listing import list_records
from unified.transform.queries.query import Query

TEAMS = """\
record: |
  {"id": id, "name": name}
list:
  - request: GET /teams
    items: teams
    pagination: {type: cursor, send: query.after, next: next}
get: {from: list}
"""
PAGE = 3


def paged(count, *, page=PAGE):
    """A provider with this many teams, some on each page."""

    def answer(request: httpx2.Request):
        first = int(request.url.params.get("after", 0))
        rows = [{"id": n, "name": f"t{n}"} for n in range(count)][first : first + page]
        return {"teams": rows, "next": str(first + page) if first + page < count else None}

    return answer


@pytest.mark.parametrize("seed", range(6))
async def test_a_record_is_found_missing_or_not_known(tmp_path, seed, monkeypatch) -> None:
    rng = random.Random(seed)
    pages, count = rng.randrange(1, 5), rng.randrange(0, 16)
    for module in (getting, listing):
        monkeypatch.setattr(module, "MAX_PAGES", pages)
    wanted = rng.choice([0, count - 1, count, count + 5, pages * PAGE - 1, pages * PAGE])
    async with open_acme(tmp_path, {"ticketing.teams": TEAMS}, paged(count)) as acme:
        seen = min(count, pages * PAGE)
        if 0 <= wanted < seen:
            assert (await acme.get(str(wanted), "ticketing.teams"))["name"] == f"t{wanted}"
            return
        expected = NotFound if count <= pages * PAGE else ScanLimit
        with pytest.raises(expected) as caught:
            await acme.get(str(wanted), "ticketing.teams")
        assert type(caught.value) is expected
        if expected is ScanLimit:
            assert caught.value.detail == (
                f"ticketing.teams: no such record in the {seen} records of the list that are searched for it, and Acme may have "
                "more: whether it exists is not known. List the records, narrowed by a filter, instead"
            )


PARTIAL = [
    ("pagination: {type: cursor, send: query.after, next: next, max_total: 3}", "truncated"),
    ("warnings: [{code: incomplete, message: Archived teams are not listed}]", "declared"),
    ("windows: {of: created_at, from: query.a, to: query.b, days: 30, past: 20}", "windows"),
]


@pytest.mark.parametrize(("keys", "why"), PARTIAL)
async def test_a_list_that_lacks_records_finds_none_missing(tmp_path, keys, why) -> None:
    text = TEAMS.replace('"name": name}', '"name": name, "created_at": made}')
    text = text.replace("    pagination: {type: cursor, send: query.after, next: next}\n", f"    {keys}\n")
    async with open_acme(tmp_path, {"ticketing.teams": text}, paged(4)) as acme:
        with pytest.raises(ScanLimit):
            await acme.get("9", "ticketing.teams")


ONE_PAGE = """\
record: |
  {"id": id, "name": name}
list: [{request: GET /teams, items: teams, pagination: {type: cursor, send: query.after, next: next}}]
get:
  request: GET /teams
  item: $coalesce(teams[$string(id) = $query.id], {})
  pagination: {type: cursor, send: query.after, next: next}
"""


async def test_a_record_that_is_not_on_the_one_page_that_is_read_is_not_known(tmp_path) -> None:
    text = ONE_PAGE.replace("  pagination: {type: cursor, send: query.after, next: next}\n", "")
    provider = PROVIDER + "pagination: {type: cursor, send: query.after, next: next}\n"
    async with open_acme(tmp_path / "1", {"ticketing.teams": text}, paged(5), provider=provider) as acme:
        assert (await acme.get("2", "ticketing.teams"))["name"] == "t2"
        with pytest.raises(ScanLimit):
            await acme.get("4", "ticketing.teams")
    async with open_acme(tmp_path / "2", {"ticketing.teams": text}, paged(3), provider=provider) as acme:
        with pytest.raises(NotFound):
            await acme.get("4", "ticketing.teams")


TICKETS = """\
record: |
  {"id": id, "name": name, "collection_ids": [place]}
list: [{request: GET /tickets, items: tickets, pagination: {type: cursor, send: query.after, next: next}}]
get: {from: list}
update: {request: "PATCH /tickets/{id}", read_back: true}
write: |
  {"name": name}
"""
COMMENTS = """\
record: |
  {"id": id, "ticket_id": ticket, "body": "x"}
list: [{request: GET /comments, items: comments, pagination: {type: none}}]
get: {request: "GET /comments/{id}"}
"""
ATTACHMENTS = """\
record: |
  {"id": id, "ticket_id": ticket, "file_name": "x"}
list: [{request: GET /files, items: files, pagination: {type: cursor, send: query.after, next: next}}]
"""
FILES = {"ticketing.tickets": TICKETS, "ticketing.comments": COMMENTS, "ticketing.attachments": ATTACHMENTS}


def desk(tickets, comments, files=()):
    """A provider with tickets in two collections, comments on some, and files."""

    def answer(request: httpx2.Request):
        first, path = int(request.url.params.get("after", 0)), request.url.path.removeprefix("/acme")
        if path == "/comments":
            return {"comments": [{"id": f"c{n}", "ticket": n} for n in comments]}
        if path.startswith("/comments/"):
            return {"id": path[10:], "ticket": int(path[11:])}
        rows = list(files) if path == "/files" else [{"id": n, "name": "x", "place": n % 2} for n in range(tickets)]
        after = str(first + PAGE) if first + PAGE < len(rows) else None
        return {path[1:]: rows[first : first + PAGE], "next": after}

    return answer


def within(acme, *ids):
    """The caller, limited to some collections."""
    scope = replace(acme.principal.scope, resources={"ticketing.collections": Chosen(ids=ids)})
    acme.principal = replace(acme.principal, scope=scope)


async def test_a_record_whose_parent_is_not_found_is_not_left_out_silently(tmp_path, monkeypatch) -> None:
    for module in (getting, listing):
        monkeypatch.setattr(module, "MAX_PAGES", 2)
    async with open_acme(tmp_path, FILES, desk(9, [0, 1, 8])) as acme:
        within(acme, "0")
        with pytest.raises(ScanLimit):
            await acme.list("ticketing.comments")
        assert (await acme.get("c0", "ticketing.comments"))["id"] == "c0"
        for unplaced in ("c1", "c8", "c77"):  # outside, not known, missing: all in the same words
            with pytest.raises(OutsideResources):
                await acme.get(unplaced, "ticketing.comments")
        for target in ("1", "8", "77"):
            with pytest.raises(OutsideResources):
                await acme.get(target, "ticketing.tickets")
            with pytest.raises(OutsideResources):
                await acme.write("update", {"name": "y"}, record_id=target, model="ticketing.tickets")


async def test_an_expanded_record_that_is_not_found_is_not_null(tmp_path, monkeypatch) -> None:
    for module in (getting, listing):
        monkeypatch.setattr(module, "MAX_PAGES", 2)
    async with open_acme(tmp_path, FILES, desk(9, [0, 8])) as acme:
        call = await acme.call("list", "ticketing.comments")
        page = await list_records(call, Query(expand=("ticket",)))
        with pytest.raises(ScanLimit):
            await expand(call, page.data, ("ticket",))
    async with open_acme(tmp_path / "2", FILES, desk(5, [0, 8])) as acme:
        call = await acme.call("list", "ticketing.comments")
        page = await list_records(call, Query(expand=("ticket",)))
        assert [one["ticket"] and one["ticket"]["id"] for one in await expand(call, page.data, ("ticket",))] == ["0", None]


@pytest.mark.parametrize("count", [0, 2, 7, 200, 207])
async def test_expanded_records_are_complete_or_reported_as_incomplete(tmp_path, count: int, monkeypatch) -> None:
    """The provider gives three at a time; more than what an expansion holds is said."""
    monkeypatch.setattr("unified.service.records.expand.MAX_ANSWERS", 80)
    files = [{"id": f"f{n}", "ticket": 0} for n in range(count)]
    async with open_acme(tmp_path, {**FILES, "ticketing.attachments": OWN}, desk(1, [], files)) as acme:
        call = await acme.call("list", "ticketing.tickets")
        page = await list_records(call, Query(expand=("attachments",)))
        (one,) = await expand(call, [{**page.data[0]}], ("attachments",))
        assert [each["id"] for each in one["attachments"]] == [f"f{n}" for n in range(min(count, 200))]
        assert list(call.warnings) == (["incomplete"] if count > 200 else [])


OWN = ATTACHMENTS.replace("GET /files, items", "GET /files, query: '{\"t\": filter.ticket_id}', items")
