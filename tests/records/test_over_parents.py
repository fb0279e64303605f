"""Lists of what the provider has only below its parents: every child once, whatever the pages of both."""

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from unified.errors import CatalogError
from unified.service.records.cursors import MAX_EMPTY
from unified.service.records.reading import list_records, next_cursor
from unified.transform.query import Query
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
  - over: hris.employees
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


async def test_no_parents_and_many_without_children_are_no_error(tmp_path) -> None:
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
        "time_off_balances.yaml:8:11: the provider has no list of `hris.employees`. Mappings: hris.time_off_balances",
    ),
    (
        {**FILES, "hris.time_off_balances": BALANCES.replace("over: hris.employees", "over: hris.groups")},
        (
            "time_off_balances.yaml:8:11: the path must name the parent's id. Fields of hris.time_off_balances that refer to "
            "hris.groups: none, as no field of the model refers to it"
        ),
    ),
]


@pytest.mark.parametrize(("files", "message"), WRONG)
def test_parents_that_cannot_be_are_refused_with_their_place(tmp_path, files, message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, files)
    assert str(caught.value).endswith(message)
