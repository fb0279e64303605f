"""Options of the provider's own fields within chosen resources: those of chosen ones only, by id or by name."""

import pytest

from tests.world import open_world


@pytest.fixture
async def world(request, tmp_path):
    async with open_world(tmp_path, providers=(request.node.callspec.params["provider"],)) as opened:
        yield opened


async def options(world, provider, category, model, said="label"):
    answer = await world.get(f"/{category}/fields", provider, model=model)
    assert answer.status_code == 200, answer.text
    return {one["key"]: [each[said] for each in one["options"]] for one in answer.json()["data"] if one["options"]}


async def choose(world, provider, kind, ids):
    body = {kind: {"ids": ids}}
    assert (await world.send("PUT", f"/accounts/{world.accounts[provider]}/resources", body, provider)).status_code == 200


@pytest.mark.parametrize("provider", ["bamboohr"])
async def test_departments_by_their_names(world, provider):
    groups = (await world.get("/hris/groups", provider)).json()["data"]
    chosen, *others = [one for one in groups if one["type"] == "department"]
    before = await options(world, provider, "hris", "employees")
    assert others[0]["name"] in before["department"]
    await choose(world, provider, "hris.groups", [chosen["id"]])
    narrowed = await options(world, provider, "hris", "employees")
    assert narrowed["department"] == [chosen["name"]]
    names = {one["name"] for one in groups} - {chosen["name"]}
    assert not names & {label for several in narrowed.values() for label in several}


@pytest.mark.parametrize("provider", ["hubspot"])
async def test_stages_of_chosen_pipelines_only(world, provider):
    pipelines = (await world.get("/crm/pipelines", provider)).json()["data"]
    before = await options(world, provider, "crm", "opportunities", "value")
    assert {one["id"] for one in pipelines} <= set(before["pipeline"])
    chosen, *others = pipelines
    await choose(world, provider, "crm.pipelines", [chosen["id"]])
    narrowed = await options(world, provider, "crm", "opportunities", "value")
    assert narrowed["pipeline"] == [chosen["id"]]
    own = {one["id"] for one in chosen["stages"]}
    assert set(narrowed["dealstage"]) == own
    assert {one["id"] for other in others for one in other["stages"]} - own <= set(before["dealstage"])


@pytest.mark.parametrize("provider", ["hubspot"])
async def test_what_names_no_resource_keeps_its_options(world, provider):
    """Fields of another category, and common fields that are no references."""
    tickets = await options(world, provider, "ticketing", "tickets")
    deals = await options(world, provider, "crm", "opportunities")
    await choose(world, provider, "crm.pipelines", ["default"])
    assert await options(world, provider, "ticketing", "tickets") == tickets
    assert (await options(world, provider, "crm", "opportunities"))["dealtype"] == deals["dealtype"]


@pytest.mark.parametrize("provider", ["bamboohr"])
async def test_the_name_of_another_department_is_not_a_condition(world, provider):
    """An employee of a chosen division shows no department that was not chosen, and cannot be found by it."""
    groups = (await world.get("/hris/groups", provider)).json()["data"]
    division = next(one for one in groups if one["type"] == "division")
    await choose(world, provider, "hris.groups", [division["id"]])
    seen = (await world.get("/hris/employees", provider, limit="200")).json()["data"]
    assert seen
    assert {one["department_name"] for one in seen} == {None}
    for one in (group for group in groups if group["type"] == "department"):
        answer = await world.get("/hris/employees", provider, **{"filter[department_name]": one["name"], "limit": "200"})
        assert (answer.status_code, answer.json()["data"]) == (200, []), answer.text
    for asked in ({"search": groups[0]["name"]}, {"sort": "department_name"}):
        assert (await world.get("/hris/employees", provider, **asked)).json()["code"] == "unsupported_filter"
