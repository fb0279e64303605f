"""The table of sealed columns is complete, and a text is replaced only where it still stands."""

import re

import pytest
import sqlalchemy as sa

from unified.store import accounts
from unified.store.accounts import AccountChanges, SealedCredentials
from unified.store.engine.tables import ACCOUNTS, METADATA
from unified.store.integrity.guarded import is_covered
from unified.store.integrity.sealed import SEALED, Resealed, count_by_key, find_other, list_texts, replace_texts

CREDENTIALS = SEALED[0]
PLAIN_TEXT = {"deliveries.payload", "audit.fields"}
"""Long texts that hold no secret."""
SHOWN = {
    "accounts.credentials_type",
    "accounts.credentials_masked",
    "accounts.credentials_version",
    "accounts.credentials_issued_at",
    "accounts.credentials_expires_at",
    "accounts.credentials_refreshable",
    "webhooks.secret_masked",
    "oauth_apps.client_id_masked",
    "oauth_apps.client_secret_masked",
    "idempotency.key_digest",
    "sessions.key_id",
    "approvals.key_id",
    "mcp_servers.require_api_token_auth",
    "deliveries.payload",
}
"""Columns that are named like a secret and hold none."""
SECRET = re.compile(r"secret|credential|token|client|^attempt$|password|key|payload|sealed|state$")
DIGESTS = {"connect_links.state"}


def _names(pick):
    return {f"{table.name}.{column.name}" for table in METADATA.sorted_tables for column in table.columns if pick(column)}


def test_every_long_text_is_sealed_or_known_to_hold_no_secret():
    """Sealed text stands in TEXT columns; a new one is a row of SEALED, or of PLAIN_TEXT here with a reason."""
    texts = _names(lambda column: isinstance(column.type, sa.Text))
    assert texts - PLAIN_TEXT == {column.name for column in SEALED}


def test_every_column_named_like_a_secret_is_sealed_or_known_to_hold_none():
    named = _names(lambda column: SECRET.search(column.name))
    assert named - SHOWN - DIGESTS == {column.name for column in SEALED}


def test_a_column_that_is_not_in_the_table_would_be_found():
    assert SECRET.search("api_secret")
    assert SECRET.search("refresh_token")
    assert not SECRET.search("attempts")


@pytest.mark.parametrize("column", SEALED, ids=lambda column: column.name)
def test_a_sealed_column_names_its_row_in_full(column):
    row = {column.table.c[name] for name in (column.owner, column.id) if name}
    unique = [
        set(one.columns) for one in column.table.constraints if isinstance(one, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))
    ]
    assert any(one <= row for one in unique)
    assert column.place_of("ten_1", "x") == (column.table.name, column.place or column.column, "ten_1", "x")
    bound = dict.fromkeys(column.bound, 1)
    assert column.context("ten_1", "x", **bound)[:4] == column.place_of("ten_1", "x")
    assert len({column.context("ten_1", "x", **{**bound, name: 2}) for name in column.bound}) == len(bound)
    with pytest.raises(TypeError):
        column.context("ten_1", "x", other=1)


@pytest.mark.parametrize("column", SEALED, ids=lambda column: column.name)
def test_an_older_text_of_the_same_row_does_not_pass_for_the_present_one(column):
    """It is covered by the row's MAC, or bound to columns that are; or there is only ever one text, which names its state."""
    written_once = {"approvals.payload", "service_keys.secret", "connect_links.attempt"}
    assert is_covered(column.text) or column.bound or column.name in written_once
    assert all(is_covered(column.table.c[name]) for name in column.bound)


def test_a_former_secret_keeps_the_context_of_the_secret():
    contexts = {column.name: column.place_of("t", "x") for column in SEALED}
    assert contexts["webhooks.previous_secret"] == contexts["webhooks.secret"] == ("webhooks", "secret", "t", "x")


async def _add(database, number, text, tenant="ten_1"):
    credentials = SealedCredentials(sealed=text, type="bearer", masked="…")
    return await accounts.add(database, tenant, f"acc_{number}", provider="hubspot", name="a", credentials=credentials)


async def test_texts_are_counted_by_the_key_that_sealed_them(database):
    for number, text in enumerate(("v1.a.n.c", "v1.a.n.d", "v1.a_b.n.c", "v1.axb.n.c", "v2.a.n.c", "junk")):
        await _add(database, number, text)
    await accounts.add(database, "ten_1", "acc_none", provider="hubspot", name="a")
    assert await count_by_key(database, CREDENTIALS, ["a", "a_b"]) == {"a": 2, "a_b": 1, "": 3}
    assert await find_other(database, CREDENTIALS, ["a", "a_b"]) == "v1.axb.n.c"
    assert await find_other(database, CREDENTIALS, ["a", "a_b", "axb"]) is None


async def test_texts_of_other_keys_are_listed_batch_by_batch(database):
    for number in range(5):
        await _add(database, number, f"v1.{'new' if number == 2 else 'old'}.n.{number}", tenant=f"ten_{1 + number % 2}")
    seen, after = [], None
    while found := await list_texts(database, CREDENTIALS, current="new", after=after, limit=2):
        seen += [(one.tenant_id, one.row_id) for one in found]
        after = found[-1]
    assert seen == [("ten_1", "acc_0"), ("ten_1", "acc_4"), ("ten_2", "acc_1"), ("ten_2", "acc_3")]


async def test_a_text_that_changed_meanwhile_is_left_alone(database, clock):
    first, second = await _add(database, 1, "v1.old.n.1"), await _add(database, 2, "v1.old.n.2")
    texts = await list_texts(database, CREDENTIALS, current="new", after=None, limit=10)
    changed = SealedCredentials(sealed="v1.old.n.refreshed", type="oauth2", masked="…")
    await accounts.update(database, "ten_1", "acc_2", AccountChanges(credentials=changed))
    clock.forward(seconds=5)
    wanted = [Resealed(old=one, text=f"v1.new.n.{one.row_id}") for one in texts]
    assert await replace_texts(database, CREDENTIALS, wanted) == 1
    now = await accounts.get(database, "ten_1", "acc_1")
    differ = {name for name in now.__struct_fields__ if getattr(now, name) != getattr(first, name)}
    assert differ == {"credentials"}
    assert now.credentials == "v1.new.n.acc_1"
    late = await accounts.get(database, "ten_1", "acc_2")
    assert (late.credentials, late.credentials_version) == ("v1.old.n.refreshed", second.credentials_version + 1)


async def test_another_tenants_row_with_the_same_text_is_not_touched(database):
    await _add(database, 1, "v1.old.n.1")
    await _add(database, 2, "v1.old.n.1", tenant="ten_2")
    texts = await list_texts(database, CREDENTIALS, current="new", after=None, limit=1)
    assert await replace_texts(database, CREDENTIALS, [Resealed(old=texts[0], text="v1.new.n.1")]) == 1
    async with database.read() as connection:
        found = (
            (await connection.execute(sa.select(ACCOUNTS.c.id).where(ACCOUNTS.c.credentials == "v1.new.n.1"))).scalars().all()
        )
    assert list(found) == ["acc_1"]
