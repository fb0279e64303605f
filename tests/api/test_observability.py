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


async def test_metrics_need_an_admin_key(world):
    assert (await metrics(world)).status_code == 401
    assert (await metrics(world, await world.key(role="app"))).status_code == 403
    answer = await metrics(world, world.admin_key)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_metrics_token_is_all_that_counts_where_it_is_set(world):
    assert (await metrics(world, "planted-token", metrics_token="planted-token")).status_code == 200
    for wrong in ("", "planted-toke", "planted-token2", "plänted", world.admin_key):
        answer = await metrics(world, wrong, metrics_token="planted-token")
        assert (answer.status_code, "planted" in answer.text) == (401, False)
    assert (
        answer.json()["detail"] == "expected UNIFIED_METRICS_TOKEN, or an API key of role admin, as `Authorization: Bearer …`"
    )


async def test_metrics_name_routes_and_providers_and_nothing_of_a_call(world):
    await world.get("/crm/contacts", limit=1)
    await world.get(f"/crm/contacts/{PLANTED}")
    await world.client.request("PLANTED", f"/{PLANTED}")
    await world.client.get(f"/nowhere/{PLANTED}/a/b/c/d", params={"q": PLANTED})
    text = (await metrics(world, world.admin_key)).text
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


async def test_a_trace_is_never_told_to_a_provider(world, spans, monkeypatch):
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
    assert len(asked) == 2
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
