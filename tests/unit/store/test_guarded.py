"""What a mark covers has one text only, and the functions that write keep it true."""

import ast
import hmac
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.tokens import add_key
from unified import store
from unified.store import accounts, api_keys, bearer_tokens, refreshes, tenants
from unified.store.accounts import AccountChanges
from unified.store.engine.engine import open_database
from unified.store.engine.tables import API_KEYS, TENANTS
from unified.store.integrity import guarded
from unified.store.integrity.guarded import GUARDED


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


def test_free_columns_are_not_covered():
    assert KEYS.content(_row(API_KEYS, last_used_at=1, mac="x")) == KEYS.content(_row(API_KEYS))


@pytest.mark.parametrize("one", GUARDED, ids=lambda one: one.table.name)
def test_free_columns_are_columns(one):
    assert set(one.free) <= {column.name for column in one.table.columns}
    assert "mac" not in one.covered
    assert {column.name for column in one.table.primary_key.columns} <= set(one.covered)


async def test_rows_that_do_not_hold_are_skipped_in_lists_and_pages_continue(marked):
    for number in range(5):
        await add_key(
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
        page = await bearer_tokens.list_page(marked, api_keys.KEYS, "ten_9", limit=2, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["key_0", "key_2", "key_4"]
    assert set(marked.guard.refused) == {("api_keys", "ten_9", "key_1"), ("api_keys", "ten_9", "key_3")}


async def test_a_change_of_free_columns_keeps_the_mark(marked):
    row = await accounts.add(marked, "ten_9", "acc_1", provider="hubspot", name="a")
    before = await _mark(marked)
    assert await refreshes.begin(marked, row, holder="h", lease=timedelta(seconds=5)) is not None
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


PAST_THE_GUARD = {
    "approvals._matching",
    "api_keys.announce_ends",
    "approvals.get_payload",
    "approvals.lapse",
    "audit._lock",
    "bearer_tokens.touch",
    "connect_links.fail",
    "deliveries._is_full",
    "deliveries.drop_pending",
    "deliveries.settle",
    "deliveries.take_due",
    "idempotency._marks_of",
    "refreshes.give_back",
    "refreshes.list_due",
    "row_counts._and_below",
    "row_counts.makers_above",
    "service_keys.has_tokens",
    "credential_loss.give_up_credentials",
    "tenants.is_of_suspended",
    "webhooks.note_failure",
    "webhooks.note_success",
}
"""Statements on guarded tables that are not given to `guarded`: they write free columns, lock, read what is sealed, or are
handed on by their callers (`_matching`). `deliveries._is_full` and `row_counts` count for bounds, so that an edited maker of
a key only changes in whose half of a bound its rows count, and `refreshes.list_due` puts the ids of rows into an
order before it reads them through the guard. `idempotency._marks_of` finds the marks of an approved write, `api_keys.announce_ends` writes when an end was announced, and
`tenants.is_of_suspended` only leaves rows out: what is done for a tenant asks for its guarded row."""
STATEMENTS = {"insert", "update", "select"}
TABLES = {one.table.name.upper() for one in GUARDED}


def _direct(tree):
    """The functions that make a statement on a guarded table and do not hand it to `guarded` or `fetch_page`."""
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)):
        handed = any(isinstance(one, ast.Name) and one.id in {"guarded", "fetch_page"} for one in ast.walk(function))
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            owner = getattr(getattr(call.func, "value", None), "id", "")
            if name not in STATEMENTS or owner == "guarded" or not call.args:
                continue
            first = call.args[0]
            if ast.unparse(first) == "kind.table":  # of a `TokenKind`
                first = ast.Name("API_KEYS")
            columns = isinstance(first, ast.Attribute)
            while isinstance(first, ast.Attribute):
                first = first.value
            if isinstance(first, ast.Name) and first.id in TABLES and (columns or name != "select" or not handed):
                yield function.name


def test_every_statement_on_a_guarded_table_goes_through_the_guard():
    """A new one is handed to `guarded`, or listed above with a reason that holds."""
    folder = Path(store.__file__).parent
    found = set()
    for path in folder.rglob("*.py"):
        if path.stem not in {"guarded", "marks", "sealed", "adoption"}:
            found |= {f"{path.stem}.{name}" for name in _direct(ast.parse(path.read_text()))}
    assert found == PAST_THE_GUARD


def test_statements_past_the_guard_write_free_columns_only():
    """What `touch` and its like write is covered by no mark, so that they need none."""
    for table, columns in {
        "api_keys": {"last_used_at", "end_announced_at"},
        "mcp_servers": {"last_used_at"},
        "approvals": {"payload"},
        "accounts": {"credentials", "refresh_lease", "refresh_lease_until", "refresh_not_before"},
        "connect_links": {"failures"},
        "webhooks": {"failing_since"},
        "deliveries": {"status", "attempts", "next_attempt_at", "lease_until", "last_status", "last_error", "delivered_at"},
    }.items():
        assert columns <= set(next(one.free for one in GUARDED if one.table.name == table))
