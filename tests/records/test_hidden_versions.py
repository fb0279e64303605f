"""A version of a record tells no change of what is hidden: the answers before and after one are the same, headers included."""

import pytest

from tests.world import catalog, open_world
from unified.models import MODELS
from unified.transform.record_metadata import shows_version

VERSIONED = [
    (provider, model)
    for provider, model in catalog().mappings()
    if catalog().compiled(provider, model).version is not None and "update" in catalog().compiled(provider, model).methods
]
EVERYTHING = ["none", "personal", "sensitive", "secret"]
UNLIKE = {"x-request-id", "ratelimit", "ratelimit-policy"}
CHANGED = ("description", "name", "body", "first_name", "job_title", "preferred_name")
"""Texts of which some can be changed in each model."""


@pytest.fixture
async def world(request, tmp_path):
    async with open_world(tmp_path, providers=(request.node.callspec.params["provider"],)) as opened:
        yield opened


@pytest.mark.parametrize(("provider", "model_id"), VERSIONED)
async def test_a_version_does_not_reveal_a_change_of_a_hidden_field(world, provider, model_id):
    mapping, path = catalog().compiled(provider, model_id), f"/{model_id.replace('.', '/')}"
    names = [one for one in CHANGED if one in mapping.write_calls.writable("update")]
    record = (await world.get(path, provider, limit="1")).json()["data"][0]
    place = f"{path}/{record['id']}"
    for name in names:
        scope = {
            "fields": {"hide": [name, "updated_at", "custom_fields"], "classes": EVERYTHING},
            "methods": ["read", "write"],
            "writes": "direct",
        }
        headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
        here = await _told(world, provider, mapping, place, headers)
        changed = await world.send("PATCH", place, {name: f"Other {name}"}, provider)
        assert changed.status_code == 200, changed.text
        assert await _told(world, provider, mapping, place, headers) == here
        assert "etag" not in {one for _, _, found in here for one in found}
        account, stale = {"account_id": world.accounts[provider]}, {**headers, "If-Match": '"1"'}
        body = {next(one for one in names if one != name) if len(names) > 1 else name: "x"}
        refused = await world.client.patch(place, params=account, json=body, headers=stale)
        assert (refused.status_code, refused.json()["code"]) == (403, "field_hidden"), refused.text
    assert names


async def _told(world, provider, mapping, place, headers):
    account = {"account_id": world.accounts[provider]}
    model = MODELS[mapping.model.id]
    tool = f"/tools/get_{model.category}_{model.singular}"
    got = await world.client.get(place, params=account, headers=headers)
    assert got.status_code == 200, got.text
    body = {"account_id": world.accounts[provider], "arguments": {"id": place.rpartition("/")[2]}}
    answers = [got, await world.client.post(tool, json=body, headers=headers)]
    kept = [{name: one for name, one in answer.headers.items() if name not in UNLIKE} for answer in answers]
    return [(answer.status_code, answer.content, found) for answer, found in zip(answers, kept, strict=True)]


@pytest.mark.parametrize(("provider", "model_id"), VERSIONED)
async def test_it_is_shown_to_those_who_see_what_it_is_made_of(world, provider, model_id):
    path = f"/{model_id.replace('.', '/')}"
    record = (await world.get(path, provider, limit="1")).json()["data"][0]
    assert (await world.get(f"{path}/{record['id']}", provider)).headers["etag"]
    mapping = catalog().compiled(provider, model_id)
    headers = {"Authorization": f"Bearer {await world.key(scope={'fields': {'hide': ['description'], 'classes': EVERYTHING}})}"}
    seen = await world.client.get(f"{path}/{record['id']}", params={"account_id": world.accounts[provider]}, headers=headers)
    own = "description" not in {one.name for one in MODELS[model_id].fields} or shows_version(mapping, {"description"})
    assert ("etag" in seen.headers) is own
