"""What a narrow key sees of an account's chosen resources, on the page and by the API: what it sees of the records elsewhere."""

from urllib.parse import urlencode

import pytest

from tests.web.people import signed_in
from tests.world import open_world
from unified.service.access.scope.scopes import Chosen, FieldScope, Scope
from unified.service.accounts.accounts import get_account
from unified.service.chosen_resources import list_choices, resource_kinds

PROJECTS = "ticketing.collections"
MANAGES = {"methods": ["read", "write", "custom"], "writes": "direct", "manage": ["accounts"]}


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=("jira",)) as opened:
        yield opened


async def page(world, scope, **query):
    key = await world.key(role="admin", scope={**MANAGES, **scope})
    asked = urlencode({"kind": PROJECTS, **query})
    async with signed_in(world, key) as person:
        answer = await person.get(f"/ui/accounts/{world.accounts['jira']}/resources?{asked}")
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_page_neither_shows_nor_searches_a_hidden_field(world):
    hide = {"fields": {"hide": ["name", "key", "description"]}}
    projects = (await world.get("/ticketing/collections", "jira")).json()["data"]
    words = [one[name] for one in projects for name in ("name", "key", "description") if one[name]]
    whole = await page(world, {}, only="1")
    assert any(one in whole for one in words)
    for query in ({"only": "1"}, {"only": "1", "q": projects[0]["name"][:4]}):
        shown = await page(world, hide, **query)
        assert not [one for one in words if one in shown and one not in query.get("q", "")]
        assert projects[0]["id"] in shown
    assert 'name="q"' in whole
    assert 'name="q"' not in await page(world, hide, only="1")


async def test_only_ids_among_the_keys_own_resources_are_answered(world):
    path = f"/accounts/{world.accounts['jira']}/resources"
    chosen = {PROJECTS: {"ids": ["10000", "10002"]}}
    assert (await world.client.put(path, json=chosen)).json() == chosen
    own = {"resources": {PROJECTS: {"ids": ["10000"]}}}
    for role in ("app", "admin"):
        key = await world.key(role=role, scope={**own, "methods": ["read"]})
        answer = await world.client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert answer.json() == {PROJECTS: {"ids": ["10000"]}}
    assert (await world.client.get(path)).json() == chosen
    shown = await page(world, own, only="1")
    assert "10002" not in shown
    assert "10000" in shown


async def test_choices_lie_within_the_viewers_own_resources(world):
    account = await get_account(world.services, world.tenant, world.accounts["jira"])
    narrow = (Scope(resources={PROJECTS: Chosen(ids=("10001",))}, fields=FieldScope(hide=("name",))),)
    assert [(one.id, one.name) for one in (await list_choices(world.services, account, PROJECTS, scopes=narrow)).items] == [
        ("10001", "10001")
    ]
    (kind,) = [one for one in resource_kinds(world.services, account, narrow) if one.model.id == PROJECTS]
    assert not kind.can_search
    assert len((await list_choices(world.services, account, PROJECTS)).items) > 1
