"""What a mark covers has one text only, and the functions that write keep it true."""

import hmac

import pytest
import sqlalchemy as sa

from unified.store import accounts, api_keys, guarded, tenants
from unified.store.accounts import AccountChanges
from unified.store.engine import open_database
from unified.store.guarded import GUARDED
from unified.store.tables import API_KEYS, TENANTS


class Guard:
    """Marks with a key of its own and remembers what it refused."""

    def __init__(self):
        self.refused = []

    def mark(self, place, content):
        return "m1.k." + hmac.digest(b"k", repr(place).encode() + content, "sha256").hex()

    def fits(self, place, content, mac):
        return mac == self.mark(place, content)

    def refuse(self, table, tenant_id, row_id):
        self.refused.append((table, tenant_id, row_id))


@pytest.fixture
async def marked(database, url, clock):
    opened = await open_database(url, clock, guard=Guard())
    await tenants.add(opened, "ten_9", name="nine")
    yield opened
    await opened.close()


def _row(table, **given):
    return dict.fromkeys(one.name for one in table.columns) | given


KEYS = guarded.guarded_table(API_KEYS)


def test_values_that_look_alike_have_other_contents():
    rows = [
        _row(API_KEYS, name="a", role="bc"),
        _row(API_KEYS, name="ab", role="c"),
        _row(API_KEYS, name="abc"),
        _row(API_KEYS, role="abc"),
        _row(API_KEYS, name=""),
        _row(API_KEYS),
        _row(API_KEYS, expires_at=1),
        _row(API_KEYS, expires_at="1"),
        _row(API_KEYS, expires_at=b"1"),
        _row(API_KEYS, revoked_at=1),
        _row(API_KEYS, name="name", role="4"),
        _row(API_KEYS, scope="{}"),
        _row(API_KEYS, scope="null"),
        _row(API_KEYS, scope='{"a": 1}'),
        _row(API_KEYS, scope='{"a":1}'),
    ]
    assert len({KEYS.content(row) for row in rows}) == len(rows)


def test_what_is_free_is_not_covered():
    assert KEYS.content(_row(API_KEYS, last_used_at=1, mac="x")) == KEYS.content(_row(API_KEYS))


@pytest.mark.parametrize("one", GUARDED, ids=lambda one: one.table.name)
def test_free_columns_are_columns(one):
    assert set(one.free) <= {column.name for column in one.table.columns}
    assert "mac" not in one.covered
    assert {column.name for column in one.table.primary_key.columns} <= set(one.covered)


async def test_rows_that_do_not_hold_are_skipped_in_lists_and_pages_go_on(marked):
    for number in range(5):
        await api_keys.add(
            marked,
            "ten_9",
            f"key_{number}",
            name="k",
            role="app",
            scope=None,
            digest=bytes([number]) * 32,
            last4="abcd",
            expires_at=None,
        )
    async with marked.write() as connection:
        forged = sa.update(API_KEYS).where(API_KEYS.c.id.in_(["key_1", "key_3"])).values(role="admin")
        await connection.execute(forged)
    seen, cursor = [], None
    while True:
        page = await api_keys.list_page(marked, "ten_9", limit=2, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["key_0", "key_2", "key_4"]
    assert set(marked.guard.refused) == {("api_keys", "ten_9", "key_1"), ("api_keys", "ten_9", "key_3")}


async def test_a_change_of_free_columns_keeps_the_mark(marked):
    await accounts.add(marked, "ten_9", "acc_1", provider="hubspot", name="a")
    before = await _mark(marked)
    await accounts.update(marked, "ten_9", "acc_1", AccountChanges(status_reason="why"))
    assert await _mark(marked) == before
    await accounts.update(marked, "ten_9", "acc_1", AccountChanges(status="disabled"))
    assert await _mark(marked) != before
    assert (await accounts.get(marked, "ten_9", "acc_1")).status == "disabled"


async def _mark(database):
    async with database.read() as connection:
        return (await connection.execute(sa.text("SELECT mac FROM accounts"))).scalar()


async def test_a_row_with_a_value_of_no_such_type_in_a_free_column_is_unknown(marked, kind):
    if kind != "sqlite":
        pytest.skip("PostgreSQL takes no such value")
    await accounts.add(marked, "ten_9", "acc_1", provider="hubspot", name="a")
    async with marked.write() as connection:
        await connection.execute(sa.text("UPDATE accounts SET updated_at = 'never'"))
    assert await accounts.get(marked, "ten_9", "acc_1") is None
    assert marked.guard.refused == [("accounts", "ten_9", "acc_1")]


async def test_a_tenant_that_does_not_hold_is_unknown(marked):
    async with marked.write() as connection:
        await connection.execute(sa.update(TENANTS).values(return_origins=["https://evil.test"]))
    assert await tenants.get(marked, "ten_9") is None
