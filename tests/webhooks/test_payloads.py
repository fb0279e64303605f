"""What an event may hold: ids and states, in closed forms; docs/webhooks.md shows exactly these."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from unified.service.pausing import REASONS
from unified.service.runtime.events import (
    CHANGES,
    EVENTS,
    TEST_EVENT,
    AccessPause,
    LimitReport,
    LoopReport,
    account_event,
    app_event,
    approval_event,
    connect_failed_event,
    event,
    key_expiring_event,
)
from unified.service.validation import MAX_EXTERNAL_ID_CHARACTERS
from unified.service.webhooks.delivery import DELAYS, MAX_ATTEMPTS
from unified.store.accounts import AccountRow
from unified.store.app_states import AppStateRow
from unified.store.approvals import STATUSES, ApprovalRow
from unified.store.connect_links import ConnectLinkRow
from unified.transport.webhook_client import MAX_BODY_BYTES

PAGE = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
AT = datetime(2026, 11, 24, 9, 30, 0, 125_000, tzinfo=UTC)
ID = {"type": "string", "pattern": "^[a-z]+_[0-9A-Za-z]+$"}
STATES = {"enum": ["active", "connecting", "needs_reauth", "disabled"]}
CODE = {"type": ["string", "null"], "pattern": "^[a-z_]+$"}
ACCOUNT = {
    "account_id": ID,
    "provider": {"type": "string", "pattern": "^[a-z0-9_]+$"},
    "external_id": {"type": ["string", "null"], "maxLength": MAX_EXTERNAL_ID_CHARACTERS},
    "status": STATES,
    "status_reason": CODE,
}


TEXT = {"type": ["string", "null"], "pattern": "^[a-z_]+$"}
APPROVAL = {
    "approval_id": ID,
    "status": {"enum": list(STATUSES)},
    "status_reason": CODE,
    "account_id": ID,
    "model": {"type": "string", "pattern": r"^[a-z]+\.[a-z_]+$"},
    "method": {"type": "string", "pattern": "^[a-z_]+$"},
    "tool": TEXT,
    "requested_by": ID,
    "decided_by": {"type": ["string", "null"], "pattern": ID["pattern"]},
}


COUNT = {"type": "integer", "minimum": 1}
PAUSE = {"subject": {"enum": ["api_key", "mcp_server", "agents", "writes"]}, "id": ID, "by": {"pattern": ID["pattern"]}}
OF_USE = {
    "access.paused": {**PAUSE, "reason": {"enum": list(REASONS)}},
    "access.resumed": {**PAUSE, "reason": {"type": "null"}},
    "limit.reached": {
        "id": ID,
        "limit": {"enum": ["calls", "writes", "deletes"]},
        "period": {"enum": ["minute", "hour", "day", "total"]},
        "quota": COUNT,
        "until": {"const": "2026-11-24T09:31:00Z"},
    },
    "loop.stopped": {
        "id": ID,
        "kind": {"enum": ["repeating", "paging", "failing", "polling"]},
        "tools": {"type": "array", "items": {"pattern": "^[a-z_]+$"}},
        "count": COUNT,
        "seconds": COUNT,
    },
}


def _closed(properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _schema(name):
    stamp = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
    data = {"webhook_id": ID} if name == TEST_EVENT else APPROVAL if name.startswith("approval.") else ACCOUNT
    if name == "oauth_app.invalid":
        words = {"provider": {"const": "hubspot"}, "owner": {"enum": ["tenant", "installation"]}}
        data = words | {"status": {"const": "invalid_client"}, "invalid_since": stamp}
    if name == "key.expiring":
        data = {"key_id": ID, "expires_at": {"const": "2026-12-08T09:00:00Z"}}
    data = OF_USE.get(name, data)
    if name == "connect.failed":
        data = {"link_id": ID, "provider": {"const": "hubspot"}, "external_id": {"const": "customer-17"}}
        data |= {"account_id": {"type": "null"}, "reason": {"const": "access_denied"}}
    return _closed({"type": {"const": name}, "timestamp": stamp, "data": _closed(data)})


LINK = ConnectLinkRow(
    id="con_4Gs9Bt2QxW7nRk5LmYc0ha",
    tenant_id="ten_secret",
    provider="hubspot",
    reconnects=None,
    name="Ada Lovelace's CRM",
    external_id="customer-17",
    return_url="https://engines.example.com/done",
    status="failed",
    status_reason="access_denied",
    account_id=None,
    browser=None,
    attempt="v1.k.n.sealed",
    created_at=AT,
    expires_at=AT,
)


def _account(status="active", reason=None, **more):
    blank = dict.fromkeys(AccountRow.__struct_fields__)
    known = {
        "id": "acc_2Zr8Hs0aP1kq7WmXyB3dfg",
        "tenant_id": "ten_secret",
        "provider": "hubspot",
        "name": "Ada Lovelace's CRM",
        "external_id": "customer-17",
        "settings": {"subdomain": "engines"},
        "status": status,
        "status_reason": reason,
        "credentials": "v1.k.n.sealed",
        "credentials_masked": "…7890",
    }
    return AccountRow(**(blank | known | more))


def _approval(status="pending", **more):
    blank = dict.fromkeys(ApprovalRow.__struct_fields__)
    known = {
        "id": "apr_5TbN8rQw3ZkLxY0mVcJ2hf",
        "tenant_id": "ten_secret",
        "account_id": "acc_2Zr8Hs0aP1kq7WmXyB3dfg",
        "requested_by": "mcp_9Kd4Wq1RsT7bZpXn2LmVyC",
        "tool": "update_ticketing_ticket",
        "method": "update",
        "model": "ticketing.tickets",
        "summary": "Update a ticket in Ada Lovelace's CRM: status (1 field)",
        "digest": "sha256:7890",
        "result_id": "engines",
        "status": status,
    }
    return ApprovalRow(**(blank | known | more))


SERVER, KEY = "mcp_9Kd4Wq1RsT7bZpXn2LmVyC", "key_3Fp7Zt0QwLr6VxNc8MbHs1"
USES = {
    "access.paused": AccessPause(subject="mcp_server", id=SERVER, by=KEY, reason="runaway"),
    "access.resumed": AccessPause(subject="mcp_server", id=SERVER, by=KEY, reason=None),
    "limit.reached": LimitReport(id=SERVER, limit="writes", period="minute", quota=20, until="2026-11-24T09:31:00Z"),
    "loop.stopped": LoopReport(
        id=SERVER, kind="repeating", tools=("get_crm_contact", "update_crm_contact"), count=24, seconds=60
    ),
}


def _told(name):
    if name == "approval.requested":
        return approval_event(name, _approval(), AT)
    if name == "approval.decided":
        return approval_event(name, _approval("executed", decided_by="key_3Fp7Zt0QwLr6VxNc8MbHs1"), AT)
    if name == "oauth_app.invalid":
        row = AppStateRow(
            tenant_id="ten_secret",
            provider="hubspot",
            fingerprint="hmac-sha256:k:7890",
            invalid_since=AT,
            not_before=AT,
            failures=1,
        )
        return app_event(row, "tenant")
    if name == "connect.failed":
        return connect_failed_event(LINK, "access_denied", AT)
    if name == "key.expiring":
        return key_expiring_event("key_3Fp7Zt0QwLr6VxNc8MbHs1", datetime(2026, 12, 8, 9, tzinfo=UTC), AT)
    if name in USES:
        return event(name, USES[name], AT)
    if name == TEST_EVENT:
        return event(name, {"webhook_id": "whk_7Hq2Lx9TtB0cVnRmYpK4ds"}, AT)
    status, reason = ("needs_reauth", "invalid_grant") if name == "account.needs_reauth" else ("active", None)
    return account_event(name, _account(status, reason), AT)


@pytest.mark.parametrize("name", [*EVENTS, TEST_EVENT])
def test_payloads_hold_ids_and_states_and_nothing_else(name):
    payload = json.loads(_told(name).payload)
    jsonschema.Draft202012Validator(_schema(name)).validate(payload)
    for hidden in ("Ada", "engines", "sealed", "7890", "ten_secret"):
        assert hidden not in _told(name).payload


@pytest.mark.parametrize("extra", ["name", "settings", "email"])
def test_the_schema_refuses_anything_more(extra):
    payload = json.loads(_told("account.connected").payload)
    payload["data"][extra] = "x"
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        jsonschema.Draft202012Validator(_schema("account.connected")).validate(payload)


def test_the_longest_payload_is_within_the_bound():
    longest = account_event("account.reactivated", _account(external_id="\U0001f9ee" * MAX_EXTERNAL_ID_CHARACTERS), AT)
    assert len(longest.payload.encode()) < MAX_BODY_BYTES


def test_every_told_change_is_an_event_that_can_be_asked_for():
    assert set(CHANGES.values()) < set(EVENTS)


@pytest.mark.parametrize("name", [*EVENTS, TEST_EVENT])
def test_the_page_shows_each_event_as_it_is_sent(name):
    shown = [json.loads(block) for block in re.findall(r"```json\n(\{\s*\"type\".*?)\n```", PAGE, re.DOTALL)]
    assert [one for one in shown if one["type"] == name] == [json.loads(_told(name).payload)]


def test_the_page_states_the_plan_and_every_code():
    words = {1: "second", 60: "minute", 3600: "hour"}

    def told(seconds):
        unit = max(one for one in words if seconds >= one)
        count = int(seconds // unit)
        return f"{count} {words[unit]}{'' if count == 1 else 's'}"

    plan = ", ".join(told(one.total_seconds()) for one in DELAYS)
    assert plan in " ".join(PAGE.split())
    assert f"{MAX_ATTEMPTS} attempts" in PAGE
    codes = ["http_error", "redirect", "gone", "timeout", "unreachable", "broken_answer"]
    for code in [*codes, "destination_refused", "too_large", "secret_unreadable"]:
        assert f"| `{code}` |" in PAGE
