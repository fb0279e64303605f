"""An association is a reference by another name: it needs both models, and every field by which they name each other."""

import random

import pytest

from tests.world import catalog
from unified.models import MODELS

OBJECTS = catalog().compiled("hubspot", "crm.associations").file.document.objects
ALL = ["none", "personal", "sensitive", "secret"]
FULL = {"methods": ["read", "write"], "writes": "direct", "fields": {"classes": ALL}}


def words(rng, name):
    """How HubSpot knows an object."""
    singular = "company" if name == "companies" else name.removesuffix("s")
    return rng.choice([name, singular, name.upper(), singular.capitalize()])


def named_by(one, other):
    """Fields of two models by which they name each other."""
    pairs = ((one, other), (other, one))
    return sorted({field.name for mine, their in pairs for field in MODELS[mine].fields if field.reference == their})


async def asked(world, headers, source, target):
    """Every face of reading, making and taking away a link."""
    account = {"account_id": world.accounts["hubspot"]}
    ends = {"source_object": source, "source_id": "61200000001", "target_object": target}
    body, path = {**ends, "target_id": "27100000003"}, "/crm/associations"
    conditions = {f"filter[{name}]": value for name, value in ends.items()}
    remote = f"{source}:61200000001:{target}:27100000003"
    items = {"items": [{"op": "create", "data": body}, {"op": "delete", "id": remote}]}
    client = world.client
    found = [
        await client.get(path, params={**account, **conditions}, headers=headers),
        await client.post(path, params=account, json=body, headers=headers),
        await client.delete(f"{path}/{remote}", params=account, headers=headers),
        await client.post("/tools/list_crm_associations", json={**account, "arguments": {"filter": ends}}, headers=headers),
        await client.post("/tools/create_crm_association", json={**account, "arguments": body}, headers=headers),
    ]
    batch = await client.post(f"{path}/batch", params=account, json=items, headers=headers)
    return [one.json()["code"] for one in found] + [one["error"]["code"] for one in batch.json()["results"]]


@pytest.mark.parametrize("seed", range(4))
async def test_a_link_needs_both_models_and_their_references(world, seed):
    rng = random.Random(seed)
    names = [name for name in OBJECTS if name[0].isalpha()]
    before = len(await world.reached())
    for _ in range(3):
        source, target = rng.sample(names, 2)
        pair = (OBJECTS[source], OBJECTS[target])
        missing = rng.choice(pair)
        some = [one for one in dict.fromkeys(OBJECTS.values()) if one != missing]
        alone = await world.key(scope={**FULL, "models": ["crm.associations", *(some if seed else [])]})
        codes = await asked(world, {"Authorization": f"Bearer {alone}"}, words(rng, source), words(rng, target))
        assert set(codes) == {"outside_models"}, (source, target, codes)
        references = named_by(*pair)
        if references:
            hide = [rng.choice(references)]
            key = await world.key(scope={**FULL, "fields": {"classes": ALL, "hide": hide}})
            codes = await asked(world, {"Authorization": f"Bearer {key}"}, words(rng, source), words(rng, target))
            assert set(codes) == {"field_hidden"}, (source, target, hide, codes)
    assert len(await world.reached()) == before


async def test_links_of_other_objects_are_for_keys_that_see_everything(world):
    before = len(await world.reached())
    for scope in (
        {**FULL, "models": ["crm.associations", "crm.contacts"]},
        {**FULL, "fields": {"hide": ["emails"], "classes": ALL}},
    ):
        headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
        for word in ("2-1001", "cars", "p_cars", "Products", "0-7"):
            assert set(await asked(world, headers, "contacts", word)) == {"outside_models"}, word
    assert len(await world.reached()) == before


async def test_a_key_with_both_models_reads_and_makes_links(world):
    scope = {**FULL, "models": ["crm.associations", "crm.contacts", "crm.accounts"]}
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    contact = next(one for one in (await world.get("/crm/contacts", limit=50)).json()["data"] if one["account_id"])
    ends = {"filter[source_object]": "contact", "filter[source_id]": contact["id"], "filter[target_object]": "0-2"}
    account = {"account_id": world.accounts["hubspot"]}
    answer = await world.client.get("/crm/associations", params={**account, **ends}, headers=headers)
    assert answer.status_code == 200, answer.text
    assert contact["account_id"] in {one["target_id"] for one in answer.json()["data"]}
