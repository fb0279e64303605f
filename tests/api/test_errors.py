"""Errors as clients see them: one shape, stable codes, nothing of ours or of anybody's data in them."""

import pytest

from tests.keys import new_key
from unified.errors.error import UnifiedError

KEYS = {"type", "title", "status", "detail", "code", "request_id", "retryable", "retry_after", "errors", "provider"}


def test_every_code_is_in_the_contract():
    contract = {
        400: {"malformed_request", "invalid_cursor", "invalid_id", "connect_failed", "unknown_version"},
        401: {"unauthenticated"},
        403: {
            "method_not_allowed_by_scope", "outside_tags", "outside_models", "outside_accounts", "outside_resources",
            "field_hidden", "writes_denied", "form_refused", "scope_exceeds_parent", "provider_forbidden", "origin_refused",
            "forbidden_by_policy", "tenant_suspended", "paused", "outside_hours", "limit_used_up", "outside_consent",
        },
        404: {"not_found"},
        405: {"method_not_allowed"},
        406: {"not_acceptable"},
        408: {"request_timeout"},
        409: {"conflict", "approval_stale", "idempotency_in_progress", "outcome_unknown"},
        410: {"gone"},
        412: {"version_conflict"},
        413: {"too_large"},
        415: {"unsupported_media_type"},
        421: {"host_refused"},
        422: {
            "validation_failed", "unsupported_filter", "unsupported_field", "read_only_field", "provider_validation",
            "idempotency_mismatch", "empty_scope", "scan_limit",
        },
        424: {"connection_unauthorized"},
        429: {"rate_limited", "provider_rate_limited", "limit_reached", "loop_stopped"},
        500: {"internal"},
        501: {"not_supported"},
        502: {"provider_error", "provider_malformed", "mapping_failed", "upstream_too_large", "destination_refused"},
        503: {"overloaded", "oauth_app_invalid", "circuit_open", "provider_disabled"},
        504: {"provider_timeout"},
    }  # fmt: skip
    found: dict[int, set[str]] = {}
    pending = [UnifiedError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if "code" in vars(kind):
            found.setdefault(kind.status, set()).add(kind.code)
    assert found == contract


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/crm/nothing", 404, "not_found"),
        ("GET", "/nothing/contacts", 404, "not_found"),
        ("PUT", "/crm/contacts/7", 405, "method_not_allowed"),
        ("GET", "/crm/contacts?limit=0", 422, "validation_failed"),
        ("GET", "/crm/contacts?bogus=1", 422, "validation_failed"),
        ("GET", "/crm/contacts?updated_after=yesterday", 422, "validation_failed"),
        ("GET", "/crm/contacts?fields=nope", 422, "unsupported_field"),
        ("GET", "/crm/contacts?sort=birth_date", 422, "unsupported_filter"),
        ("GET", "/crm/contacts?expand=nope", 422, "unsupported_field"),
        ("GET", "/crm/contacts?cursor=abc", 400, "invalid_cursor"),
        ("GET", "/crm/contacts/%2e%2e", 400, "invalid_id"),
        ("GET", "/crm/contacts/%00", 400, "invalid_id"),
        ("GET", "/crm/contacts/%ff", 400, "malformed_request"),
        ("GET", "/crm/contacts/987654321987", 404, "not_found"),
        ("GET", "/crm/contacts/1?updated_after=2026-01-01", 422, "validation_failed"),
        ("GET", "/hris/employees", 501, "not_supported"),
        ("POST", "/crm/contacts/1/convert", 501, "not_supported"),
    ],
)
async def test_refusals(world, method, path, status, code):
    answer = await world.client.request(method, path, headers={"Unified-Account": world.accounts["hubspot"]})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code)
    assert body.keys() == KEYS
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]


async def test_missing_account_is_named(world):
    answer = await world.client.get("/crm/contacts")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "account_id", "code": "required", "message": "as query parameter or Unified-Account header"}
    ]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer uk_short", "Basic abc", "Bearer " + "uk_" + "a" * 33])
async def test_every_wrong_key_gets_one_answer(world, header):
    answer = await world.client.get("/crm/contacts", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="unified"'
    assert answer.json()["detail"] == "expected a valid API key as `Authorization: Bearer uk_…`"


async def test_unknown_account_and_another_tenants_look_the_same(world):
    from unified.service.access.api_keys import create_key
    from unified.store import tenants
    from unified.vault.tokens import new_id

    other = (await tenants.add(world.services.database, new_id("ten_"), name="other")).id
    _, key = await create_key(world.services, other, new_key(name="o", role="admin"), maker=None)
    as_other = {"Authorization": f"Bearer {key}"}
    theirs = await world.client.get("/crm/contacts", params={"account_id": world.accounts["hubspot"]}, headers=as_other)
    unknown = await world.client.get("/crm/contacts", params={"account_id": "acc_unknown"}, headers=as_other)
    strip = lambda answer: {**answer.json(), "request_id": ""}  # noqa: E731
    assert theirs.status_code == unknown.status_code == 404
    assert strip(theirs) == strip(unknown)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"status": 400}, 422, "provider_validation"),
        ({"status": 401}, 424, "connection_unauthorized"),
        ({"status": 403}, 403, "provider_forbidden"),
        ({"status": 404}, 404, "not_found"),
        ({"status": 409}, 409, "conflict"),
        ({"status": 500}, 502, "provider_error"),
        ({"status": 302, "headers": {"Location": "https://evil.test/"}}, 502, "provider_error"),
        ({"status": 200, "body": "<html>sorry</html>"}, 502, "provider_malformed"),
        ({"status": 200, "body": {"unexpected": 1}}, 502, "provider_malformed"),
    ],
)
async def test_provider_failures(world, fault, status, code):
    await world.sandbox.post("/_sandbox/faults", json={"provider": "hubspot", "match": "GET /crm/*", "times": 5, **fault})
    answer = await world.get("/crm/contacts")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_rate_limit_is_waited_for_and_told(world):
    fault = {"provider": "hubspot", "match": "GET /crm/*", "times": 9, "status": 429, "headers": {"Retry-After": "120"}}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    answer = await world.get("/crm/contacts")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "120"
    body = answer.json()
    assert (body["code"], body["retryable"], body["retry_after"]) == ("provider_rate_limited", True, 120.0)
    assert body["provider"]["status"] == 429


async def test_short_rate_limit_is_survived(world):
    fault = {"provider": "hubspot", "match": "GET /crm/*", "times": 1, "status": 429, "headers": {"Retry-After": "0"}}
    await world.sandbox.post("/_sandbox/faults", json=fault)
    assert (await world.get("/crm/contacts", limit=1)).status_code == 200


async def test_a_fault_of_ours_says_nothing(world, monkeypatch):
    from unified.service.records.reading import listing

    def broken(*_args):
        raise KeyError("somebody@example.com")

    monkeypatch.setattr(listing, "open_position", broken)
    answer = await world.get("/crm/contacts")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "somebody" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_request"),
        (b"[]", "application/json", 422, "validation_failed"),
        (b"null", "application/json", 422, "validation_failed"),
        (b'{"first_name": "\xff"}', "application/json", 400, "malformed_request"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"{}", "application/json; charset=utf-16", 415, "unsupported_media_type"),
        (b'{"a":' * 100_000, "application/json", 400, "malformed_request"),
        (b'"' + b"a" * 2_000_000 + b'"', "application/json", 413, "too_large"),
    ],
    ids=["cut", "list", "null", "not utf-8", "text", "utf-16", "deep", "large"],
)
async def test_bodies_that_cannot_be_read(world, content, kind, status, code):
    account = {"Unified-Account": world.accounts["hubspot"], "Content-Type": kind}
    answer = await world.client.post("/crm/contacts", content=content, headers=account)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await world.reached() == []


@pytest.mark.parametrize("levels", [60, 100, 900, 2_000])
@pytest.mark.parametrize("name", ["remote_fields", "custom_fields", "emails", "first_name"])
async def test_a_deep_body_is_refused_wherever_it_is_taken(world, name, levels):
    content = f'{{"first_name": "A", "{name}": {{"a": {"[" * levels}{"]" * levels}}}}}'
    item = f'{{"items": [{{"method": "create", "body": {content}}}]}}'
    paths = [("/crm/contacts", content), ("/crm/contacts/batch", item), ("/tools/create_crm_contact", content)]
    for path, body in paths:
        headers = {"Unified-Account": world.accounts["hubspot"], "Content-Type": "application/json"}
        answer = await world.client.post(path, content=body, headers=headers)
        failed = [one.get("status", 0) for one in answer.json().get("data", []) if isinstance(one, dict)]
        assert max([answer.status_code, *failed]) < 500, (path, answer.text[:200])
    for operation in ("PATCH", "PUT"):
        answer = await world.client.request(operation, "/crm/contacts/1?by=email", content=content, headers=headers)
        assert answer.status_code < 500, answer.text[:200]


async def test_refused_body_names_every_place_and_no_value(world):
    body = {"first_name": 5, "name": "read only", "emails": [{"email": "a@b.c", "kind": "x"}], "secret_word": "hush"}
    answer = await world.send("POST", "/crm/contacts", body)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/first_name", "/name", "/emails/0/kind", "/secret_word"}
    assert "hush" not in answer.text
    assert await world.reached() == []
