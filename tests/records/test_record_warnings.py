"""Warnings about single records: which fields of which records tell less than there is."""

import pytest

from tests.acme import open_acme, write_catalog
from tests.world import add_key, lend_server, open_client, open_world
from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import Case
from unified.errors.configuration import CatalogError
from unified.errors.providers import MappingFailed
from unified.service.records.opening import visible_account
from unified.service.tools.calling import run_method
from unified.transform.tools.definition import define

MAPPING = """\
reads: {under: props}
record: |
  {"id": id, "first_name": props.first, "last_name": props.last}
warnings: |
  props.hidden.{"code": "withheld", "fields": $}
write: |
  {"first": first_name}
list:
  - request: GET /people
    query: |
      {"fields": $join($reads, ",")}
get: {request: "GET /people/{id}"}
update: {request: "PATCH /people/{id}"}
"""


def person(number, *hidden):
    return {"id": number, "props": {"first": None, "last": "L", "hidden": list(hidden)}}


PEOPLE = [person(1, "first_name"), person(2), person(3, "first_name"), person(4, "first_name", "last_name")]
ANSWERS = {"GET /people": PEOPLE, "GET /people/4": PEOPLE[3], "GET /people/2": PEOPLE[1], "PATCH /people/4": PEOPLE[3]}
FIRST = {
    "code": "withheld",
    "message": "the provider does not show first_name to the connected user, of 3 records",
    "fields": ["first_name"],
    "records": ["1", "3", "4"],
}
LAST = {
    "code": "withheld",
    "message": "the provider does not show last_name to the connected user, of 1 record",
    "fields": ["last_name"],
    "records": ["4"],
}


async def warned(tmp_path, path="", scope=None, method="GET", body=None, **query):
    """The warnings of a list, or the header of a single record; and what was requested."""
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme, lend_server(acme.services) as server:
        role = {"role": "admin"} if scope is None else {"role": "app", "scope": scope}
        key = await add_key(acme.services, acme.principal.tenant_id, **role)
        async with open_client(server, key) as client:
            asked = {"account_id": acme.account, **query}
            answer = await client.request(method, f"/crm/contacts{path}", params=asked, json=body)
            assert answer.status_code == 200, answer.text
            return answer.headers.get("unified-warning") if path else answer.json()["meta"]["warnings"], acme.arrived


async def test_a_list_names_fields_and_records(tmp_path) -> None:
    warnings, arrived = await warned(tmp_path)
    assert warnings == [FIRST, LAST]
    assert arrived == ["GET /people?fields=first%2Chidden%2Clast"]


async def test_only_fields_that_are_asked_for_and_seen_are_named(tmp_path) -> None:
    assert (await warned(tmp_path / "a", fields="last_name"))[0] == [LAST]
    assert (await warned(tmp_path / "b", fields="id"))[0] == []
    scope = {"methods": ["read"], "fields": {"hide": ["first_name"]}}
    assert (await warned(tmp_path / "c", scope=scope))[0] == [LAST]


async def test_only_records_of_the_answer_are_named(tmp_path) -> None:
    warnings, _ = await warned(tmp_path, **{"filter[id]": "3"})
    about = [one for one in warnings if one["code"] == "withheld"]
    assert [one["records"] for one in about] == [["3"]]


async def test_a_single_record_says_it_in_a_header(tmp_path) -> None:
    first, last = FIRST["message"].replace("3 records", "1 record"), LAST["message"]
    assert (await warned(tmp_path / "a", "/4"))[0] == f"withheld: {first}; withheld: {last}"
    assert (await warned(tmp_path / "b", "/2"))[0] is None
    changed, _ = await warned(tmp_path / "c", "/4", method="PATCH", body={"first_name": "A"})
    assert changed == f"withheld: {first}; withheld: {last}"


async def test_a_tool_has_them_too(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        account = await visible_account(acme.services, acme.principal, acme.account)
        get = define((await acme.call("get")).mapping, "get")
        made = await run_method(acme.services, acme.principal, account, get, {"id": "4"})
        assert [one["fields"] for one in made.structured["warnings"]] == [["first_name"], ["last_name"]]


WRONG = [
    ('{"code": "gone", "fields": ["first_name"]}', 'expected {"code": …, "fields": […]}, or a list of them; codes: incomplete'),
    ('{"code": "redacted"}', 'expected {"code"'),
    ('{"code": "redacted", "fields": ["nick"]}', "the model has no field `nick`. Known:"),
    ('"redacted"', 'expected {"code"'),
    ("$lookup(1)", "`warnings` failed"),
]


@pytest.mark.parametrize(("expression", "message"), WRONG)
async def test_an_invalid_warning_is_a_fault_of_the_mapping(tmp_path, expression, message) -> None:
    text = MAPPING.replace('props.hidden.{"code": "withheld", "fields": $}', expression)
    async with open_acme(tmp_path, text, ANSWERS) as acme:
        with pytest.raises(MappingFailed) as caught:
            await acme.get("4")
    assert message in str(caught.value)
    assert "crm.contacts.yaml:4: `warnings`" in str(caught.value)


def test_an_unknown_name_is_refused_when_the_file_is_loaded(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"crm.contacts.yaml:5:\d+: unknown variable \$headers"):
        write_catalog(tmp_path, {"crm.contacts": MAPPING.replace("props.hidden.{", "$headers.{")})


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ([{"code": "withheld", "fields": ["first_name"]}], None),
        ([], "at warnings/0: expected nothing"),
        ([{"code": "redacted", "fields": ["first_name"]}], "at warnings/0/code"),
    ],
)
def test_cases_expect_them(tmp_path, expected, problem) -> None:
    mapping = write_catalog(tmp_path, {"crm.contacts": MAPPING}).mapping("acme", "crm.contacts")
    found = run_case(mapping, Case(name="x", record=person(1, "first_name"), warnings=expected))
    assert found is None if problem is None else problem in found


async def test_a_chain_that_is_chosen_for_deleted_records_gives_them(tmp_path):
    """HubSpot's lists have live and archived records one after the other; only a list that never has them warns."""
    async with open_world(tmp_path, providers=("hubspot", "bamboohr")) as world:
        deleted = await world.get("/crm/opportunities", limit=200, include_deleted="true", updated_after="2026-01-01T00:00:00Z")
        assert any(one["is_deleted"] for one in deleted.json()["data"])
        assert "deleted_not_offered" not in {one["code"] for one in deleted.json()["meta"]["warnings"]}
        never = await world.get("/hris/employees", "bamboohr", limit=1, include_deleted="true")
        assert {one["code"] for one in never.json()["meta"]["warnings"]} == {"deleted_not_offered"}
