"""Which names of a call the audit trail holds: those of the common model, and never what a caller or a provider wrote."""

import pytest

from tests.audit.test_api import rows
from unified.models import MODELS
from unified.models.relations import relations
from unified.store.audit_chain import FIELD_SEPARATOR
from unified.transform.queries.asked_fields import EXPAND, WHOLE, WIDE

CANARY = "marmalade4711"


def every_name(model) -> set[str]:
    """What a row about a model may name."""
    return {WHOLE, *WIDE, *(one.name for one in model.fields), *(f"{EXPAND}{one}" for one in relations(model))}


@pytest.mark.parametrize(
    ("path", "query", "fields"),
    [
        ("/crm/contacts", {}, ["*"]),
        ("/crm/contacts", {"fields": "first_name,emails"}, ["emails", "first_name"]),
        ("/crm/contacts", {"fields": "id", "filter[email]": CANARY}, ["emails", "id"]),
        ("/crm/contacts", {"fields": "id", "updated_after": "2026-01-01T00:00:00Z"}, ["id", "updated_at"]),
        ("/crm/contacts", {"fields": "id", "expand": "account"}, ["account_id", "expand.account", "id"]),
        ("/crm/contacts", {"fields": "id,custom_fields.marmalade4711"}, ["custom_fields", "id"]),
        ("/crm/contacts", {"fields": "id", "search": CANARY}, ["id", "search"]),
        ("/crm/contacts", {"fields": "id", "remote_query[marmalade4711]": CANARY}, ["id", "remote_query"]),
    ],
)
async def test_a_list_leaves_the_names_that_it_asks_for(world, path, query, fields):
    await world.get(path, limit=1, **query)
    row = next(one for one in await rows(world) if one["model"] == "crm.contacts")
    assert row["fields"] == fields
    assert CANARY not in str(row)


async def test_a_get_and_a_tool_leave_theirs(world):
    record = (await world.get("/crm/contacts", limit=1)).json()["data"][0]["id"]
    await world.get(f"/crm/contacts/{record}", fields="last_name")
    call = {"account_id": world.accounts["hubspot"], "arguments": {"limit": 1, "fields": ["id", "first_name"]}}
    assert (await world.client.post("/tools/list_crm_contacts", json=call)).status_code == 200
    assert [one["fields"] for one in await rows(world)] == [["*"], ["last_name"], ["first_name", "id"]]


async def test_a_write_leaves_the_keys_of_its_body_and_nothing_else(world):
    made = (await world.send("POST", "/crm/contacts", {"first_name": CANARY, "last_name": CANARY})).json()
    await world.send("PATCH", f"/crm/contacts/{made['id']}", {"custom_fields": {CANARY: CANARY}})
    await world.send("DELETE", f"/crm/contacts/{made['id']}")
    found = await rows(world)
    assert [one["fields"] for one in found] == [["first_name", "last_name"], ["custom_fields"], []]
    assert CANARY not in str(found)


async def test_names_that_no_model_has_are_not_kept(world):
    await world.get("/crm/contacts", fields=CANARY)
    await world.get("/crm/contacts", expand=CANARY)
    await world.send("POST", "/crm/contacts", {CANARY: 1})
    assert CANARY not in str(await rows(world))


def test_the_names_of_a_model_bound_what_a_row_may_hold():
    longest = max(len(FIELD_SEPARATOR.join(every_name(model))) for model in MODELS.values())
    assert longest < 1_100
    assert all(FIELD_SEPARATOR not in name for model in MODELS.values() for name in every_name(model))
