"""A permission for custom objects reaches no other model: a path parameter names none of the provider's own objects."""

import re

import pytest

from tests.world import PROVIDERS, catalog
from unified.errors.requests import InvalidId
from unified.models import MODELS

WITH_PATH = [
    (provider, model) for provider, model in catalog().mappings() if provider in PROVIDERS and MODELS[model].path_parameters
]
SOME = [
    "Account",
    "Contact",
    "Lead",
    "User",
    "Opportunity",
    "Task",
    "Event",
    "Note",
    "Ticket",
    "Product",
    "0-1",
    "0-2",
    "0-3",
    "0-5",
    "0-27",
    "0-46",
    "0-136",
    "2-1١",
]

NO_OBJECTS = {
    "crm",
    "search",
    "batch",
    "default",
    "labels",
    "query",
    "queryAll",
    "sobjects",
    "describe",
    "read",
    "archive",
    "upsert",
    "associate",
    "hs_ticket_category",
}


def own_objects(provider):
    """Words of the paths and queries of every other mapping of a provider, and type ids."""
    found = set(SOME)
    for other, model in catalog().mappings():
        if other != provider or MODELS[model].path_parameters:
            continue
        paths = [(call.request or "").partition(" ")[2] for _, call in catalog().compiled(provider, model).file.calls()]
        steps = {step for path in paths for step in re.sub(r"\{[^}]*\}", "", path).split("/")}
        choices = {word for path in paths for found in re.findall(r"=([^{}]+)", path) for word in found.split("|")}
        found |= {step for step in steps | choices if re.fullmatch("[A-Za-z][A-Za-z_]+", step)}
        found |= {MODELS[model].plural, MODELS[model].singular}
    return found - NO_OBJECTS


def variants(word):
    """What a provider may take for the same object."""
    plural = word if word.endswith("s") else f"{word}s"
    singular = re.sub("ies$", "y", word) if word.endswith("ies") else word.removesuffix("s")
    named = {word, plural, singular}
    return sorted({form for one in named for form in (one, one.upper(), one.lower(), one.capitalize(), f"{one} ", f" {one}")})


async def asked(world, provider, model, word, headers):
    """Every face of every method, with an object's name."""
    account, known = {"account_id": world.accounts[provider]}, MODELS[model]
    (name,) = known.path_parameters
    base = f"/{known.category}/{known.plural}"
    place = f"{base}/{word}"
    yield await world.client.get(place, params=account, headers=headers)
    yield await world.client.get(f"{place}/1", params=account, headers=headers)
    yield await world.client.post(place, params=account, headers=headers, json={"fields": {}})
    yield await world.client.patch(f"{place}/1", params=account, headers=headers, json={"name": "x"})
    yield await world.client.delete(f"{place}/1", params=account, headers=headers)
    fields = {**account, "model": known.plural, name: word}
    yield await world.client.get(f"/{known.category}/fields", params=fields, headers=headers)
    tool = {**account, "arguments": {name: word}}
    yield await world.client.post(f"/tools/list_{known.category}_{known.plural}", headers=headers, json=tool)


@pytest.mark.parametrize(
    ("provider", "model"),
    [pytest.param(*one, marks=() if one[0] == "hubspot" else pytest.mark.slow) for one in WITH_PATH],
)
async def test_no_path_parameter_names_an_object_of_another_model(world, provider, model):
    scope = {"models": [model], "methods": ["read", "write"], "writes": "direct"}
    headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
    before = len(await world.reached(provider))
    mapping, words = catalog().compiled(provider, model), sorted(own_objects(provider))
    (name,) = MODELS[model].path_parameters
    assert len(words) > 10
    for word in words:
        for one in variants(word):
            with pytest.raises(InvalidId, match=f"{name}: expected"):
                mapping.check_path({name: one})
        async for answer in asked(world, provider, model, word, headers):
            assert answer.status_code in {400, 404, 422, 501}, (word, answer.request.url, answer.text)
            assert answer.status_code != 404 or answer.json()["code"] != "provider_not_found", (word, answer.text)
    assert len(await world.reached(provider)) == before


async def test_names_of_custom_objects_are_taken(world):
    for name in ("cars", "p_cars", "p48200117_cars", "2-1001"):
        assert (await world.get(f"/crm/custom_objects/{name}", limit=1)).status_code == 200, name


@pytest.mark.parametrize(("provider", "model"), WITH_PATH)
def test_every_path_parameter_has_a_form(provider, model):
    assert set(catalog().compiled(provider, model).file.document.path) == set(MODELS[model].path_parameters)
