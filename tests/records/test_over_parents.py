"""Lists of what the provider has only below its parents: every child once, whatever the pages of both."""

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.errors.providers import ProviderMalformed
from unified.service.records.calls.cursors import MAX_EMPTY
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import Query
from unified.transform.tools.requirements import required_filters

EMPLOYEES = """\
record: |
  {"id": id, "first_name": name}
list:
  - request: GET /people
    items: people
    pagination: {type: page, send: query.page, size: query.size, max_size: 3}
"""
BALANCES = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id, "balance": days}
list:
  - when: $type(filter.employee_id) = "string"
    request: GET /people/{employee_id}/balances
    items: balances
    pagination: &pages {type: page, send: query.page, size: query.size, max_size: 2}
  - parents: hris.employees
    request: GET /people/{employee_id}/balances
    items: balances
    pagination: *pages
"""
FILES = {"hris.employees": EMPLOYEES, "hris.time_off_balances": BALANCES}
CHILDREN = {0: 0, 1: 3, 2: 0, 3: 0, 4: 5, 5: 2, 6: 0}


def answer(request: httpx2.Request) -> object:
    size, page = int(request.url.params["size"]), int(request.url.params["page"])
    path = request.url.path.removeprefix("/acme")
    if path == "/people":
        return {"people": [{"id": n, "name": "x"} for n in CHILDREN][(page - 1) * size : page * size]}
    owner = int(path.split("/")[2])
    found = [{"id": f"{owner}-{n}", "days": n} for n in range(CHILDREN[owner])]
    return {"balances": found[(page - 1) * size : page * size]}


EVERY = [f"{owner}-{n}" for owner, count in CHILDREN.items() for n in range(count)]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_every_child_comes_once(tmp_path, limit: int) -> None:
    async with open_acme(tmp_path, FILES, answer) as acme:
        call, cursor, found = await acme.call("list", "hris.time_off_balances"), None, []
        for _ in range(60):
            page = await list_records(call, Query(limit=limit, cursor=cursor))
            found += [(one["id"], one["employee_id"]) for one in page.data]
            cursor = next_cursor(call, page)
            if cursor is None:
                break
        assert found == [(one, one.split("-")[0]) for one in EVERY]


async def test_the_children_of_one_parent_are_read_alone(tmp_path) -> None:
    async with open_acme(tmp_path, FILES, answer) as acme:
        page = await acme.list("hris.time_off_balances", filter={"employee_id": "5"}, limit=2)
        assert [one["id"] for one in page.data] == ["5-0", "5-1"]
        assert acme.arrived == ["GET /people/5/balances?size=2&page=1"]


async def test_no_parents_and_many_without_children_are_not_errors(tmp_path) -> None:
    async with open_acme(tmp_path / "1", FILES, {"GET /people": {"people": []}}) as acme:
        assert (await acme.list("hris.time_off_balances")).data == []
    many = 3 * MAX_EMPTY

    def childless(request: httpx2.Request) -> object:
        page = int(request.url.params.get("page", 1))
        people = [{"id": n, "name": "x"} for n in range(many)][(page - 1) * 3 : page * 3]
        return {"people": people} if request.url.path == "/acme/people" else {"balances": []}

    async with open_acme(tmp_path / "2", FILES, childless) as acme:
        call, cursor = await acme.call("list", "hris.time_off_balances"), None
        for _ in range(many):
            page = await list_records(call, Query(cursor=cursor))
            cursor = next_cursor(call, page)
            if cursor is None:
                break
        assert cursor is None
        assert len([one for one in acme.arrived if "balances" in one]) == many


def test_the_parent_is_neither_required_nor_sent_as_a_condition(tmp_path) -> None:
    balances = write_catalog(tmp_path, FILES).compiled("acme", "hris.time_off_balances")
    assert required_filters(balances) == frozenset()
    assert [sorted(one.native) for one in balances.lists] == [["filter.employee_id"], []]


WRONG = [
    (
        {"hris.time_off_balances": BALANCES},
        "time_off_balances.yaml:8:14: the provider has no list of `hris.employees`. Mappings: hris.time_off_balances",
    ),
    (
        {**FILES, "hris.time_off_balances": BALANCES.replace("parents: hris.employees", "parents: hris.groups")},
        (
            "time_off_balances.yaml:8:14: the path must name the parent's id. Fields of hris.time_off_balances that refer to "
            "hris.groups: none, as no field of the model refers to it"
        ),
    ),
]


@pytest.mark.parametrize(("files", "message"), WRONG)
def test_parents_that_cannot_be_are_refused_with_their_place(tmp_path, files, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, files)
    assert str(caught.value).endswith(message)


async def test_a_parent_that_is_gone_when_the_list_continues_is_passed_over(tmp_path) -> None:
    gone: set[int] = set()

    def without(request: httpx2.Request) -> object:
        found = answer(request)
        people = found.get("people") if isinstance(found, dict) else None
        return found if people is None else {"people": [one for one in people if one["id"] not in gone]}

    async with open_acme(tmp_path, FILES, without) as acme:
        call = await acme.call("list", "hris.time_off_balances")
        first = await list_records(call, Query(limit=2))
        gone.add(0)
        page, found = first, [one["id"] for one in first.data]
        while (cursor := next_cursor(call, page)) is not None:
            page = await list_records(call, Query(limit=2, cursor=cursor))
            found += [one["id"] for one in page.data]
        assert len(found) == len(set(found))
        assert [one for one in found if one.startswith("1-")] == ["1-0", "1-1", "1-2"]


@pytest.mark.parametrize("owner", [1, 4])
async def test_a_parent_that_was_deleted_meanwhile_has_no_children(tmp_path, owner: int) -> None:
    def missing(request: httpx2.Request) -> object:
        return httpx2.Response(404, json={}) if f"/people/{owner}/" in request.url.path else answer(request)

    async with open_acme(tmp_path, FILES, missing) as acme:
        call = await acme.call("list", "hris.time_off_balances")
        page = await list_records(call, Query())
        found = [one["id"] for one in page.data]
        while (cursor := next_cursor(call, page)) is not None:
            page = await list_records(call, Query(cursor=cursor))
            found += [one["id"] for one in page.data]
        assert found == [one for one in EVERY if not one.startswith(f"{owner}-")]


async def test_an_id_of_a_parent_that_fits_no_path_is_the_providers_fault(tmp_path) -> None:
    async with open_acme(tmp_path, FILES, {"GET /people": {"people": [{"id": "..", "name": "x"}]}}) as acme:
        with pytest.raises(ProviderMalformed, match="the id of a parent cannot be part of a path"):
            await acme.list("hris.time_off_balances")


@pytest.mark.parametrize("key", ["sort: {balance: days}", "name: x", "before: {x: {request: GET /x}}"])
def test_keys_without_effect_over_parents_are_refused(tmp_path, key: str) -> None:
    balances = BALANCES.replace("  - parents: hris.employees", f"  - {key}\n    parents: hris.employees")
    with pytest.raises(CatalogError, match="has no effect in a list over parents"):
        write_catalog(tmp_path, {**FILES, "hris.time_off_balances": balances})
