"""The id in an answer leads to exactly one access line, to the lines of what went wrong, and to exactly its audit rows."""

import io
import json
import logging
import re

import pytest
import structlog

from tests.routes import WEB_TABLE
from tests.security.every_route import requests
from tests.security.world import open_world
from tests.waiting import until
from tests.world import add_key, lend_server, open_client
from unified.api.requests.access import SESSION_COOKIE
from unified.service.access.sessions import sign_in
from unified.telemetry.logs import configure_logs
from unified.telemetry.recording import record_call
from unified.telemetry.request_ids import id_of_request
from unified.telemetry.request_scope import RequestScope, background_work, current_request_id, within_scope


@pytest.fixture
async def world(tmp_path):
    async with open_world("sqlite", tmp_path) as opened:
        yield opened


@pytest.fixture
def lines():
    """The log lines as they are written, decoded."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level, logging.raiseExceptions)
    configure_logs(stream)
    try:
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        root.handlers, root.level, logging.raiseExceptions = before
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()


async def rows_of(world):
    await until(lambda: world.services.audit.waiting == 0)
    found = {}
    for row in (await world.dump(world.ours))["audit"]:
        found.setdefault(row["request_id"], []).append(row["id"])
    return found


async def test_every_answer_of_every_route_leads_to_its_line_and_its_rows(world, lines):
    answers = {}
    for one in sorted(requests(world.ours.rows), key=lambda one: one.method != "GET"):  # before anything is deleted
        key = world.ours.keys["admin" if len(answers) % 3 else "approver"]
        headers = {**one.headers, **({} if len(answers) % 7 == 0 else {"Authorization": f"Bearer {key}"})}
        answer = await world.client.request(one.method, one.path, params=one.query, headers=headers, json=one.body)
        answers[answer.headers["x-request-id"]] = (one.label, answer)
    await until(lambda: world.services.audit.waiting == 0)
    logged = [line for line in lines() if line.get("event") == "request"]
    rows = await rows_of(world)
    assert [line["request_id"] for line in logged] == list(answers), "one line for each request, in order"
    refused = 0
    for line in logged:
        label, answer = answers[line["request_id"]]
        assert line["status"] == answer.status_code, label
        if answer.headers.get("content-type", "").startswith("application/problem+json"):
            problem = answer.json()
            told = (line["request_id"], line["code"])
            assert told == (problem["request_id"], problem["code"]), label
            refused += 1
    assert refused > 20
    assert sum(1 for line in logged if line.get("calls")) > 5
    admin = {"Authorization": f"Bearer {await add_key(world.services, world.ours.id, name='search', role='admin')}"}
    searched = [one for one in answers if one in rows][:: max(1, len(rows) // 25)]
    assert len(searched) > 10
    for request_id in searched:
        found = (await world.client.get("/audit", params={"request_id": request_id}, headers=admin)).json()["data"]
        assert sorted(row["id"] for row in found) == sorted(rows[request_id]), answers[request_id][0]
        assert {row["request_id"] for row in found} == {request_id}
    theirs = {"Authorization": f"Bearer {world.theirs.keys['admin']}"}
    assert (await world.client.get("/audit", params={"request_id": searched[0]}, headers=theirs)).json()["data"] == []


async def test_the_line_of_a_call_tells_what_was_called(world, lines):
    account = world.ours.rows["accounts"]["id"]
    headers = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    listed = await world.client.get("/crm/contacts", params={"account_id": account, "limit": 1}, headers=headers)
    missing = await world.client.get("/crm/contacts/999999", params={"account_id": account}, headers=headers)
    assert (listed.status_code, missing.status_code) == (200, 404)
    first, second = (line for line in lines() if line.get("event") == "request")
    same = {"tenant": world.ours.id, "provider": "hubspot", "account": account, "model": "crm.contacts"}
    assert (same | {"calls": 2}).items() <= first.items(), "the contacts, and the definitions of their custom fields"
    assert (first["operation"], first["upstream_status"], "code" in first) == ("list", 200, False)
    assert same.items() <= second.items()
    assert (second["operation"], second["upstream_status"], second["code"]) == ("get", 404, "not_found")
    assert first["upstream_ms"] <= first["ms"]
    assert "999999" not in json.dumps(lines())


async def test_each_write_of_a_batch_is_found_by_the_request(world, lines):
    query = {"account_id": world.ours.rows["accounts"]["id"]}
    items = [
        {"method": "create", "body": {"first_name": "Ada"}},
        {"method": "update", "id": "999999", "body": {"first_name": "B"}},
    ]
    headers = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    answer = await world.client.post("/crm/contacts/batch", params=query, json={"operations": items}, headers=headers)
    request_id = answer.headers["x-request-id"]
    (line,) = [line for line in lines() if line.get("event") == "request"]
    assert line["request_id"] == request_id
    assert answer.status_code in {200, 207, 422}, answer.text
    assert request_id in await rows_of(world)


async def test_pages_and_agents_are_found_too(world, lines):
    session = await sign_in(world.services, world.ours.keys["admin"])
    ids = []
    for page in [one for one in WEB_TABLE if "GET" in one.methods]:
        path = re.sub(r"\{\w+:\w+\}", "x", page.path)
        headers = {"Accept": "text/html", "Cookie": f"{SESSION_COOKIE}={session}"}
        answer = await world.client.get(path, headers=headers)
        ids.append((page.path, answer))
    logged = {line["request_id"]: line for line in lines() if line.get("event") == "request"}
    for path, answer in ids:
        line = logged[answer.headers["x-request-id"]]
        assert line["status"] == answer.status_code, path
        if answer.status_code >= 400:
            assert line["code"], path
    async with lend_server(world.services) as server, open_client(server) as client:
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
        headers["Authorization"] = f"Bearer {world.ours.token}"
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "nothing", "arguments": {}}}
        url = "http://127.0.0.1:8400/mcp"
        unknown = await client.post(url, json=call, headers=headers)
        refused = await client.post(url, json=call, headers={**headers, "Authorization": "Bearer um_nothing"})
    logged = {line["request_id"]: line for line in lines() if line.get("event") == "request"}
    assert logged[unknown.headers["x-request-id"]]["tenant"] == world.ours.id
    assert logged[refused.headers["x-request-id"]]["code"] == refused.json()["error"]["data"]["code"] == "not_found"
    assert refused.json()["error"]["data"]["request_id"] == refused.headers["x-request-id"]
    assert unknown.headers["x-request-id"] in await rows_of(world)


async def test_a_fault_is_found_by_the_id_in_its_answer(world, lines, monkeypatch):
    async def broken(*_args, **_named):
        raise ZeroDivisionError("planted text")

    monkeypatch.setattr("unified.store.audit.list_page", broken)
    headers = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    answer = await world.client.get("/audit", headers=headers)
    found = [line for line in lines() if line.get("request_id") == answer.json()["request_id"]]
    assert [line["event"] for line in found] == ["fault", "request"]
    assert (found[0]["kind"], found[1]["code"], "planted" in str(found)) == ("ZeroDivisionError", "internal", False)


async def test_an_event_of_a_request_and_its_deliveries_name_the_request(world, lines):
    headers = {"Authorization": f"Bearer {world.ours.keys['admin']}"}
    webhook = world.ours.rows["webhooks"]["id"]
    answer = await world.client.post(f"/webhooks/{webhook}/test", headers=headers)
    assert answer.status_code in {200, 202}, answer.text
    listed = (await world.client.get(f"/webhooks/{webhook}/deliveries", headers=headers)).json()["data"]
    assert answer.headers["x-request-id"] in {one["request_id"] for one in listed}


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("abc-1.2_X", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("", False),
        ("a b", False),
        ("a\nb", False),
        ("ä", False),
        ("uk_0123456789abcdef", False),
        ("um_x", False),
        ("us_x", False),
        ("uc_x", False),
        ("whsec_x", False),
        ("trace.uk_0123456789abcdef", False),
        ("7-um_x", False),
        ("_us_x", False),
        ("menu_3.queue_us", True),
        ("menu_0123456789", True),
        *((f"x{prefix}_0123456789abcdefghij", False) for prefix in ("uk", "um", "us", "uc", "whsec")),
        ("xuk_0123456789abcdefghijKLMNOPQRSTU0123456", False),
    ],
)
def test_only_a_well_formed_id_of_a_caller_is_taken_and_never_a_token(given, is_kept):
    taken = id_of_request(given)
    assert (taken == given) is is_kept
    assert is_kept or re.fullmatch(r"req_[0-9a-f]{24}", taken)


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ((200, 200), 200),
        ((503, 200), 503),
        ((200, 503), 503),
        ((503, 429, 200), 429),
        ((503, 0), 0),
        ((0, 200), 0),
        ((204,), 204),
    ],
)
def test_of_several_calls_the_last_that_failed_is_reported_with_all_of_the_time(statuses, told):
    with within_scope(RequestScope(id="req_1")) as line:
        for status in statuses:
            record_call("hubspot", status, 0.25)
    assert line.log_fields() == {
        "request_id": "req_1",
        "provider": "hubspot",
        "calls": len(statuses),
        "upstream_status": told,
        "upstream_ms": 250.0 * len(statuses),
    }


def test_background_work_has_a_separate_id_or_that_of_its_request():
    assert current_request_id() is None
    with background_work():
        own = current_request_id()
        with background_work():
            assert current_request_id() == own
        with background_work("req_given"):
            assert current_request_id() == "req_given"
    assert own.startswith("job_")
    assert current_request_id() is None
