"""Routes about what API keys and MCP servers use of their scopes, as the audit trail records it."""

from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.usage import UsageView, WhatIfView, usage_view, what_if_view
from unified.service.usage import narrowing
from unified.service.usage.what_if import WhatIf, try_scope

TRIES = requires("audit", changes=False)


class ServerUsageController(Controller):
    """Usage of an MCP server, for callers that read the audit trail and could have made the server."""

    path = "/mcp-servers/{id:str}"
    tags = ("management",)
    response_headers = NO_STORE
    opt = requires("audit")

    @get("/usage")
    async def get_mcp_server_usage(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        server_id: PathId,
        since: FromQuery[str | None] = None,
    ) -> UsageView:
        """Get what an MCP server used of its scope, and the narrowest scope for that."""
        usage = await narrowing.server_usage(services, principal.tenant_id, server_id, since=since, caller=principal)
        return usage_view(usage)

    @post("/what-if", status_code=200, opt=TRIES)
    async def try_mcp_server_scope(
        self, services: ServicesDependency, principal: PrincipalDependency, server_id: PathId, data: JSONBody[WhatIf]
    ) -> WhatIfView:
        """Try another scope or policy on the recorded calls of an MCP server."""
        server = await narrowing.find_server(services, principal.tenant_id, server_id, caller=principal)
        return what_if_view(await try_scope(services, server, data, caller=principal))


class KeyUsageController(Controller):
    """Usage of an API key, for callers that read the audit trail and could have made the key."""

    path = "/api-keys/{id:str}"
    tags = ("management",)
    response_headers = NO_STORE
    opt = requires("audit")

    @get("/usage")
    async def get_api_key_usage(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        key_id: PathId,
        since: FromQuery[str | None] = None,
    ) -> UsageView:
        """Get what an API key used of its scope, and the narrowest scope for that."""
        usage = await narrowing.key_usage(services, principal.tenant_id, key_id, since=since, caller=principal)
        return usage_view(usage)

    @post("/what-if", status_code=200, opt=TRIES)
    async def try_api_key_scope(
        self, services: ServicesDependency, principal: PrincipalDependency, key_id: PathId, data: JSONBody[WhatIf]
    ) -> WhatIfView:
        """Try another scope or policy on the recorded calls of an API key."""
        key = await narrowing.find_key(services, principal.tenant_id, key_id, caller=principal)
        return what_if_view(await try_scope(services, key, data, caller=principal))
