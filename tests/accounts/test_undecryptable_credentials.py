"""Stored credentials that do not open: 424 and nothing sent; the account is marked once, and tells its webhooks once."""

import pytest
import sqlalchemy as sa

from tests.filled_rows import put
from unified.settings.master_keys import MasterKey
from unified.store.engine.changes import announce
from unified.store.engine.tables import ACCOUNTS, DELIVERIES, WEBHOOKS
from unified.vault.keys import KeyRing
from unified.vault.seal import Vault
from unified_sandbox.registry import discover

BROKEN = "the account's stored credentials do not open: they were edited or moved; connect the account again"


@pytest.fixture
def listens() -> bool:
    return False


async def _text(world, provider="hubspot"):
    query = sa.select(ACCOUNTS.c.credentials).where(ACCOUNTS.c.id == world.accounts[provider])
    async with world.services.database.read() as connection:
        return (await connection.execute(query)).scalar_one()


async def _put(world, text, provider="hubspot"):
    query = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == world.accounts[provider]).values(credentials=text)
    async with world.services.database.write() as connection:
        await connection.execute(query)
        announce(connection, ACCOUNTS, world.tenant, world.accounts[provider])


def _edit(text):
    """One bit of the ciphertext's first byte is turned."""
    head, _, body = text.rpartition(".")
    return f"{head}.{'B' if body[0] == 'A' else 'A'}{body[1:]}"


EDITS = {
    "a bit changed": _edit,
    "cut": lambda text: text[:-1],
    "cut to nothing": lambda _text: "v1...",
    "another version": lambda text: "v2" + text[2:],
    "empty": lambda _text: "",
}


@pytest.mark.parametrize("edit", EDITS)
async def test_edited_text_marks_the_account(world, edit):
    await _put(world, EDITS[edit](await _text(world)))
    await _is_marked(world)


async def test_text_of_another_account_marks_the_account(world):
    await _put(world, await _text(world, "zendesk"))
    await _is_marked(world)


async def _is_marked(world):
    await _hook(world)
    before = len(await world.reached())
    for _ in range(2):
        answer = await world.get("/crm/contacts")
        assert (answer.status_code, answer.json()["code"]) == (424, "connection_unauthorized")
    assert len(await world.reached()) == before
    account = (await world.client.get(f"/accounts/{world.accounts['hubspot']}")).json()
    assert (account["status"], account["status_reason"]) == ("needs_reauth", "credentials_unreadable")
    async with world.services.database.read() as connection:
        told = (await connection.execute(sa.select(DELIVERIES.c.event, DELIVERIES.c.payload))).all()
    assert [one.event for one in told] == ["account.needs_reauth"]
    assert "credentials_unreadable" in told[0].payload


async def test_the_message_says_what_to_do(world):
    await _put(world, _edit(await _text(world)))
    assert (await world.get("/crm/contacts")).json()["detail"] == BROKEN
    again = (await world.get("/crm/contacts")).json()["detail"]
    assert again == "the account is needs_reauth (credentials_unreadable); connect it again"


@pytest.mark.parametrize("call", ["/proxy/crm/v3/objects/contacts", "check"])
async def test_the_other_ways_to_a_provider_mark_it_too(world, call):
    await _put(world, _edit(await _text(world)))
    if call == "check":
        answer = await world.client.post(f"/accounts/{world.accounts['hubspot']}/check")
        assert answer.json() == {"ok": False, "detail": f"connection_unauthorized: {BROKEN}"}
    else:
        answer = await world.get(call)
        assert (answer.status_code, answer.json()["detail"]) == (424, BROKEN)
    assert (await world.client.get(f"/accounts/{world.accounts['hubspot']}")).json()["status"] == "needs_reauth"


async def test_new_credentials_make_it_work_again(world):
    await _put(world, _edit(await _text(world)))
    assert (await world.get("/crm/contacts")).status_code == 424
    change = {"credentials": discover()["hubspot"].demo_credentials[0], "status": "active"}
    assert (await world.client.patch(f"/accounts/{world.accounts['hubspot']}", json=change)).status_code == 200
    assert (await world.get("/crm/contacts")).status_code == 200


async def test_a_master_key_that_is_not_here_refuses_the_call_and_leaves_the_account(world):
    other = Vault(KeyRing((MasterKey("elsewhere", b"e" * 32),)))
    context = ("accounts", "credentials", world.tenant, world.accounts["hubspot"])
    await _put(world, other.seal(b'{"type":"bearer","token":"t"}', context=context))
    answer = await world.get("/crm/contacts")
    assert answer.status_code == 424
    assert answer.json()["detail"] == (
        "the account's stored credentials were sealed with a master key that this service does not have; "
        "its operator can add the key (`unified keys rotate --check` names it)"
    )
    assert (await world.client.get(f"/accounts/{world.accounts['hubspot']}")).json()["status"] == "active"
    assert await world.reached() == []


async def test_an_account_whose_text_was_replaced_meanwhile_is_not_marked(world):
    """A row that is kept for seconds may be older than the database's."""
    good = await _text(world)
    await _put(world, _edit(good))
    await world.services.rows.account(world.tenant, world.accounts["hubspot"])
    query = sa.update(ACCOUNTS).where(ACCOUNTS.c.id == world.accounts["hubspot"]).values(credentials=good)
    async with world.services.database.write() as connection:
        await connection.execute(query)
    assert (await world.get("/crm/contacts")).status_code == 424
    assert (await world.get("/crm/contacts")).status_code == 200


async def _hook(world):
    secret = world.services.vault.seal(b"s", context=("webhooks", "secret", world.tenant, "whk_1"))
    moment = world.services.database.clock()
    row = {"id": "whk_1", "tenant_id": world.tenant, "url": "https://hooks.test/", "events": ["account.needs_reauth"]}
    row |= {"status": "active", "secret": secret, "secret_masked": "…", "created_at": moment, "updated_at": moment}
    async with world.services.database.write() as connection:
        await put(connection, WEBHOOKS, row)
