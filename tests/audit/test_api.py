"""Every call, refusal and change leaves its row, and no row holds anything of what was sent or answered."""

import asyncio
import base64
import re

import msgspec
import pytest

from tests.world import World
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.service.audit.verification import verify_chain
from unified.service.runtime.audit_writer import AuditLog, Timing
from unified.store import audit

CANARY = "cAnArYmarmalade4711"


async def settled(world: World) -> None:
    """Wait until nothing waits to be written."""
    for _ in range(500):
        if not world.services.audit.waiting:
            return
        await asyncio.sleep(0.02)
    pytest.fail("rows were not written within 10 seconds")


async def rows(world: World, **query):
    """The rows so far, oldest first."""
    await settled(world)
    answer = await world.client.get("/audit", params={"limit": 500, **query})
    assert answer.status_code == 200
    return answer.json()["data"][::-1]


def told(row, *names):
    return tuple(row[name] for name in names)


async def key_id(world: World, token: str) -> str:
    data = (await world.client.get("/api-keys", params={"limit": 500})).json()["data"]
    return next(one["id"] for one in data if one["last4"] == token[-4:])


async def test_a_read_leaves_a_row_with_the_contract_s_fields(world):
    assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    (row,) = await rows(world)
    assert list(row) == [
        *("id", "seq", "at", "actor", "kind", "tool", "server", "method", "model", "account_id", "target"),
        *("decision", "reason", "status", "digest", "request_id", "fields", "hash"),
    ]
    assert re.fullmatch(r"aud_[0-9a-f]{32}", row["id"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", row["at"])
    assert re.fullmatch(r"hmac-sha256:\w+:[0-9a-f]{64}", row["digest"])
    assert re.fullmatch(r"[0-9a-f]{64}", row["hash"])
    assert row["actor"] == await key_id(world, world.admin_key)
    assert told(row, "seq", "kind", "method", "model", "account_id", "decision", "reason", "status") == (
        1,
        "call",
        "list",
        "crm.contacts",
        world.accounts["hubspot"],
        "allowed",
        None,
        200,
    )


async def test_writes_leave_rows_with_the_provider_s_status(world):
    made = (await world.send("POST", "/crm/contacts", {"first_name": "Ada"})).json()
    await world.send("PATCH", f"/crm/contacts/{made['id']}", {"last_name": "L"})
    await world.send("DELETE", f"/crm/contacts/{made['id']}")
    assert [told(row, "method", "status", "decision") for row in await rows(world)] == [
        ("create", 200, "allowed"),  # the provider's last answer: the record is asked for after the write
        ("update", 200, "allowed"),
        ("delete", 204, "allowed"),
    ]


async def test_what_the_provider_says_no_to_is_a_call(world):
    assert (await world.get("/crm/contacts/999999")).status_code == 404
    (row,) = await rows(world)
    assert told(row, "kind", "decision", "reason", "status") == ("call", "allowed", "not_found", 404)


REFUSALS = {
    "method_not_allowed_by_scope": ({"methods": ["read"]}, "POST /crm/contacts", ("create", "crm.contacts")),
    "outside_models": ({"models": ["crm.users"]}, "GET /crm/contacts", ("list", "crm.contacts")),
    "outside_tags": ({"tags": ["hris"]}, "GET /crm/contacts/1", ("get", "crm.contacts")),
    "outside_accounts": ({"accounts": ["acc_other"]}, "GET /crm/contacts", ("list", "crm.contacts")),
    "field_hidden": (
        {"fields": {"hide": ["crm.contacts.emails"]}},
        "GET /crm/contacts?fields=emails",
        ("list", "crm.contacts"),
    ),
    "writes_denied": ({"methods": ["read", "write"], "writes": "deny"}, "DELETE /proxy/crm", ("DELETE /proxy", None)),
}


@pytest.mark.parametrize("reason", REFUSALS)
async def test_a_refusal_leaves_one_row_before_its_answer(world, reason):
    scope, asked, noted = REFUSALS[reason]
    if "accounts" in scope:
        scope = {"accounts": [world.accounts["jira"]]}
    method, _, path = asked.partition(" ")
    token = await world.key(scope=scope)
    before = len(await world.reached())
    answer = await world.client.request(
        method,
        path,
        json={} if method == "POST" else None,
        headers={"Authorization": f"Bearer {token}", "Unified-Account": world.accounts["hubspot"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (403, reason)
    assert (await verify_chain(world.services.database, world.tenant)).rows == 1, "written before the answer"
    (row,) = await rows(world)
    assert told(row, "kind", "decision", "reason", "status") == ("refusal", "denied", reason, None)
    assert told(row, "method", "model") == noted
    assert told(row, "actor", "account_id") == (await key_id(world, token), world.accounts["hubspot"])
    assert len(await world.reached()) == before


async def test_refusals_before_an_account_is_known_leave_a_row_with_the_route(world):
    await world.client.get("/crm/contacts")
    await world.client.get("/crm/nothing", params={"account_id": "acc_1"})
    await world.client.get("/accounts/acc_unknown")
    await world.client.get("/crm/contacts", params={"account_id": "acc_unknown"})
    assert [told(row, "kind", "method", "account_id", "target", "reason") for row in await rows(world)] == [
        ("refusal", "GET /{category}/{model}", None, None, "validation_failed"),
        ("refusal", "GET /{category}/{model}", None, None, "not_found"),
        ("refusal", "GET /accounts/{id}", "acc_unknown", "acc_unknown", "not_found"),
        ("refusal", "list", "acc_unknown", None, "not_found"),
    ]


async def test_changes_of_keys_and_accounts_leave_rows_with_what_they_changed(world):
    key = (await world.client.post("/api-keys", json={"name": "k", "role": "app"})).json()["id"]
    await world.client.delete(f"/api-keys/{key}")
    account = world.accounts["jira"]
    await world.client.patch(f"/accounts/{account}", json={"name": "new"})
    await world.client.get(f"/accounts/{account}")  # a read of ours leaves no row
    await world.client.delete(f"/accounts/{account}")
    found = await rows(world)
    assert [told(row, "kind", "decision", "method", "target", "account_id") for row in found] == [
        ("management", "allowed", "POST /api-keys", key, None),
        ("management", "allowed", "DELETE /api-keys/{id}", key, None),
        ("management", "allowed", "PATCH /accounts/{id}", account, account),
        ("management", "allowed", "DELETE /accounts/{id}", account, account),
    ]


async def test_a_batch_leaves_a_row_for_each_write(world):
    items = [
        {"op": "create", "data": {"first_name": "Ada"}},
        {"op": "update", "id": "999999", "data": {"first_name": "B"}},
        {"op": "create", "data": {"nonsense": 1}},
    ]
    answer = await world.send("POST", "/crm/contacts/batch", {"items": items})
    assert [one["status"] for one in answer.json()["results"]] == [201, 404, 422]
    found = await rows(world)
    assert [told(row, "kind", "method", "decision", "reason", "status") for row in found] == [
        ("call", "create", "allowed", None, 200),
        ("call", "update", "allowed", "not_found", 404),
        ("refusal", "create", "denied", "validation_failed", None),
    ]
    assert len({row["digest"] for row in found}) == 3


async def test_a_batch_that_is_refused_whole_leaves_a_row(world):
    token = await world.key(scope={"methods": ["create"]})
    items = [{"op": "create", "data": {"first_name": "Ada"}}, {"op": "delete", "id": "1"}]
    answer = await world.send("POST", "/crm/contacts/batch", {"items": items}, Authorization=f"Bearer {token}")
    assert answer.status_code == 403
    assert {told(row, "method", "decision") for row in await rows(world)} >= {("delete", "denied")}


async def test_expanding_leaves_a_row_for_each_model_that_was_read(world):
    assert (await world.get("/crm/contacts", expand="owner", limit=5)).status_code == 200
    assert [told(row, "method", "model", "status") for row in await rows(world)] == [
        ("list", "crm.contacts", 200),
        ("get", "crm.users", 200),
    ]


async def test_the_pass_through_leaves_a_row(world):
    await world.get("/proxy/crm/v3/objects/contacts")
    await world.get("/proxy/crm/v3/objects/contacts/999999")
    assert [told(row, "kind", "method", "model", "decision", "status") for row in await rows(world)] == [
        ("call", "GET /proxy", None, "allowed", 200),
        ("call", "GET /proxy", None, "allowed", 404),
    ]


async def test_a_revoked_key_leaves_a_row_and_an_unknown_one_none(world):
    made = (await world.client.post("/api-keys", json={"name": "k", "role": "app"})).json()
    await world.client.delete(f"/api-keys/{made['id']}")
    revoked = await world.client.get("/crm/contacts", headers={"Authorization": f"Bearer {made['key']}"})
    for wrong in ("Bearer uk_nonsense", "Basic x", ""):
        unknown = await world.client.get("/crm/contacts", headers={"Authorization": wrong})
        assert unknown.status_code == revoked.status_code == 401
        assert unknown.json()["detail"] == revoked.json()["detail"]
    found = await rows(world)
    assert [told(row, "actor", "kind", "decision", "reason", "method") for row in found[2:]] == [
        (made["id"], "refusal", "denied", "unauthenticated", "GET /{category}/{model}")
    ]


async def test_equal_requests_have_equal_digests_and_others_do_not(world):
    async def digest(method, path, content):
        await world.client.request(
            method,
            path,
            content=content,
            headers={"Content-Type": "application/json", "Unified-Account": world.accounts["hubspot"]},
        )
        return (await rows(world))[-1]["digest"]

    base = await digest("POST", "/crm/contacts", '{"first_name": "Ada", "last_name": "L"}')
    assert await digest("POST", "/crm/contacts", '{ "last_name":"L","first_name":"\\u0041da"}') == base
    assert await digest("POST", "/crm/contacts", '{"first_name": "Ada", "last_name": "M"}') != base
    assert await digest("POST", "/crm/leads", '{"first_name": "Ada", "last_name": "L"}') != base
    asked = await digest("GET", "/crm/contacts?limit=1&sort=-created_at", None)
    assert await digest("GET", "/crm/contacts?sort=-created_at&limit=1", None) == asked
    assert await digest("GET", "/crm/contacts?sort=-created_at&limit=2", None) != asked


def forms(canary: str) -> list[str]:
    """A canary as it is, in hex, and in base64 at each of the three alignments."""
    raw = canary.encode()
    encoded = [base64.b64encode(b"x" * by + raw).decode()[4 if by else 0 : -4] for by in range(3)]
    return [canary.lower(), raw.hex(), *(one.lower() for one in encoded)]


async def dumped(world: World) -> str:
    await settled(world)
    async with world.services.database.read() as connection:
        found = (await connection.exec_driver_sql("SELECT * FROM audit")).all()
    return str([tuple(row) for row in found]).lower()


async def test_nothing_that_was_sent_or_answered_is_in_a_row(world):
    account = world.accounts["hubspot"]
    made = await world.send("POST", "/crm/contacts", {"first_name": CANARY, "emails": [{"email": f"{CANARY}@x.example"}]})
    assert CANARY in made.text
    await world.get(f"/crm/contacts/{made.json()['id']}")
    await world.get("/crm/contacts", **{"filter[first_name]": CANARY})
    await world.get(f"/crm/contacts/{CANARY}")
    await world.send("POST", f"/crm/contacts/1/{CANARY}", {})
    await world.get(f"/crm/{CANARY}")
    await world.get("/crm/contacts", cursor=CANARY)
    await world.send(
        "POST", "/crm/contacts", {CANARY: 1}, **{"Idempotency-Key": CANARY, "X-Request-Id": f"{CANARY} {CANARY}"}
    )  # a well-formed id is the caller's own
    await world.client.get("/crm/contacts", params={"account_id": CANARY})
    await world.get(f"/proxy/{CANARY}", q=CANARY)
    await world.client.request("POST", "/api-keys", json={"name": CANARY, "role": "app"})
    await world.client.request("DELETE", f"/api-keys/{CANARY}")
    asked = {"provider": "hubspot", "name": CANARY, "credentials": {"type": "bearer", "token": f"pat-{CANARY}"}}
    assert (await world.client.post("/accounts", json=asked)).status_code == 201
    await world.client.patch(f"/accounts/{account}", json={"name": CANARY})
    await world.client.get("/crm/contacts", headers={"Authorization": f"Bearer {CANARY}"})
    found = await dumped(world)
    assert len(await rows(world)) >= 13
    assert "(not an id)" in found
    assert [one for one in forms(CANARY) if one in found] == []
    assert [one for one in forms(world.admin_key) if one in found] == []


async def test_the_search_would_find_a_canary(world):
    for planted in (CANARY, CANARY.encode().hex(), base64.b64encode(f"xy{CANARY}".encode()).decode()):
        assert any(one in str([planted]).lower() for one in forms(CANARY)), planted


async def test_only_an_admin_reads_the_trail(world):
    as_app = {"Authorization": f"Bearer {await world.key(role='app')}"}
    answer = await world.client.get("/audit", headers=as_app)
    assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")
    (row,) = await rows(world)
    assert told(row, "kind", "method", "reason") == ("refusal", "GET /audit", "method_not_allowed_by_scope")


async def test_the_trail_is_filtered_and_paged(world):
    await world.get("/crm/contacts", limit=1)
    await world.get("/ticketing/tickets", provider="jira", limit=1)
    await world.client.get("/accounts/acc_unknown")
    assert [row["model"] for row in await rows(world, account_id=world.accounts["jira"])] == ["ticketing.tickets"]
    assert [row["kind"] for row in await rows(world, decision="denied")] == ["refusal"]
    assert await rows(world, actor="cli") == []
    assert len(await rows(world, kind="call")) == 2
    everything = await rows(world)
    assert [row["seq"] for row in await rows(world, since=everything[1]["at"])] == [2, 3]
    assert [row["seq"] for row in await rows(world, until=everything[1]["at"])] == [1]
    first = (await world.client.get("/audit", params={"limit": 2})).json()
    rest = (await world.client.get("/audit", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [row["seq"] for row in first["data"] + rest["data"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "pointer", "message"),
    [
        ({"decision": "maybe"}, "decision", "expected one of allowed, denied"),
        ({"kind": "x"}, "kind", "expected one of call, refusal, management"),
        ({"since": "yesterday"}, "since", "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)"),
        ({"until": "2026-12-31T00:00:00"}, "until", "expected a time with its zone, such as 2026-12-31T00:00:00Z (RFC 3339)"),
        ({"limit": "0"}, "limit", "expected a whole number from 1 to 500"),
        (
            {"who": "x"},
            "who",
            "unknown parameter. Known: limit, cursor, account_id, actor, decision, kind, server, request_id, since, until",
        ),
    ],
)
async def test_a_filter_that_cannot_be_is_refused(world, query, pointer, message):
    answer = await world.client.get("/audit", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": pointer, "code": answer.json()["errors"][0]["code"], "message": message}]


async def test_requests_continue_while_the_trail_is_slow_and_denials_wait(world):
    """The writer stands still: allowed calls are answered all the same, a denial is not."""
    gate = asyncio.Event()

    async def stuck(*given, **more):
        await gate.wait()
        await audit.append(*given, **more)

    log = AuditLog(world.services.database, Timing(wait_timeout=0.3), append=stuck)
    writer = asyncio.create_task(log.write_until_closed())
    services = msgspec.structs.replace(world.services, audit=log)
    world.client._transport.app = _app(services)
    async with asyncio.timeout(20):
        for _ in range(20):
            assert (await world.get("/crm/contacts", limit=1)).status_code == 200
    assert log.waiting == 20
    denied = await world.client.get("/accounts/acc_unknown")
    assert (denied.status_code, denied.json()["code"]) == (503, "overloaded")
    gate.set()
    await log.close(writer)
    verdict = await verify_chain(services.database, world.tenant)
    assert (verdict.rows, verdict.fault) == (21, None)


def _app(services):
    server = build_server(services.settings, lambda: None, ROUTES)
    server.state.services = services
    return server


async def test_ready_says_when_the_trail_cannot_be_written(world):
    assert (await world.client.get("/ready")).status_code == 200
    world.services.audit.healthy = False
    answer = await world.client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "audit": "cannot be written"})
