"""No detour around a condition on records: not by another model of the same records, and not by a field that moves the tested one."""

import pytest

from tests.records.test_record_conditions import DIRECT, Holder, every, limited
from tests.world import catalog, open_client, open_world
from unified.models import MODELS
from unified.models.relations import moved_with
from unified.service.access.scope.scopes import Scope
from unified.service.records.visibility.boundary.shared_resources import boundary_at

__all__ = ["limited"]


def _possible_paths(mapping):
    """The paths at which one record may be read, with `*` for what any id may have; none where its path is that of others."""
    operation, document = mapping.operations.get("get"), mapping.file.document
    parts = [one.strip("{}") for one in (document.id or "{id}").split(":")]
    if operation is None or not all(f"{{{one.partition('=')[0]}}}" in operation.path for one in parts):
        return set()
    paths = {operation.path}
    for name, _, choices in (one.partition("=") for one in parts):
        paths = {path.replace(f"{{{name}}}", word) for path in paths for word in (choices or "*").split("|")}
    return {f"{operation.verb} {path}" for path in paths}


@pytest.mark.parametrize("provider", catalog().providers())
def test_a_condition_on_one_of_two_models_of_the_same_records_closes_the_other(provider):
    offered = {one.model.id: one for one in catalog().offered(provider)}
    for limited_model, mapping in offered.items():
        scope = Scope(records={limited_model: {"id": "1"}})
        for other, its in offered.items():
            if other != limited_model and _possible_paths(mapping) & _possible_paths(its):
                assert boundary_at(catalog(), provider, None, (scope,)).closed(MODELS[other]), (limited_model, other)


async def test_a_ticket_outside_is_not_reached_by_links_of_another_category(world, limited):
    contact = (await every(world, "/crm/contacts", "hubspot"))[0]["id"]
    ticket = next(one["id"] for one in await every(world, "/ticketing/tickets", "hubspot") if one["status"] != "open")
    holder = await limited({"ticketing.tickets": {"status": "open"}})
    before = await world.reached("hubspot")
    ends = {"source_object": "tickets", "source_id": ticket, "target_object": "contacts"}
    listed = await holder.get("/crm/associations", "hubspot", **{f"filter[{name}]": value for name, value in ends.items()})
    made = await holder.send("POST", "/crm/associations", {**ends, "target_id": contact}, "hubspot")
    assert [(one.status_code, one.json()["code"]) for one in (listed, made)] == [(403, "outside_resources")] * 2
    assert await world.reached("hubspot") == before


@pytest.mark.parametrize("provider", catalog().providers())
def test_a_condition_on_any_model_closes_what_may_name_records_of_every_model(provider):
    offered = [one.model for one in catalog().offered(provider)]
    for limited_model in (one for one in offered if not one.container_unknown):
        scope = Scope(records={limited_model.id: {"id": "1"}})
        boundary = boundary_at(catalog(), provider, None, (scope,))
        assert all(boundary.closed(one) for one in offered if one.container_unknown), limited_model.id


async def test_a_comment_outside_is_not_reached_as_a_note(world, limited):
    tickets = await every(world, "/ticketing/tickets", "hubspot")
    listed = [await every(world, "/ticketing/comments", "hubspot", **{"filter[ticket_id]": one["id"]}) for one in tickets[:20]]
    note = next(one for comments in listed for one in comments if one["id"].startswith("notes:"))["remote_id"]
    assert (await world.get(f"/crm/notes/{note}")).status_code == 200
    holder = await limited({"ticketing.comments": {"is_private": False}})
    before = len(await world.reached("hubspot"))
    for method, path, body in (
        ("GET", f"/crm/notes/{note}", None),
        ("GET", "/crm/notes", None),
        ("PATCH", f"/crm/notes/{note}", {"content": "x"}),
        ("DELETE", f"/crm/notes/{note}", None),
    ):
        answer = await holder.send(method, path, body, "hubspot")
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources")
    assert not [one for one in (await world.reached("hubspot"))[before:] if one["method"] != "GET"]


@pytest.mark.parametrize("provider", ["pipedrive", "close"])
async def test_a_stage_of_another_pipeline_moves_no_opportunity_out_of_a_condition(tmp_path, provider):
    async with open_world(tmp_path, providers=(provider,)) as world:
        stages = await every(world, "/crm/stages", provider)
        deal = (await every(world, "/crm/opportunities", provider))[0]
        foreign = next(one["id"] for one in stages if one["pipeline_id"] != deal["pipeline_id"])
        key = await world.key(scope={**DIRECT, "records": {"crm.opportunities": {"pipeline_id": deal["pipeline_id"]}}})
        async with open_client(world.server, key, raises=False) as client:
            holder = Holder(world, key, client)
            path = f"/crm/opportunities/{deal['id']}"
            answer = await holder.send("PATCH", path, {"stage_id": foreign}, provider)
            assert (answer.status_code, answer.json()["detail"]) == (
                403,
                "crm.opportunities: `stage_id` decides about `pipeline_id`, which the key's scope tests: set `pipeline_id` alone",
            )
            assert (await world.get(path, provider)).json()["pipeline_id"] == deal["pipeline_id"]


def test_a_field_is_moved_by_its_twins_and_by_what_shares_its_container():
    assert moved_with(MODELS["crm.opportunities"], "pipeline_id") == ("stage_id",)
    assert "pipeline_id" in moved_with(MODELS["crm.opportunities"], "stage_id")
    assert moved_with(MODELS["ticketing.tickets"], "collection_ids") == ("status_id",)
    assert moved_with(MODELS["crm.contacts"], "owner_id") == ()


async def test_a_ticket_outside_the_chosen_collections_is_not_reached_by_links_of_another_category(world):
    contact = (await every(world, "/crm/contacts", "hubspot"))[0]["id"]
    ticket = (await every(world, "/ticketing/tickets", "hubspot"))[0]
    assert "987" not in ticket["collection_ids"]
    key = await world.key(scope={**DIRECT, "resources": {"ticketing.collections": {"ids": ["987"]}}})
    async with open_client(world.server, key, raises=False) as client:
        holder = Holder(world, key, client)
        ends = {"source_object": "tickets", "source_id": ticket["id"], "target_object": "contacts"}
        listed = await holder.get("/crm/associations", "hubspot", **{f"filter[{name}]": value for name, value in ends.items()})
        made = await holder.send("POST", "/crm/associations", {**ends, "target_id": contact}, "hubspot")
    assert [(one.status_code, one.json()["code"]) for one in (listed, made)] == [(403, "outside_resources")] * 2
