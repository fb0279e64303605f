"""Calls that follow a page (`per_page`) or a record (`per_record`): for what the list itself does not return."""

import json

import httpx2
import pytest

from tests.acme import open_acme, write_catalog
from unified.errors.configuration import CatalogError
from unified.errors.providers import ProviderForbidden, ProviderMalformed

MAPPING = """\
record: |
  {"id": id, "first_name": first, "title": $titles[id = $$.title_id][0].name, "description": $note.text}
list:
  - request: GET /people
    items: people
    per_page: &with
      titles:
        request: POST /titles/find
        batch: 2
        body: '{"ids": [$page.title_id]}'
        items: found
    per_record: &each
      note: {request: "GET /people/{id}/notes/{note.id}", when: note}
get: {request: "GET /people/{id}", per_page: *with, per_record: *each}
"""
PEOPLE = [{"id": str(n), "first": f"P{n}", "title_id": f"t{n}", "note": {"id": f"n/{n}"} if n % 2 else None} for n in range(5)]


def find(request: httpx2.Request) -> object:
    return {"found": [{"id": one, "name": one.upper()} for one in json.loads(request.content)["ids"]]}


ANSWERS = {
    "GET /people": {"people": PEOPLE},
    "GET /people/1": PEOPLE[1],
    "POST /titles/find": find,
    "GET /people/1/notes/n/1": {"text": "one"},
    "GET /people/3/notes/n/3": httpx2.Response(404, json={}),
}


async def test_a_page_and_its_records_are_completed(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        data = (await acme.list()).data
        assert [one["title"] for one in data] == ["T0", "T1", "T2", "T3", "T4"]
        assert [one["description"] for one in data] == [None, "one", None, None, None]
        assert acme.arrived.count("POST /titles/find") == 3
        assert [one for one in acme.arrived if "notes" in one] == ["GET /people/1/notes/n%2F1", "GET /people/3/notes/n%2F3"]


async def test_only_what_a_field_needs_is_requested(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.list(fields=["first_name"])
        await acme.list(fields=["title"])
        await acme.list(limit=2, fields=["description"])
        assert acme.arrived == [
            "GET /people",
            "GET /people",
            *["POST /titles/find"] * 3,
            "GET /people",
            "GET /people/1/notes/n%2F1",
        ]


async def test_a_single_record_is_completed_too(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        one = await acme.get("1")
        assert (one["title"], one["description"]) == ("T1", "one")
        assert acme.bodies[1] == {"ids": ["t1"]}


@pytest.mark.parametrize("note", [{"id": ".."}, {"id": None}, {"id": [1]}, {"id": "x" * 300}, {"text": "no id"}])
async def test_an_id_of_the_provider_that_fits_no_path_is_its_fault(tmp_path, note) -> None:
    answers = {**ANSWERS, "GET /people": {"people": [{**PEOPLE[1], "note": note}]}}
    async with open_acme(tmp_path, MAPPING, answers) as acme:
        with pytest.raises(ProviderMalformed, match="the path cannot be filled from what the provider sent"):
            await acme.list()
        assert not [one for one in acme.arrived if "notes" in one]


async def test_a_refusal_fails_the_answer(tmp_path) -> None:
    answers = {**ANSWERS, "GET /people/1/notes/n/1": httpx2.Response(403, json={})}
    async with open_acme(tmp_path, MAPPING, answers) as acme:
        with pytest.raises(ProviderForbidden):
            await acme.list()


async def test_a_condition_on_what_follows_is_tested_on_completed_records(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        page = await acme.list(filter={"description": "one"}, fields=["first_name"])
        assert [one["first_name"] for one in page.data] == ["P1"]


async def test_a_list_with_a_call_for_each_record_ends_an_answer_after_a_bounded_number(tmp_path) -> None:
    people = [{"id": str(n), "first": "x", "note": {"id": str(n)}} for n in range(200)]
    pages = MAPPING.replace("    items: people", "    items: people\n    pagination: {type: page, send: query.page}")
    answers = {"GET /people": {"people": people}, **{f"GET /people/{n}/notes/{n}": {"text": "no"} for n in range(200)}}
    async with open_acme(tmp_path, pages, answers) as acme:
        page = await acme.list(filter={"description": "yes"}, limit=200, fields=["first_name"])
        assert (page.data, page.position is None) == ([], False)
        assert len([one for one in acme.arrived if "notes" in one]) == 200


def test_two_results_of_one_name_are_refused_with_their_place(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"crm.contacts.yaml:\d+:\d+: two calls have the name `titles`"):
        write_catalog(
            tmp_path, {"crm.contacts": MAPPING.replace("note: {request", "titles: {request").replace("$note", "$titles")}
        )


async def test_a_page_for_which_there_is_nothing_warns(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, {**ANSWERS, "POST /titles/find": httpx2.Response(404, json={})}) as acme:
        page = await acme.list(fields=["title"])
        assert {one["title"] for one in page.data} == {None}
        assert [one.code for one in page.warnings] == ["incomplete"]


def test_a_misused_key_is_refused_with_its_place(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"crm.contacts.yaml:9:16: list.0.per_page.titles.batch: expected `int` >= 1"):
        write_catalog(tmp_path, {"crm.contacts": MAPPING.replace("batch: 2", "batch: 0")})
