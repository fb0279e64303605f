"""Routes of a tenant's own OAuth apps."""

from litestar import Controller, delete, get, put
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathProvider
from unified.api.views.lists import ListView, list_view
from unified.api.views.oauth_apps import AppView, app_view, every_app, shared_app_view
from unified.service.accounts import oauth_apps, refused_apps
from unified.service.accounts.oauth_apps import NewApp


class OAuthAppController(Controller):
    """OAuth apps of the tenant, and those of the installation while a provider refuses them."""

    path = "/oauth-apps"
    tags = ("management",)
    response_headers = NO_STORE

    @get(opt=requires("apps", "tenant", strict_query=True))
    async def list_oauth_apps(self, services: ServicesDependency, principal: PrincipalDependency) -> ListView[AppView]:
        """List the tenant's own OAuth apps."""
        return list_view(await every_app(services, principal.tenant_id))

    @get("/{provider:str}", opt=requires("apps", "tenant"))
    async def get_oauth_app(
        self, services: ServicesDependency, principal: PrincipalDependency, provider: PathProvider
    ) -> AppView:
        """Get one OAuth app, id and secret masked."""
        tenant_id = principal.tenant_id
        state = await refused_apps.state_of(services, tenant_id, provider)
        if state is not None and not await oauth_apps.has_own(services, tenant_id, provider):
            return shared_app_view(services, state)
        return app_view(services, await oauth_apps.get_app(services, tenant_id, provider), state)

    @put("/{provider:str}", opt=requires("apps", "tenant"))
    async def set_oauth_app(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        provider: PathProvider,
        data: JSONBody[NewApp],
    ) -> AppView:
        """Set the OAuth app for a provider."""
        return app_view(services, await oauth_apps.set_app(services, principal.tenant_id, provider, data), None)

    @delete("/{provider:str}", opt=requires("apps", "tenant"))
    async def delete_oauth_app(
        self, services: ServicesDependency, principal: PrincipalDependency, provider: PathProvider
    ) -> None:
        """Delete an OAuth app."""
        await oauth_apps.delete_app(services, principal.tenant_id, provider)
