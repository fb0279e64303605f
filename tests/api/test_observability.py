"""What operators ask: readiness, metrics and traces, and that none of them holds anything of the calls."""

import json

import msgspec
from structlog.testing import capture_logs

from unified.telemetry.traces import ATTRIBUTES

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
PLANTED = "Planted-Surname-77"


async def metrics(world, key=None, **settings):
    changed = msgspec.structs.replace(world.services.settings, **settings)
    services = msgspec.structs.replace(world.services, settings=changed)
    world.server.state.services = services
    return await world.client.get(
        "/metrics", headers={"Authorization": f"Bearer {key}".encode()} if key else {"Authorization": ""}
    )


async def test_no_key_of_a_tenant_reads_the_metrics(world):
    """They count the calls of all tenants: every role is refused, with the metrics token set and without."""
    keys = [await world.key(role=role) for role in ("admin", "app", "approver")]
    for settings in ({}, {"metrics_token": "planted-token"}):
        for wrong in (None, "", "planted-toke", "planted-token2", "plänted", world.admin_key, *keys):
            answer = await metrics(world, wrong, **settings)
            assert (answer.status_code, "planted" in answer.text) == (401, False)
            assert "unified_requests_total" not in answer.text
    assert answer.json()["detail"] == "expected UNIFIED_METRICS_TOKEN as `Authorization: Bearer …`"
    assert (await metrics(world, world.admin_key, metrics_token="")).json()["detail"] == (
        "the metrics count the calls of all tenants, so no API key reads them: set UNIFIED_METRICS_TOKEN and restart"
    )


async def test_the_metrics_token_reads_them(world):
    answer = await metrics(world, "planted-token", metrics_token="planted-token")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


async def test_metrics_name_routes_and_providers_and_nothing_of_a_call(world):
    await world.get("/crm/contacts", limit=1)
    await world.get(f"/crm/contacts/{PLANTED}")
    await world.client.request("PLANTED", f"/{PLANTED}")
    await world.client.get(f"/nowhere/{PLANTED}/a/b/c/d", params={"q": PLANTED})
    text = (await metrics(world, "planted-token", metrics_token="planted-token")).text
    assert 'unified_requests_total{method="GET",route="/{category}/{model}",status="200"}' in text
    assert 'unified_provider_calls_total{outcome="2xx",provider="hubspot"}' in text
    assert 'method="OTHER"' in text
    for secret in (PLANTED, "PLANTED", world.tenant, world.admin_key, *world.accounts.values()):
        assert secret not in text


async def test_ready_says_when_it_drains(world):
    assert (await world.client.get("/ready")).json()["status"] == "ok"
    world.services.lifecycle.drain()
    answer = await world.client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "draining"})


async def test_a_trace_has_the_request_and_its_call_without_values(world, spans):
    headers = {"traceparent": PARENT, "tracestate": f"vendor={PLANTED}", "X-Planted": PLANTED}
    answer = await world.client.post(
        "/crm/contacts",
        params={"account_id": world.accounts["hubspot"]},
        json={"first_name": "Ada", "last_name": PLANTED},
        headers=headers,
    )
    record = answer.json()
    assert (answer.status_code, record["last_name"]) == (201, PLANTED)
    await world.client.get(f"/crm/contacts/{PLANTED}", params={"account_id": world.accounts["hubspot"]}, headers=headers)
    found = spans()
    assert {one.name for one in found} >= {"POST /{category}/{model}", "POST hubspot", "GET hubspot"}
    assert {f"{one.context.trace_id:032x}" for one in found} == {TRACE}
    text = json.dumps([json.loads(one.to_json()) for one in found])
    for secret in (PLANTED, record["id"], world.admin_key, world.tenant, world.accounts["hubspot"], "contacts"):
        assert secret not in text
    assert {name for one in found for name in one.attributes} <= ATTRIBUTES.keys()


async def test_a_trace_is_never_sent_to_a_provider(world, spans, monkeypatch):
    asked = []
    network = world.services.client.network
    send = network.send

    async def noted(request, **bounds):
        asked.append(request.headers)
        return await send(request, **bounds)

    monkeypatch.setattr(network, "send", noted)
    headers = {"traceparent": PARENT, "tracestate": "vendor=1", "baggage": "a=b"}
    for path in ("/crm/contacts", "/proxy/crm/v3/objects/contacts"):
        answer = await world.client.get(path, params={"account_id": world.accounts["hubspot"]}, headers=headers)
        assert answer.status_code == 200
    assert len(asked) == 3, "the contacts, the definitions of their custom fields, and the pass-through"
    assert spans()
    for sent in asked:
        assert {name.lower() for name in sent} & {"traceparent", "tracestate", "baggage"} == set()


async def test_the_log_line_of_a_request_has_the_template_and_no_value(world):
    with capture_logs() as lines:
        await world.get(f"/crm/contacts/{PLANTED}", note=PLANTED)
        await world.client.request("PLANTED", f"/mcp/{PLANTED}")
    assert [line["route"] for line in lines if line["event"] == "request"] == [
        "/{category}/{model}/{third}",
        "unknown",
    ]
    assert PLANTED not in json.dumps(lines, default=str)
    assert "PLANTED" not in json.dumps(lines, default=str)


async def test_the_status_of_a_log_line_is_a_number_whatever_the_answer_was_made_with(world):
    with capture_logs() as lines:
        for method, path in (("GET", "/health"), ("OPTIONS", "/accounts"), ("OPTIONS", "/mcp/um_x"), ("DELETE", "/accounts")):
            await world.client.request(method, path)
    statuses = [line["status"] for line in lines if line["event"] == "request"]
    assert [type(one) for one in statuses] == [int] * 4
    assert 204 in statuses
