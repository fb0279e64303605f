"""Routes of the tenant itself."""

from litestar import Controller, get, patch
from litestar.params import JSONBody

from unified.api.declarations import requires
from unified.api.dependencies import PrincipalDependency, ServicesDependency
from unified.api.responses import NO_STORE
from unified.api.views.tenant import TenantView, tenant_view
from unified.service import tenants
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
        """Change name or return origins."""
        return tenant_view(await tenants.update_tenant(services, principal.tenant_id, data))
