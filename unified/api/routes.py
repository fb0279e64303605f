"""The route table: every route with who may reach it, on one page. A route that is not here does not exist.

`access` is how callers prove who they are (`unified.api.access`), `needs` what they must be permitted, `reach` whom the act
concerns (`unified.service.access.permissions`). All three are checked before a handler runs, in `unified.api.server`; what a
scope says of single records is checked where they are read. The pages have a table of their own, `unified.web.routes`.
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
from unified.api.access import GATES, Access, Gate, RevokedCredential, metrics_token, resolve_revoked_key
from unified.api.context import Handler
from unified.service.access.permissions import Needs, Reach


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One path with its methods."""

    methods: tuple[str, ...]
    path: str
    handler: Handler
    access: Access
    needs: Needs
    """What the caller must be permitted; `nothing` where no caller is known."""
    reach: Reach = "rows"
    """Whom it concerns: the whole tenant, the account in the path, or the rows that the caller's scope lets it see."""
    gate: Gate | None = None
    """Of a route of access `token`: who may pass."""
    former: RevokedCredential = resolve_revoked_key
    """Whose trail tells of a refusal at the gate."""
    documented: bool = True
    """Whether the OpenAPI document lists it under this path; the unified models are listed model by model."""
    refusals: ExceptionHandlersMap = {}
    """Answers to errors other than a problem in JSON: pages for people have their own."""
    page: Handler | None = None
    """What a person sees there who brings no Authorization header, in place of a 401."""
    metered: bool = False
    """Whether it calls a provider, so that its answers tell what is left of the limits."""
    changes: bool = True
    """Whether requests other than GET change something of ours when they use no account; the audit trail tells of those."""

    def passes(self) -> Gate:
        """The gate of this route; ValueError for a route that has none, or one in place of its access's."""
        usual = GATES.get(self.access)
        found = self.gate or usual
        if found is None or (self.gate is not None and self.access != "token"):
            raise ValueError(f"{self.path}: expected an access with a gate, or access token with a gate of its own")
        return found


def _public(path: str, handler: Handler, **more: Any) -> Route:
    return Route(methods=("GET",), path=path, handler=handler, access="public", needs="nothing", **more)


def _keyed(methods: str, path: str, handler: Handler, needs: Needs, reach: Reach, **more: Any) -> Route:
    return Route(methods=tuple(methods.split()), path=path, handler=handler, access="key", needs=needs, reach=reach, **more)


def _model(methods: str, path: str, handler: Handler) -> Route:
    """Calls of models: `open_call` checks account, method, model, tags, fields and resources."""
    return _keyed(methods, path, handler, "call", "rows", documented=False, metered=True)


ANY = "GET POST PUT PATCH DELETE"

ROUTES: tuple[Route, ...] = (
    _public("/health", operations.health),
    _public("/ready", operations.ready),
    Route(
        methods=("GET",),
        path="/metrics",
        handler=operations.metrics,
        access="token",
        needs="tenant",
        reach="tenant",
        gate=metrics_token,
    ),
    _public("/openapi.json", operations.openapi, documented=False),
    _public("/docs", operations.docs, documented=False),
    _public("/docs/{name:str}", operations.docs_asset, documented=False),
    _keyed("GET", "/catalog/providers", catalog.list_providers, "key", "rows"),
    _keyed("GET", "/catalog/models", catalog.list_models, "key", "rows"),
    _keyed("GET", "/catalog/coverage", catalog.list_coverage, "key", "rows"),
    _keyed("GET", "/api-keys", management.list_keys, "keys", "rows"),
    _keyed("POST", "/api-keys", management.create_key, "keys", "rows"),
    _keyed("GET", "/api-keys/{id:str}", management.get_key, "keys", "rows"),
    _keyed("DELETE", "/api-keys/{id:str}", management.revoke_key, "keys", "rows"),
    _keyed("GET", "/api-keys/{id:str}/descendants", management.list_descendants, "keys", "rows"),
    _keyed("GET", "/accounts", management.list_accounts, "call", "rows"),
    _keyed("POST", "/accounts", management.create_account, "accounts", "tenant"),
    _keyed("GET", "/accounts/{id:str}", management.get_account, "call", "account"),
    _keyed("PATCH", "/accounts/{id:str}", management.update_account, "accounts", "account"),
    _keyed("DELETE", "/accounts/{id:str}", management.delete_account, "accounts", "account"),
    _keyed("POST", "/accounts/{id:str}/check", management.check_account, "call", "account"),
    _keyed("POST", "/accounts/{id:str}/refresh", management.refresh_account, "connect", "account"),
    _keyed("GET", "/accounts/{id:str}/resources", resources.get_resources, "call", "account"),
    _keyed("PUT", "/accounts/{id:str}/resources", resources.set_resources, "accounts", "account"),
    _keyed("POST", "/connect", connect.create_link, "connect", "rows"),
    _keyed("GET", "/connect/{id:str}", connect.show_link, "connect", "rows"),
    _keyed("GET", "/oauth-apps", oauth_apps.list_apps, "apps", "tenant"),
    _keyed("GET", "/oauth-apps/{provider:str}", oauth_apps.get_app, "apps", "tenant"),
    _keyed("PUT", "/oauth-apps/{provider:str}", oauth_apps.set_app, "apps", "tenant"),
    _keyed("DELETE", "/oauth-apps/{provider:str}", oauth_apps.delete_app, "apps", "tenant"),
    _keyed("GET", "/tenant", tenant.get_tenant, "tenant", "tenant"),
    _keyed("PATCH", "/tenant", tenant.update_tenant, "tenant", "tenant"),
    _keyed("GET", "/webhooks", webhooks.list_webhooks, "webhooks", "tenant"),
    _keyed("POST", "/webhooks", webhooks.create_webhook, "webhooks", "tenant"),
    _keyed("GET", "/webhooks/{id:str}", webhooks.get_webhook, "webhooks", "tenant"),
    _keyed("PATCH", "/webhooks/{id:str}", webhooks.update_webhook, "webhooks", "tenant"),
    _keyed("DELETE", "/webhooks/{id:str}", webhooks.delete_webhook, "webhooks", "tenant"),
    _keyed("POST", "/webhooks/{id:str}/rotate", webhooks.rotate_webhook, "webhooks", "tenant"),
    _keyed("POST", "/webhooks/{id:str}/test", webhooks.send_test, "webhooks", "tenant"),
    _keyed("GET", "/webhooks/{id:str}/deliveries", webhooks.list_deliveries, "webhooks", "tenant"),
    _keyed("GET", "/mcp-servers", mcp_servers.list_servers, "servers", "rows"),
    _keyed("POST", "/mcp-servers", mcp_servers.create_server, "servers", "rows"),
    _keyed("GET", "/mcp-servers/{id:str}", mcp_servers.get_server, "servers", "rows"),
    _keyed("PATCH", "/mcp-servers/{id:str}", mcp_servers.update_server, "servers", "rows"),
    _keyed("DELETE", "/mcp-servers/{id:str}", mcp_servers.revoke_server, "servers", "rows"),
    _keyed("POST", "/mcp-servers/{id:str}/rotate", mcp_servers.rotate_token, "servers", "rows"),
    _keyed("GET", "/tools", tools.list_tools, "call", "rows"),
    _keyed("POST", "/tools/{name:str}", tools.run_tool, "call", "rows", metered=True),
    _keyed("GET", "/approvals", approvals.list_approvals, "key", "rows"),
    _keyed("GET", "/approvals/{id:str}", approvals.get_approval, "key", "rows"),
    _keyed("POST", "/approvals/{id:str}/approve", approvals.approve, "approvals", "rows"),
    _keyed("POST", "/approvals/{id:str}/decline", approvals.decline, "approvals", "rows"),
    _keyed("GET", "/audit", audit.list_audit, "audit", "rows"),
    _keyed(ANY, "/proxy/{rest:path}", proxy.proxy, "call", "rows", metered=True),
    _model("GET POST", "/{category:str}/{model:str}", paths.collection),
    _model("GET POST PATCH DELETE", "/{category:str}/{model:str}/{third:str}", paths.member),
    _model("GET POST PATCH DELETE", "/{category:str}/{model:str}/{third:str}/{fourth:str}", paths.below_member),
)
