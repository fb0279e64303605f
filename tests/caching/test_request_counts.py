"""What a warm request does, counted: a clock on a busy machine says less."""

import hmac

import pytest

from tests.acme import open_acme
from tests.waiting import until
from unified.service.accounts import credentials
from unified.service.accounts.accounts import NewAccount, create_account
from unified.service.records.opening import open_call
from unified.service.records.reading.listing import list_records, next_cursor
from unified.service.runtime import row_cache
from unified.transform.calls.list_calls import ListCalls
from unified.transform.queries.query import Query
from unified.vault import keys, seal

MAPPING = """\
record: |
  {"id": $string(id), "first_name": name}
list:
  - request: GET /people
    items: people
    pagination: {type: page, send: query.page, more: "true"}
"""
REQUESTS = 20


class Counted:
    """Counts the calls of a function that it replaces."""

    def __init__(self, monkeypatch, place, name):
        self.calls = 0
        original = getattr(place, name)

        def counting(*args, **kwargs):
            self.calls += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(place, name, counting)


async def test_a_warm_list_makes_two_digests_and_looks_at_nothing_that_did_not_change(world, monkeypatch):
    """The digests are those of its key and of its audit row, which depend on the request; all else is kept."""
    monkeypatch.setattr(row_cache, "TTL_SECONDS", 60.0)
    for _ in range(3):
        assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    await until(lambda: world.services.audit.waiting == 0)
    monkeypatch.setattr(seal, "LOOK_SECONDS", 60.0)
    assert (await world.get("/crm/contacts", limit=1)).json()["next_cursor"], "the control: a cursor is sealed"
    digests, copies = Counted(monkeypatch, hmac, "digest"), Counted(monkeypatch, hmac.HMAC, "copy")
    looks = Counted(monkeypatch, keys, "stamp")
    parts, plans = Counted(monkeypatch, credentials, "text_parts"), Counted(monkeypatch, ListCalls, "_plan")
    for _ in range(REQUESTS):
        assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    assert (digests.calls, copies.calls) == (0, 2 * REQUESTS), "a prepared MAC is copied, none is made anew"
    assert (parts.calls, plans.calls) == (0, 0)
    assert looks.calls <= 1, "at most one look for a new key within `LOOK_SECONDS`"


@pytest.mark.parametrize("rounds", [1, 3])
async def test_accounts_in_turn_are_read_once_each_while_their_rows_are_kept(tmp_path, monkeypatch, rounds):
    monkeypatch.setattr(row_cache, "TTL_SECONDS", 60.0)
    async with open_acme(tmp_path, MAPPING, {"GET /people": {"people": [{"id": 1, "name": "Ada"}]}}) as acme:
        services, tenant = acme.services, acme.principal.tenant_id
        asked = NewAccount(provider="acme", name="a", credentials={"type": "bearer", "token": "secret-token"})
        accounts = [(await create_account(services, tenant, asked)).id for _ in range(12)]
        reads, checks = Counted(monkeypatch, services.database, "first"), Counted(monkeypatch, services.database.guard, "fits")
        parts = Counted(monkeypatch, credentials, "text_parts")

        async def all_in_turn():
            for one in accounts * rounds:
                call = await open_call(services, acme.principal, one, "crm.contacts", "list")
                page = await list_records(call, Query(limit=1))
                assert page.data[0]["first_name"] == "Ada"
                assert next_cursor(call, page) is not None

        await all_in_turn()
        assert (reads.calls, checks.calls, parts.calls) == (12, 12, 12)
        monkeypatch.setattr(services.rows._accounts, "_clock", lambda: float("inf"))  # every row is to be read again
        await all_in_turn()
        assert reads.calls > 12
        assert (checks.calls, parts.calls) == (12, 12), "a row that did not change is neither checked nor taken apart again"
