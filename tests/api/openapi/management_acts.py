"""How to call each management operation so that it succeeds: its body and query, in an order in which each finds what it needs."""

import io
from collections.abc import Callable
from typing import Any

import msgspec
from PIL import Image

from tests.approvals.conftest import ASKS
from unified_sandbox.registry import discover


def picture() -> bytes:
    """A PNG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "#336699").save(out, "PNG")
    return out.getvalue()


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One call. Texts such as `{account}` in it are ids that earlier answers had, or that the test knows."""

    operation: str
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    body: Any = msgspec.UNSET
    content: tuple[str, Callable[[], bytes]] | None = None
    """Media type and bytes of a body that is not JSON."""
    keeps: str = ""
    """The name under which the id in the answer is kept."""
    key: str = "admin"


def _act(operation: str, body: Any = msgspec.UNSET, *, keeps: str = "", key: str = "admin", **path: str) -> Act:
    return Act(operation=operation, body=body, path=path, keeps=keeps, key=key)


_HUBSPOT = {"credentials": discover()["hubspot"].demo_credentials[0]}
_ASKED = {"account_id": "{hubspot}", "arguments": {"first_name": "Ada", "emails": [{"email": "ada@tools.example"}]}}
_SCOPE = {"methods": ["read"], "models": ["crm.contacts"], "tags": ["crm"], "fields": {"classes": ["none"]}}

ACTS = (
    *(_act(one) for one in ("health", "ready", "list_coverage", "list_models", "list_providers")),
    _act("metrics", key="metrics"),
    Act(operation="list_crm_fields", query={"account_id": "{hubspot}", "model": "contacts"}),
    Act(operation="list_hris_fields", query={"account_id": "{bamboohr}", "model": "employees"}),
    Act(operation="list_ticketing_fields", query={"account_id": "{zendesk}", "model": "tickets"}),
    _act("create_api_key", {"name": "limited", "role": "app", "scope": _SCOPE}, keeps="key"),
    _act("create_api_key", {"name": "all", "role": "admin", "scope": "unlimited", "expires_at": "2999-01-01T00:00:00Z"}),
    _act("create_api_key", {"name": "asks", "role": "app", "scope": ASKS}),
    _act("list_api_keys"),
    _act("get_api_key", id="{key}"),
    _act("list_api_key_descendants", id="{key}"),
    _act("pause_api_key", {"reason": "runaway", "descendants": True}, id="{key}"),
    _act("resume_api_key", id="{key}"),
    _act("get_api_key_usage", id="{key}"),
    _act("try_api_key_scope", {"scope": {"methods": ["list"]}, "policy": []}, id="{key}"),
    _act("revoke_api_key", id="{key}"),
    _act("create_account", {"provider": "hubspot", "name": "Another", "external_id": "c7", **_HUBSPOT}, keeps="account"),
    _act("list_accounts"),
    _act("get_account", id="{account}"),
    _act("update_account", {"name": "Renamed"}, id="{account}"),
    _act("update_account", {"external_id": None, **_HUBSPOT}, id="{account}"),
    _act("check_account", id="{account}"),
    _act("refresh_account", id="{account}"),
    _act("set_resources", {}, id="{account}"),
    _act("get_resources", id="{account}"),
    _act("delete_account", id="{account}"),
    _act("create_connect_link", {"provider": "hubspot"}, keeps="link"),
    _act("create_connect_link", {}),
    _act("get_connect_link", id="{link}"),
    _act("withdraw_connect_link", id="{link}"),
    _act("set_oauth_app", {"client_id": "client", "client_secret": "secret"}, provider="hubspot"),
    _act("list_oauth_apps"),
    _act("get_oauth_app", provider="hubspot"),
    _act("delete_oauth_app", provider="hubspot"),
    _act("get_tenant"),
    _act("update_tenant", {"name": "Another name"}),
    Act(operation="set_tenant_logo", content=("image/png", picture)),
    _act("get_tenant_logo"),
    _act("delete_tenant_logo"),
    *(_act(f"pause_{one}", {"reason": "other"}) for one in ("agents", "writes")),
    *(_act(f"resume_{one}") for one in ("agents", "writes")),
    _act("create_webhook", {"url": "https://hooks.example.com/unified", "events": ["account.deleted"]}, keeps="webhook"),
    _act("list_webhooks"),
    _act("get_webhook", id="{webhook}"),
    _act("update_webhook", {"events": ["account.connected"]}, id="{webhook}"),
    _act("rotate_webhook", id="{webhook}"),
    _act("test_webhook", id="{webhook}"),
    _act("list_webhook_deliveries", id="{webhook}"),
    _act("delete_webhook", id="{webhook}"),
    _act(
        "create_mcp_server", {"name": "agents", "account_ids": ["{hubspot}"], "config": {"methods": ["read"]}}, keeps="server"
    ),
    _act(
        "update_mcp_server",
        {
            "limits": {"writes": {"minute": 3, "day": 9}, "deletes": None},
            "window": {"time_zone": "Europe/Berlin", "hours": [{"start": "00:00", "end": "24:00"}]},
        },
        id="{server}",
    ),
    _act("list_mcp_servers"),
    _act("get_mcp_server", id="{server}"),
    _act("get_mcp_server_usage", id="{server}"),
    _act("try_mcp_server_scope", {"scope": {"writes": "deny"}, "since": "2020-01-01T00:00:00Z"}, id="{server}"),
    _act("update_mcp_server", {"config": {"writes": "deny", "models": ["crm.contacts"]}}, id="{server}"),
    _act("rotate_mcp_server", id="{server}"),
    _act("pause_mcp_server", {"reason": "maintenance"}, id="{server}"),
    _act("resume_mcp_server", id="{server}"),
    _act("revoke_mcp_server", id="{server}"),
    *(Act(operation="list_tools", query={"format": one}) for one in ("mcp", "openai", "anthropic")),
    _act("call_tool", {"account_id": "{hubspot}", "arguments": {"limit": 1}}, name="list_crm_contacts"),
    _act("call_tool", _ASKED, name="create_crm_contact", key="asks", keeps="approval"),
    _act("list_approvals"),
    _act("get_approval", id="{approval}"),
    _act("approve_write", {"digest": "{digest}"}, id="{approval}"),
    _act("call_tool", _ASKED, name="create_crm_contact", key="asks", keeps="approval"),
    _act("decline_write", id="{approval}"),
    _act("call_tool", _ASKED, name="create_crm_contact", key="asks", keeps="approval"),
    _act("decline_write", {"reason": "not_needed"}, id="{approval}"),
    _act("list_audit"),
    Act(operation="list_audit", query={"since": "2020-01-01T00:00:00Z", "limit": "3"}),
    Act(operation="proxy_get", path={"path": "crm/v3/owners"}, query={"account_id": "{hubspot}"}),
)
