"""E2 and E4: an approval is for one write, one requester with its rights, one connection and one mapping; else it is void."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.approvals.conftest import ASKS
from tests.filled_rows import change
from unified.service.access.api_keys import revoke_key
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import stored_scope
from unified.service.approvals.payload import digest_of, payload_of, plan_digest_of
from unified.service.records.opening import open_call
from unified.service.records.writing.write import Write
from unified.service.runtime import approval_invalidation
from unified.store.engine.tables import ACCOUNTS, API_KEYS

AT = datetime(2026, 11, 1, tzinfo=UTC)


async def void(world, approval, reason):
    """The approval is void for this reason, says so, and was not executed."""
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict"), answer.text
    assert f"the approval is void ({reason})" in answer.json()["detail"]
    row = await world.row(approval)
    assert (row["status"], row["status_reason"], row["payload"]) == ("void", reason, None)
    assert await world.reached() == []


async def test_it_expires(world):
    approval = await world.contact()
    world.forward(minutes=61)
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "the approval is expired; it can be decided only while it is pending",
    )
    assert (await world.show(approval))["status"] == "expired"
    assert await world.reached() == []


async def test_a_revoked_requester_voids(world):
    approval = await world.contact()
    await revoke_key(world.services, world.tenant, world.ids["asker"], caller=None)
    assert (await world.row(approval))["payload"] is None, "it was not erased at once"
    await void(world, approval, approval_invalidation.REQUESTER_GONE)


async def test_a_requester_that_expired_voids(world):
    approval = await world.contact()
    async with world.services.database.write() as connection:
        now = world.services.database.clock()
        await change(connection, API_KEYS, API_KEYS.c.id == world.ids["asker"], expires_at=now)
    await void(world, approval, approval_invalidation.REQUESTER_GONE)


@pytest.mark.parametrize("scope", [{"methods": ["read"]}, {**ASKS, "fields": {"hide": ["crm.contacts.title"]}}])
async def test_a_requester_with_another_scope_voids(world, scope):
    approval = await world.contact()
    async with world.services.database.write() as connection:
        await change(connection, API_KEYS, API_KEYS.c.id == world.ids["asker"], scope=scope)
    await void(world, approval, approval_invalidation.SCOPE_CHANGED)


async def test_a_new_connection_voids(world):
    approval = await world.contact()
    path = f"/accounts/{world.accounts['hubspot']}"
    changed = await world.call("PATCH", path, {"credentials": {"type": "bearer", "token": "pat-new"}}, by="admin")
    assert changed.status_code == 200
    assert (await world.row(approval))["payload"] is None, "it was not erased at once"
    await void(world, approval, approval_invalidation.ACCOUNT_RECONNECTED)


async def test_a_new_connection_elsewhere_voids(world):
    """Without a word to this process: the database alone says it."""
    approval = await world.contact()
    await _change_account(world, connections=7)
    await void(world, approval, approval_invalidation.ACCOUNT_RECONNECTED)


async def test_other_settings_of_the_account_void(world):
    approval = await world.contact()
    await _change_account(world, settings={"country": "SE"})
    await void(world, approval, approval_invalidation.SETTINGS_CHANGED)


async def test_an_account_that_needs_its_owner_voids(world):
    approval = await world.contact()
    await _change_account(world, status="needs_reauth")
    await void(world, approval, approval_invalidation.ACCOUNT_INACTIVE)


async def test_a_deleted_account_voids(world):
    approval = await world.contact()
    assert (await world.call("DELETE", f"/accounts/{world.accounts['hubspot']}", by="admin")).status_code == 204
    await void(world, approval, approval_invalidation.ACCOUNT_GONE)


async def _change_account(world, **values):
    async with world.services.database.write() as connection:
        await change(connection, ACCOUNTS, ACCOUNTS.c.id == world.accounts["hubspot"], **values)


async def test_another_mapping_voids(world, monkeypatch):
    approval = await world.contact()
    monkeypatch.setattr(world.services.catalog.compiled("hubspot", "crm.contacts"), "digest", "another")
    await void(world, approval, approval_invalidation.MAPPING_CHANGED)


async def test_chosen_resources_void_all_of_the_account(world):
    approval = await world.contact()
    ticket = await world.ask("DELETE", "/ticketing/tickets/10001")
    account = world.accounts["hubspot"]
    assert (
        await approval_invalidation.invalidate_approvals_for_account(
            world.services, world.tenant, account, approval_invalidation.RESOURCES_CHANGED
        )
        == 1
    )
    await void(world, approval, approval_invalidation.RESOURCES_CHANGED)
    assert (await world.show(ticket))["status"] == "pending"
    assert (
        await approval_invalidation.invalidate_approvals_for_account(world.services, world.other, world.accounts["jira"], "x")
        == 0
    )


@pytest.mark.parametrize("column", ["payload", "method", "account_id", "model", "scope_digest", "mapping_digest"])
async def test_a_row_that_was_edited_voids(world, column):
    approval = await world.contact()
    row = await world.row(approval)
    sealed = row["payload"]
    changed = {"payload": sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1], "account_id": world.accounts["jira"]}
    await world.edit(approval, **{column: changed.get(column, "delete" if column == "method" else "ticketing.tickets")})
    await void(world, approval, approval_invalidation.UNREADABLE)


async def test_the_sealed_write_of_another_row_voids(world):
    approval, other = await world.contact(), await world.contact(title="Countess")
    await world.edit(approval, payload=(await world.row(other))["payload"])
    await void(world, approval, approval_invalidation.UNREADABLE)


async def test_looking_at_a_void_one_says_so(world):
    approval = await world.contact()
    await _change_account(world, connections=7)
    shown = await world.show(approval)
    assert (shown["status"], shown["status_reason"]) == ("void", approval_invalidation.ACCOUNT_RECONNECTED)
    assert "request" not in shown
    assert await world.reached() == []


async def digest(world, tool=None, scope=ASKS, plan=(), **write):
    principal = Principal(tenant_id=world.tenant, key_id="key_1", role="app", scope=stored_scope(scope))
    call = await open_call(world.services, principal, world.accounts["hubspot"], "crm.contacts", "update")
    asked = {"method": "update", "record_id": "7", "body": {"last_name": "x", "remote_fields": {"a": 1, "b": [2.5]}}, **write}
    planned = plan_digest_of(world.services, world.tenant, plan)
    return digest_of(world.services, payload_of(call, Write(**asked), tool, AT), planned)


async def test_equal_meaning_has_an_equal_digest_and_nothing_else_has(world):
    body = {"last_name": "x", "remote_fields": {"a": 1, "b": [2.5]}}
    first = await digest(world, body=body)
    same = [
        {"remote_fields": {"b": [2.5], "a": 1}, "last_name": "x"},
        {"last_name": "x", "remote_fields": {"a": 1.0, "b": [25e-1]}},
        msgspec.json.decode(b'{"remote_fields":{"a":1e0,"b":[2.50]},"last_name":"\\u0078"}'),
    ]
    assert {await digest(world, body=one) for one in same} == {first}
    others = [
        await digest(world, body={**body, "last_name": "X"}),
        await digest(world, body={**body, "last_name": "x "}),
        await digest(world, body={**body, "remote_fields": {"a": "1", "b": [2.5]}}),
        await digest(world, body={**body, "remote_fields": {"a": True, "b": [2.5]}}),
        await digest(world, body={**body, "remote_fields": {"a": 1, "b": 2.5}}),
        await digest(world, body=body, record_id="8"),
        await digest(world, body=body, path={"object": "cars"}),
        await digest(world, body=body, method="delete"),
        await digest(world, body=body, tool="update_crm_contact"),
        await digest(world, body=body, scope={**ASKS, "tags": ["crm"]}),
        await digest(world, body=body, plan=({"method": "PATCH"},)),
    ]
    assert len({first, *others}) == 1 + len(others)
