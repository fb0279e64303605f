"""Routes of the tenant itself."""

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import ContextDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.headers import header
from unified.api.views.tenant import TenantView, tenant_view
from unified.service import tenant_logos, tenants
from unified.service.pausing import NewPause, pause_tenant
from unified.service.tenant_logos import MEDIA_TYPE
from unified.service.tenants import TenantPatch


class TenantController(Controller):
    """The tenant of the caller."""

    path = "/tenant"
    tags = ("management",)
    response_headers = NO_STORE

    @get(opt=requires("tenant", "tenant", strict_query=True))
    async def get_tenant(self, services: ServicesDependency, principal: PrincipalDependency) -> TenantView:
        """Get the tenant of the key."""
        return tenant_view(await tenants.get_tenant(services, principal.tenant_id))

    @patch(opt=requires("tenant", "tenant"))
    async def update_tenant(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[TenantPatch]
    ) -> TenantView:
        """Change name, return origins, frame ancestors or colors."""
        row = await tenants.update_tenant(services, principal.tenant_id, data, by=principal.key_id)
        return tenant_view(row)

    @get("/logo", opt=requires("tenant", "tenant", strict_query=True), media_type=MEDIA_TYPE)
    async def get_tenant_logo(self, services: ServicesDependency, principal: PrincipalDependency) -> Response[bytes]:
        """Get the logo of the tenant as PNG."""
        content = await tenant_logos.get_logo(services, principal.tenant_id)
        return Response(content, media_type=MEDIA_TYPE, headers={"X-Content-Type-Options": "nosniff"})

    @put("/logo", opt=requires("tenant", "tenant", takes=MEDIA_TYPE), status_code=204)
    async def set_tenant_logo(self, context: ContextDependency) -> None:
        """Set the logo of the tenant: a PNG of at most 256 KiB, 16 to 1024 pixels in width and height."""
        media_type = header(context.request, "content-type") or ""
        caller = context.principal
        await tenant_logos.set_logo(context.services, caller.tenant_id, await context.raw(), media_type, by=caller.key_id)

    @delete("/logo", opt=requires("tenant", "tenant"), status_code=204)
    async def delete_tenant_logo(self, services: ServicesDependency, principal: PrincipalDependency) -> None:
        """Delete the logo of the tenant."""
        await tenant_logos.delete_logo(services, principal.tenant_id)

    @post("/agents/pause", opt=requires("tenant", "tenant"), status_code=200)
    async def pause_agents(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewPause]
    ) -> TenantView:
        """Refuse all MCP servers of the tenant, and tools called with API keys, until they are resumed."""
        return tenant_view(await pause_tenant(services, principal.tenant_id, "agents", data.reason, caller=principal))

    @post("/agents/resume", opt=requires("tenant", "tenant"), status_code=200)
    async def resume_agents(self, services: ServicesDependency, principal: PrincipalDependency) -> TenantView:
        """Let the agents of the tenant work again; what was paused by itself stays paused."""
        return tenant_view(await pause_tenant(services, principal.tenant_id, "agents", None, caller=principal))

    @post("/writes/pause", opt=requires("tenant", "tenant"), status_code=200)
    async def pause_writes(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewPause]
    ) -> TenantView:
        """Refuse every write to the tenant's accounts, by programs, agents and approvals, until writes are resumed."""
        return tenant_view(await pause_tenant(services, principal.tenant_id, "writes", data.reason, caller=principal))

    @post("/writes/resume", opt=requires("tenant", "tenant"), status_code=200)
    async def resume_writes(self, services: ServicesDependency, principal: PrincipalDependency) -> TenantView:
        """Let writes to the tenant's accounts pass again."""
        return tenant_view(await pause_tenant(services, principal.tenant_id, "writes", None, caller=principal))
