"""Several list calls read one after another: what each of them leaves undone is done here, and parents may be listed by them."""

import random

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from tests.records.opened_lists import fitting
from tests.world import catalog
from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.errors.providers import MappingFailed
from unified.service.records.reading.listing import list_records, next_cursor
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_pairs

DEALS = """\
record: |
  {"id": id, "name": name, "status": state}
list:
  - name: open
    request: GET /open
    query: |
      {"status": filter.status, "name": filter.name}
    imprecise: [filter.status]
    items: rows
  - name: closed
    request: GET /closed
    query: |
      {"status": filter.status, "name": filter.name}
    items: rows
  - from: [open, closed]
"""
STATES = ("won", "lost", "open")


@pytest.mark.parametrize("state", STATES)
async def test_what_a_part_applies_coarsely_is_applied_here(tmp_path, state) -> None:
    """The first part takes no word of the status into account; the second does."""
    rng = random.Random(state)
    rows = {place: [{"id": f"{place}{n}", "name": "x", "state": rng.choice(STATES)} for n in range(9)] for place in ("o", "c")}

    def answer(request: httpx2.Request):
        asked = request.url.params.get("status")
        if request.url.path.endswith("/open"):
            return {"rows": rows["o"]}
        return {"rows": [one for one in rows["c"] if asked in {None, one["state"]}]}

    async with open_acme(tmp_path, {"crm.opportunities": DEALS}, answer) as acme:
        call, cursor, found = await acme.call("list", "crm.opportunities"), None, []
        for _ in range(9):
            query = query_from_pairs([("filter[status]", state)], call.mapping.model)
            page = await list_records(call, Query(filters=query.filters, cursor=cursor))
            found += [one["id"] for one in page.data]
            cursor = next_cursor(call, page)
            if cursor is None:
                break
        assert page.warnings == ()  # the provider does it, if coarsely
    assert found == [one["id"] for one in (*rows["o"], *rows["c"]) if one["state"] == state]


BY_STATE = """\
record: |
  {"id": id, "name": name, "status": state}
list:
  - {name: open, when: filter.status = "open", request: GET /open, items: rows}
  - {name: closed, when: filter.status = "won", request: GET /closed, items: rows}
  - from: [open, closed]
"""


@pytest.mark.parametrize("state", STATES)
async def test_a_condition_by_which_a_part_is_chosen_is_not_applied_in_a_chain(tmp_path, state) -> None:
    """Of a word for which no call is chosen, both are read: no `when` of a part holds there."""
    places = {"/acme/open": "open", "/acme/closed": "won"}

    def answer(request: httpx2.Request):
        return {"rows": [{"id": n, "name": "x", "state": places[request.url.path]} for n in range(3)]}

    async with open_acme(tmp_path, {"crm.opportunities": BY_STATE}, answer) as acme:
        page = await acme.list("crm.opportunities", filter={"status": state})
    assert [one["status"] for one in page.data] == ([state] * 3 if state in places.values() else [])


def test_every_chain_tests_what_a_part_of_it_rechecks() -> None:
    """Each condition of every installed list that has a chain, alone and with deleted records."""
    seen = 0
    for provider, model_id in catalog().mappings():
        mapping = catalog().compiled(provider, model_id)
        if not any(one.call.parts for one in mapping.lists):
            continue
        for option in mapping.list_calls.listed_filters().filters:
            for operator in option.operators:
                name = f"filter[{option.name}]" + ("" if operator == "eq" else f"[{operator}]")
                for more in ([], [("include_deleted", "true")]):
                    try:
                        value = fitting(mapping.model, option.field)
                        query = query_from_pairs([(name, value), *more], mapping.model)
                        plan = mapping.list_for(query)
                    except UnifiedError:
                        continue
                    parts = mapping.list_calls.chained(plan.operation)
                    rechecked = {one for part in parts for one in part.call.imprecise} & query.requested()
                    assert rechecked <= plan.remaining, (provider, model_id, name, more)
                    seen += len(parts) > 1 and bool(rechecked)
    assert seen


PEOPLE = """\
record: |
  {"id": id, "first_name": name}
list:
  - {name: active, request: GET /active, items: "$names ? rows : rows", before: &names {names: {request: GET /names}}}
  - {name: former, request: GET /former, items: rows, before: *names}
  - {name: few, request: GET /few, items: rows}
  - from: [active, former]
"""
BALANCES = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id, "balance": 1}
list:
  - request: GET /people/{employee_id}/balances
    parents: OVER
    items: rows
"""
PAYS = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id, "policy_id": "p"}
list:
  - request: GET /pays/{employee_id}
    parents: hris.employees
    items: rows
"""
OVERS = [
    ("hris.employees", ["a1", "a2", "f1"]),
    ("{model: hris.employees}", ["a1", "a2", "f1"]),
    ("{model: hris.employees, list: former}", ["f1"]),
    ("{model: hris.employees, list: few}", ["a2"]),
]


def people(request: httpx2.Request):
    path = request.url.path.removeprefix("/acme/")
    listed = {"active": ["a1", "a2"], "former": ["f1"], "few": ["a2"]}.get(path)
    if path == "names":
        return {"names": True}
    if listed is not None:
        return {"rows": [{"id": one, "name": "x"} for one in listed]}
    owner = path.split("/")[1]
    return {"rows": [{"id": f"{owner}-{n}"} for n in range(2)]}


@pytest.mark.parametrize(("over", "parents"), OVERS)
@pytest.mark.parametrize("limit", [1, 50])
async def test_parents_are_listed_by_any_list_of_theirs(tmp_path, over, parents, limit) -> None:
    files = {"hris.employees": PEOPLE, "hris.time_off_balances": BALANCES.replace("OVER", over)}
    async with open_acme(tmp_path, files, people) as acme:
        call, cursor, found = await acme.call("list", "hris.time_off_balances"), None, []
        for _ in range(30):
            page = await list_records(call, Query(limit=limit, cursor=cursor))
            found += [(one["id"], one["employee_id"]) for one in page.data]
            cursor = next_cursor(call, page)
            if cursor is None:
                break
    assert found == [(f"{one}-{n}", one) for one in parents for n in range(2)]


WRONG = [
    ({"list": "activ"}, "hris.employees has no list call named `activ`. Did you mean 'active'? Known: active, few, former"),
    ({"needs": "required: [gender]"}, "the list of `hris.employees` needs filter[gender], which no one gives"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_parents_that_cannot_be_listed_are_refused(tmp_path, changes, message) -> None:
    people_file = PEOPLE.replace("items: rows}", f"items: rows, {changes['needs']}}}") if "needs" in changes else PEOPLE
    over = f"{{model: hris.employees, list: {changes.get('list', 'few')}}}"
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"hris.employees": people_file, "hris.time_off_balances": BALANCES.replace("OVER", over)})
    assert str(caught.value).endswith(message)


def test_lists_over_one_another_in_a_circle_are_refused(tmp_path) -> None:
    employees = 'record: \'{"id": id, "manager_id": m}\'\nlist: [{request: "GET /x/{manager_id}", parents: hris.employees}]\n'
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"hris.employees": employees})
    assert str(caught.value).endswith("lists are over each other in a cycle: hris.employees → hris.employees")


READ = """\
record: |
  {"id": id, "first_name": name}
list:
  - when: search
    name: found
    request: GET /found
    query: |
      {"q": search}
    items: "$omit($.hits.person, ['x'])"
  - request: GET /people
    items: |
      $.$merge([$, {"name": $uppercase(name)}])
"""


def test_a_body_is_read_by_the_call_that_does_not_fail_on_it(tmp_path) -> None:
    mapping = write_catalog(tmp_path, {"crm.contacts": READ}).mapping("acme", "crm.contacts")
    assert [one["first_name"] for one in mapping.read([{"id": 1, "name": "ada"}])] == ["ADA"]
    assert [one["id"] for one in mapping.read({"hits": [{"person": {"id": 7}}]})] == ["7"]
    assert [one["id"] for one in mapping.read({"hits": [{"person": {"id": 7}}]}, call="found")] == ["7"]


FAILING = """\
record: '{"id": id}'
list:
  - when: search
    request: GET /found
    query: '{"q": search}'
    items: "$omit($, 1)"
  - request: GET /people
    items: "$omit($, 2)"
"""


def test_a_body_that_every_call_fails_on_is_refused_with_the_first_failure(tmp_path) -> None:
    mapping = write_catalog(tmp_path, {"crm.contacts": FAILING}).mapping("acme", "crm.contacts")
    with pytest.raises(MappingFailed) as caught:
        mapping.read([{"id": 1}])
    assert "crm.contacts.yaml:3" in str(caught.value)
