"""Within chosen resources, no answer holds an id or a name of one that was not chosen, whatever was chosen.

All lists, single records, schemas, fields of the provider, tools and expanded records of every provider with resources to choose.
"""

import random
from typing import Any
from urllib.parse import quote

import pytest

from tests.cases import QUICK
from tests.records.every_list import pages, queries_of, texts
from tests.world import PROVIDERS, catalog, open_world
from unified.models import MODELS
from unified.models.relations import relations

NAMES = ("name", "display_name", "legal_name")
COINCIDENCE = {
    ("hris.employees", "home_address"): "a city is called like the office there",
    ("ticketing.ticket_types", "name"): "a type of ticket is called like the team for it",
    ("ticketing.tickets", "ticket_type"): "the same",
    ("ticketing.tickets", "fields.category"): "the same",
    ("crm.pipelines", "json_schema"): "`Pipeline` is a title",
}
SHORT = 5
"""Ids with fewer characters are also amounts and positions."""
WITH_RESOURCES = [one for one in PROVIDERS if any(each.model.is_resource for each in catalog().offered(one))]


@pytest.fixture
async def world(request, tmp_path):
    provider = request.node.callspec.params["provider"]
    async with open_world(tmp_path, providers=(provider,)) as opened:
        yield opened


@pytest.mark.parametrize(
    "provider", [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in WITH_RESOURCES]
)
async def test_no_answer_holds_what_was_not_chosen(world, provider):
    rng = random.Random(provider)
    queries = await queries_of(world, provider)
    whole: dict[str, list[Any]] = {}
    async for mapping, _, answer in pages(world, provider, world.admin_key, queries):
        whole.setdefault(mapping.model.id, []).extend(answer.json().get("data", ()))
    kinds = [name for name in whole if MODELS[name].is_resource and len(whole[name]) > 1]
    assert kinds
    seen = 0
    for kind in kinds:
        chosen = rng.sample(whole[kind], min(rng.choice([1, 2, 3]), len(whole[kind]) - 1))
        outside = _outside(whole[kind], chosen)
        await _choose(world, provider, {kind: {"ids": sorted(one["id"] for one in chosen)}})
        async for model, field, where, value in _answers(world, provider, queries):
            seen += 1
            if (model, field) not in COINCIDENCE and not _of_another_kind(model, field, kind):
                assert not outside & set(texts(value)), (kind, where, field)
    assert seen > 100


def _outside(records, chosen):
    ids = {one["id"] for one in records} - {one["id"] for one in chosen}
    called = {one[name] for one in chosen for name in NAMES if one.get(name)}
    names = {one[name] for one in records if one["id"] in ids for name in NAMES if one.get(name)} - called
    return names | {one for one in ids if len(one) >= SHORT}


def _of_another_kind(model, field, kind):
    """Whether a field holds ids of something else, which may look the same: types and projects are numbered from 10000."""
    if field in {"id", "remote_id"}:
        return MODELS[model].plural != MODELS[kind].plural
    known = next((one for one in MODELS[model].fields if one.name == field), None)
    if known is None or known.kind != "id":
        return False
    return known.reference is None or MODELS[known.reference].plural != MODELS[kind].plural


async def _choose(world, provider, chosen):
    answer = await world.send("PUT", f"/accounts/{world.accounts[provider]}/resources", chosen, provider)
    assert answer.status_code == 200, answer.text


async def _answers(world, provider, queries):
    """Yield model, field, place and value of everything that is answered."""
    some = {name: one[:1] for name, one in queries.items()}
    async for mapping, path, answer in pages(world, provider, world.admin_key, some):
        model, records = mapping.model, answer.json().get("data", ())
        for record in records:
            for name, value in record.items():
                yield model.id, name, path, value
        for place, query in _others(mapping, path, answer):
            found = (await world.get(place, provider, **query)).json()
            for one in found.get("data", ()) if "expand" in query or "model" in query else (found,):
                if "model" in query:
                    yield model.id, f"fields.{one['key']}", place, one
                    continue
                for name, value in one.items():
                    for of, field, inner in _related(model, name, value):
                        yield of, field, place, inner
        body = {"account_id": world.accounts[provider], "arguments": {"limit": 3}}
        called = await world.client.post(f"/tools/list_{model.category}_{model.plural}", json=body)
        for record in called.json()["result"]["data"] if called.status_code == 200 else ():
            for name, value in record.items():
                yield model.id, name, "tool", value


def _related(model, name, value):
    """The fields of an expanded record, with its model; of any other value the field itself."""
    relation = relations(model).get(name)
    if relation is None:
        yield model.id, name, value
        return
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield from ((relation.model, field, inner) for field, inner in one.items())


def _others(mapping, path, answer):
    model, asked = mapping.model, {name: one for name, one in answer.request.url.params.items() if name.startswith("filter")}
    yield f"{path}/schema", {}
    yield f"/{model.category}/fields", {"model": model.plural}
    for record in answer.json().get("data", ())[:2]:
        yield f"{path}/{quote(record['id'], safe='')}", {}
    for name in relations(model):
        yield path, {**asked, "expand": name, "limit": "2"}
