"""The route table: every route with who may reach it. A route that is not here does not exist.

The pages have a table of their own, `unified.web.routes`. What each access asks for is in `unified.api.access`.
"""

from typing import Any

import msgspec
from litestar.types import ExceptionHandlersMap

from unified.api import (
    approvals,
    audit,
    catalog,
    connect,
    management,
    mcp_servers,
    oauth_apps,
    operations,
    paths,
    proxy,
    resources,
    tenant,
    tools,
    webhooks,
)
from unified.api.access import GATES, Access, Former, Gate, metrics_token, whose_key
from unified.api.context import Handler


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One path with its methods."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    access: Access
    gate: Gate | None = None
    """Of a route of access `token`: who may pass."""
    former: Former = whose_key
    """Whose trail tells of a refusal at the gate."""
    documented: bool = True
    """Whether the OpenAPI document lists it under this path; the unified models are listed model by model."""
    refusals: ExceptionHandlersMap = {}
    """Answers to errors other than a problem in JSON: pages for people have their own."""
    page: Handler | None = None
    """What a person sees there who brings no Authorization header, in place of a 401."""
    metered: bool = False
    """Whether it calls a provider, so that its answers tell what is left of the limits."""
    roles: tuple[str, ...] = ()
    """Of a route with a gate of its own: who may pass, in place of those of its access."""
    changes: bool = True
    """Whether requests other than GET change something of ours when they use no account; the audit trail tells of those."""

    def passes(self) -> Gate:
        """The gate of this route; ValueError for a route that has none, or one in place of its access's."""
        usual = GATES.get(self.access)
        found = self.gate or usual
        if found is None or (self.gate is not None and self.access != "token"):
            raise ValueError(f"{self.path}: expected an access with a gate, or access token with a gate of its own")
        return found


def _route(methods: str, path: str, handler: Handler, access: Access, **more: Any) -> Route:
    return Route(methods=tuple(methods.split()), path=path, handler=handler, access=access, **more)


ANY = "GET POST PUT PATCH DELETE"

ROUTES: tuple[Route, ...] = (
    _route("GET", "/health", operations.health, "public"),
    _route("GET", "/ready", operations.ready, "public"),
    _route("GET", "/metrics", operations.metrics, "token", gate=metrics_token),
    _route("GET", "/openapi.json", operations.openapi, "public", documented=False),
    _route("GET", "/docs", operations.docs, "public", documented=False),
    _route("GET", "/docs/{name:str}", operations.docs_asset, "public", documented=False),
    _route("GET", "/catalog/providers", catalog.list_providers, "key"),
    _route("GET", "/catalog/models", catalog.list_models, "key"),
    _route("GET", "/catalog/coverage", catalog.list_coverage, "key"),
    _route("GET", "/api-keys", management.list_keys, "admin"),
    _route("POST", "/api-keys", management.create_key, "admin"),
    _route("GET", "/api-keys/{id:str}", management.get_key, "admin"),
    _route("DELETE", "/api-keys/{id:str}", management.revoke_key, "admin"),
    _route("GET", "/accounts", management.list_accounts, "key"),
    _route("POST", "/accounts", management.create_account, "admin"),
    _route("GET", "/accounts/{id:str}", management.get_account, "key"),
    _route("PATCH", "/accounts/{id:str}", management.update_account, "admin"),
    _route("DELETE", "/accounts/{id:str}", management.delete_account, "admin"),
    _route("POST", "/accounts/{id:str}/check", management.check_account, "key"),
    _route("POST", "/accounts/{id:str}/refresh", management.refresh_account, "key"),
    _route("GET", "/accounts/{id:str}/resources", resources.get_resources, "key"),
    _route("PUT", "/accounts/{id:str}/resources", resources.set_resources, "admin"),
    _route("POST", "/connect", connect.create_link, "key"),
    _route("GET", "/connect/{id:str}", connect.show_link, "key"),
    _route("GET", "/oauth-apps", oauth_apps.list_apps, "admin"),
    _route("GET", "/oauth-apps/{provider:str}", oauth_apps.get_app, "admin"),
    _route("PUT", "/oauth-apps/{provider:str}", oauth_apps.set_app, "admin"),
    _route("DELETE", "/oauth-apps/{provider:str}", oauth_apps.delete_app, "admin"),
    _route("GET", "/tenant", tenant.get_tenant, "admin"),
    _route("PATCH", "/tenant", tenant.update_tenant, "admin"),
    _route("GET", "/webhooks", webhooks.list_webhooks, "admin"),
    _route("POST", "/webhooks", webhooks.create_webhook, "admin"),
    _route("GET", "/webhooks/{id:str}", webhooks.get_webhook, "admin"),
    _route("PATCH", "/webhooks/{id:str}", webhooks.update_webhook, "admin"),
    _route("DELETE", "/webhooks/{id:str}", webhooks.delete_webhook, "admin"),
    _route("POST", "/webhooks/{id:str}/rotate", webhooks.rotate_webhook, "admin"),
    _route("POST", "/webhooks/{id:str}/test", webhooks.send_test, "admin"),
    _route("GET", "/webhooks/{id:str}/deliveries", webhooks.list_deliveries, "admin"),
    _route("GET", "/mcp-servers", mcp_servers.list_servers, "admin"),
    _route("POST", "/mcp-servers", mcp_servers.create_server, "admin"),
    _route("GET", "/mcp-servers/{id:str}", mcp_servers.get_server, "admin"),
    _route("PATCH", "/mcp-servers/{id:str}", mcp_servers.update_server, "admin"),
    _route("DELETE", "/mcp-servers/{id:str}", mcp_servers.revoke_server, "admin"),
    _route("POST", "/mcp-servers/{id:str}/rotate", mcp_servers.rotate_token, "admin"),
    _route("GET", "/tools", tools.list_tools, "key"),
    _route("POST", "/tools/{name:str}", tools.run_tool, "key", metered=True),
    _route("GET", "/approvals", approvals.list_approvals, "key"),
    _route("GET", "/approvals/{id:str}", approvals.get_approval, "key"),
    _route("POST", "/approvals/{id:str}/approve", approvals.approve, "key"),
    _route("POST", "/approvals/{id:str}/decline", approvals.decline, "key"),
    _route("GET", "/audit", audit.list_audit, "admin"),
    _route(ANY, "/proxy/{rest:path}", proxy.proxy, "key", metered=True),
    _route("GET POST", "/{category:str}/{model:str}", paths.collection, "key", documented=False, metered=True),
    _route(
        "GET POST PATCH DELETE",
        "/{category:str}/{model:str}/{third:str}",
        paths.member,
        "key",
        documented=False,
        metered=True,
    ),
    _route(
        "GET POST PATCH DELETE",
        "/{category:str}/{model:str}/{third:str}/{fourth:str}",
        paths.below_member,
        "key",
        documented=False,
        metered=True,
    ),
)
