"""Accounts: only what was asked is changed, newer states are not written over, tenants stay apart."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from unified.errors.writes import Conflict
from unified.store import account_lists, accounts, idempotency
from unified.store.accounts import AccountChanges, SealedCredentials


@pytest.fixture
def credentials(clock):
    return SealedCredentials(sealed="v1.k.n.c", type="oauth2", masked="…a1b2", expires_at=clock.now + timedelta(hours=1))


async def _add(database, account_id="acc_1", tenant="ten_1", **changes):
    return await accounts.add(database, tenant, account_id, **({"provider": "hubspot", "name": "Acme"} | changes))


async def test_an_account_is_added_and_found(database, clock, credentials):
    added = await _add(database, external_id="42", settings={"subdomain": "acme"}, credentials=credentials)
    assert added == accounts.AccountRow(
        id="acc_1",
        tenant_id="ten_1",
        provider="hubspot",
        name="Acme",
        external_id="42",
        settings={"subdomain": "acme"},
        resources=None,
        status="active",
        status_reason=None,
        credentials="v1.k.n.c",
        credentials_type="oauth2",
        credentials_masked="…a1b2",
        credentials_issued_at=clock.now,
        credentials_expires_at=clock.now + timedelta(hours=1),
        credentials_version=1,
        credentials_refreshable=False,
        connections=1,
        refresh_unfinished=0,
        refresh_lease_until=None,
        refresh_not_before=None,
        version=1,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert await accounts.get(database, "ten_1", "acc_1") == added


async def test_an_account_without_credentials(database):
    added = await _add(database, status="connecting")
    assert (added.status, added.settings, added.credentials, added.credentials_type) == ("connecting", {}, None, None)
    assert await accounts.get(database, "ten_1", "acc_1") == added


async def test_an_update_changes_what_it_names_and_nothing_else(database, clock, credentials):
    before = await _add(database, external_id="42", credentials=credentials)
    clock.forward(seconds=5)
    after = await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="New", external_id=None))
    changed = {name for name in after.__struct_fields__ if getattr(after, name) != getattr(before, name)}
    assert changed == {"name", "external_id", "version", "updated_at"}
    assert (after.name, after.external_id, after.version, after.updated_at) == ("New", None, 2, clock.now)
    assert await accounts.get(database, "ten_1", "acc_1") == after


async def test_an_update_of_everything(database, credentials):
    await _add(database)
    after = await accounts.update(
        database,
        "ten_1",
        "acc_1",
        AccountChanges(
            name="n",
            external_id="e",
            settings={"a": 1},
            status="needs_reauth",
            status_reason="invalid_grant",
            credentials=credentials,
        ),
    )
    assert (after.name, after.external_id, after.settings) == ("n", "e", {"a": 1})
    assert (after.status, after.status_reason) == ("needs_reauth", "invalid_grant")
    assert (after.credentials, after.credentials_masked) == ("v1.k.n.c", "…a1b2")
    assert after.credentials_expires_at == credentials.expires_at


async def test_credentials_are_cleared_as_a_whole(database, credentials):
    await _add(database, credentials=credentials)
    after = await accounts.update(database, "ten_1", "acc_1", AccountChanges(credentials=None))
    assert (after.credentials, after.credentials_type) == (None, None)
    assert (after.credentials_masked, after.credentials_expires_at) == (None, None)


async def test_a_stale_version_is_a_conflict_and_writes_nothing(database):
    await _add(database)
    await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="first"), version=1)
    with pytest.raises(Conflict) as refused:
        await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="second"), version=1)
    assert refused.value.detail == (
        "The account acc_1 was changed by someone else: expected version 1, found 2. Read it again and repeat the change."
    )
    assert (await accounts.get(database, "ten_1", "acc_1")).name == "first"


async def test_another_tenant_sees_and_changes_nothing(database):
    before = await _add(database)
    assert await accounts.get(database, "ten_2", "acc_1") is None
    assert (await account_lists.list_page(database, "ten_2")).items == ()
    assert await accounts.update(database, "ten_2", "acc_1", AccountChanges(name="x")) is None
    assert await accounts.update(database, "ten_2", "acc_1", AccountChanges(name="x"), version=9) is None
    assert not await accounts.delete(database, "ten_2", "acc_1")
    assert await accounts.get(database, "ten_1", "acc_1") == before


async def test_filters_are_combined_and_paged(database):
    await _add(database, "acc_1", external_id="a")
    await _add(database, "acc_2", external_id="b", status="disabled")
    await _add(database, "acc_3", external_id="a", provider="zendesk")
    await _add(database, "acc_4", external_id="a")

    async def ids(**filters):
        return [row.id for row in (await account_lists.list_page(database, "ten_1", **filters)).items]

    assert await ids() == ["acc_1", "acc_2", "acc_3", "acc_4"]
    assert await ids(provider="zendesk") == ["acc_3"]
    assert await ids(status="disabled") == ["acc_2"]
    assert await ids(external_id="a", provider="hubspot", status="active") == ["acc_1", "acc_4"]
    assert await ids(external_id="") == []
    first = await account_lists.list_page(database, "ten_1", external_id="a", limit=2)
    assert [row.id for row in first.items] == ["acc_1", "acc_3"]
    rest = await account_lists.list_page(database, "ten_1", external_id="a", limit=2, cursor=first.next_cursor)
    assert ([row.id for row in rest.items], rest.next_cursor) == (["acc_4"], None)


async def test_deleting_takes_the_marks_along(database, clock):
    await _add(database)
    await idempotency.begin(
        database,
        "ten_1",
        "acc_1",
        b"k" * 32,
        request_digest=b"r" * 32,
        model="crm.contacts",
        operation="create",
        expires_at=clock.now + timedelta(days=1),
    )
    assert await accounts.delete(database, "ten_1", "acc_1")
    assert await accounts.get(database, "ten_1", "acc_1") is None
    assert not await accounts.delete(database, "ten_1", "acc_1")
    assert await accounts.update(database, "ten_1", "acc_1", AccountChanges(name="x")) is None
    async with database.read() as connection:
        assert (await connection.execute(sa.text("SELECT count(*) FROM idempotency"))).scalar() == 0
