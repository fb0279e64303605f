"""Calls after a write see its answer and the id of a new record, and may be made for each entry of a list."""

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from unified.authoring.golden.golden import run_case
from unified.authoring.golden.golden_files import Case, ExpectedCall, GivenAnswer
from unified.errors.configuration import CatalogError
from unified.errors.error import PARTLY_DONE
from unified.errors.providers import NotSupported, ProviderValidation
from unified.errors.requests import ValidationFailed
from unified.service.approvals import Write, write_or_ask

MAPPING = """\
record: |
  {"id": id, "first_name": first, "tags": labels}
write: |
  {"first": first_name}
get: {request: "GET /people/{id}"}
create:
  request: POST /people
  new_id: person.id
  read_back: true
  after:
    - when: account_id
      request: POST /people/{id}/company
      body: '{"company": account_id, "owner": $answer.person.owner, "person": $query.id}'
    - for_each: tags
      request: PUT /people/{id}/labels/{one}
update:
  request: PATCH /people/{id}
  read_back: true
  after:
    - for_each: tags
      request: PUT /people/{id}/labels
      body: '{"label": $one}'
    - when: $answer.person.locked
      request: POST /people/{id}/unlock
    - when: account_id
      request: PUT /people/{id}/company/{account_id}
"""
ANSWERS = {
    "POST /people": {"person": {"id": 9, "owner": "u1"}},
    "PATCH /people/7": {"person": {"id": 7, "locked": True}},
    "GET /people/9": {"id": 9, "first": "Ada"},
    "GET /people/7": {"id": 7, "first": "Ada"},
}


async def test_calls_after_a_create_see_the_new_id_and_the_answer(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        made = await acme.write("create", {"first_name": "Ada", "account_id": "3", "tags": ["a", "b/c"]})
        assert made.record["id"] == "9"
        expected = ["POST /people", "POST /people/9/company", "PUT /people/9/labels/a", "PUT /people/9/labels/b%2Fc"]
        assert acme.arrived == [*expected, "GET /people/9"]
        assert acme.bodies[1] == {"company": "3", "owner": "u1", "person": "9"}


async def test_calls_after_an_update_see_the_answer_in_the_order_of_the_file(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.write("update", {"first_name": "B", "tags": ["a", "b"], "account_id": "3"}, record_id="7")
        labels = ["PUT /people/7/labels"] * 2
        assert acme.arrived == ["PATCH /people/7", *labels, "POST /people/7/unlock", "PUT /people/7/company/3", "GET /people/7"]
        assert acme.bodies[1:3] == [{"label": "a"}, {"label": "b"}]


async def test_without_a_separate_request_there_is_no_answer(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.write("update", {"tags": []}, record_id="7")
        assert acme.arrived == ["GET /people/7"]


async def test_too_many_entries_are_refused_before_anything_is_sent(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        with pytest.raises(ValidationFailed, match="needs 51 requests, expected at most 50"):
            await acme.write("update", {"first_name": "B", "tags": [str(one) for one in range(51)]}, record_id="7")
        assert acme.arrived == []


@pytest.mark.parametrize("refused", ["PUT /people/9/labels/a", "POST /people/9/company"])
async def test_a_refusal_after_the_write_says_that_it_is_partly_done(tmp_path, refused) -> None:
    answers = ANSWERS | {refused: httpx2.Response(422, json={})}
    async with open_acme(tmp_path, MAPPING, answers) as acme:
        with pytest.raises(ProviderValidation) as caught:
            await acme.write("create", {"account_id": "3", "tags": ["a"]})
        assert caught.value.is_partly_done
        assert caught.value.detail.startswith(PARTLY_DONE)


async def test_what_cannot_be_built_after_the_write_says_so_too(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        with pytest.raises(ValidationFailed) as caught:
            await acme.write("create", {"tags": [str(one) for one in range(51)]})
        assert caught.value.is_partly_done


async def test_an_answer_without_an_id_is_not_a_reason_to_write_again(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS | {"POST /people": {"person": {}}}) as acme:
        with pytest.raises(Exception, match="the record could not be read back") as caught:
            await acme.write("create", {"tags": ["a"]})
        assert caught.value.is_partly_done
        assert acme.arrived == ["POST /people"]


async def test_requests_that_depend_on_the_answer_are_not_approved_unseen(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        call = await acme.call("create")
        waits = type(call)(**{name: getattr(call, name) for name in call.__struct_fields__} | {"needs_approval": True})
        with pytest.raises(NotSupported, match=r"crm.contacts.yaml:\d+.*cannot be shown to whoever approves it"):
            await write_or_ask(waits, Write(method="create", body={"tags": ["a"]}))
        assert acme.arrived == []


def case(**given):
    return Case(name="x", **given)


CASES = [
    (case(write={"first_name": "A", "tags": ["x"]}, sends=(ExpectedCall(path="/people"),)), None),
    (
        case(
            write={"account_id": "3", "tags": ["x"]},
            answer=GivenAnswer(body={"person": {"id": 9, "owner": "u2"}}),
            sends=(
                ExpectedCall(path="/people"),
                ExpectedCall(path="/people/9/company", body={"company": "3", "owner": "u2", "person": "9"}),
                ExpectedCall(path="/people/9/labels/x", method="PUT"),
            ),
        ),
        None,
    ),
    (
        case(write={"tags": ["x"]}, answer=GivenAnswer(body={"person": {"id": 9}}), sends=(ExpectedCall(path="/people"),)),
        "at sends/1: expected nothing",
    ),
    (
        case(
            write={"first_name": "B"},
            id="7",
            answer=GivenAnswer(body={"person": {"locked": True}}),
            sends=(ExpectedCall(method="PATCH"), ExpectedCall(path="/people/7/unlock")),
        ),
        None,
    ),
]


@pytest.mark.parametrize(("given", "problem"), CASES)
def test_cases_state_the_answer(tmp_path, given, problem) -> None:
    mapping = write_catalog(tmp_path, {"crm.contacts": MAPPING}).mapping("acme", "crm.contacts")
    found = run_case(mapping, given)
    assert found is None if problem is None else problem in found


WRONG = [
    (
        "  request: POST /people\n",
        "  request: POST /people\n  for_each: tags\n",
        "only calls of `after` are made for each entry of a list",
    ),
    ("labels/{one}", "labels/{one}/{two}", "`{two}` is neither a field of crm.contacts nor a part of the id"),
    (
        "    - when: account_id\n      request: POST /people/{id}/company",
        "    - request: POST /people/{one.id}/company",
        "`one` is an entry of `for_each`, which this call lacks",
    ),
    ('"owner": $answer.person.owner', '"owner": $one', "unknown variable $one"),
    ('{"first": first_name}', '{"first": $answer.x}', "unknown variable $answer"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_misuse_is_refused_with_its_place(tmp_path, old, new, message) -> None:
    assert MAPPING.count(old) == 1
    with pytest.raises(CatalogError) as caught:
        write_catalog(tmp_path, {"crm.contacts": MAPPING.replace(old, new)})
    assert message in str(caught.value)
    assert "crm.contacts.yaml:" in str(caught.value)
