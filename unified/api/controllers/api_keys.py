"""Routes of API keys."""

from typing import Literal

from litestar import Controller, Response, delete, get, post
from litestar.params import FromQuery, JSONBody

from unified.api.answers.responses import NO_STORE, created
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.api_keys import KeyCreated, KeyView, key_created, key_view
from unified.api.views.lists import ListView, list_view, page_view
from unified.service.access import api_keys
from unified.service.access.key_config import NewKey
from unified.service.access.lineage import Descendant
from unified.service.pausing import NewKeyPause, pause_key

Flag = Literal["true", "false"]


class ApiKeyController(Controller):
    """The tenant's API keys that the caller could have created."""

    path = "/api-keys"
    tags = ("management",)
    response_headers = NO_STORE
    opt = requires("keys")

    @get()
    async def list_api_keys(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
    ) -> ListView[KeyView]:
        """List API keys."""
        page = await api_keys.list_keys(
            services, principal.tenant_id, limit=position.limit, cursor=position.cursor, caller=principal
        )
        return page_view(page, key_view)

    @post(opt=requires("keys", problems=("409",)))
    async def create_api_key(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewKey]
    ) -> Response[KeyCreated]:
        """Create an API key; it is shown once."""
        row, token = await api_keys.create_key(services, principal.tenant_id, data, maker=principal)
        return created(key_created(row, token), f"/api-keys/{row.id}")

    @get("/{id:str}")
    async def get_api_key(self, services: ServicesDependency, principal: PrincipalDependency, key_id: PathId) -> KeyView:
        """Get one API key, without the key."""
        return key_view(await api_keys.get_key(services, principal.tenant_id, key_id, caller=principal))

    @delete("/{id:str}")
    async def revoke_api_key(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        key_id: PathId,
        descendants: FromQuery[Flag] = "false",
    ) -> None:
        """Revoke an API key at once; with descendants=true, all that it made as well."""
        every = descendants == "true"
        await api_keys.revoke_key(services, principal.tenant_id, key_id, caller=principal, descendants=every)

    @get("/{id:str}/descendants", opt=requires("keys", strict_query=True))
    async def list_api_key_descendants(
        self, services: ServicesDependency, principal: PrincipalDependency, key_id: PathId
    ) -> ListView[Descendant]:
        """List the objects that a key made and that can still be used."""
        return list_view(await api_keys.list_descendants(services, principal.tenant_id, key_id, caller=principal))

    @post("/{id:str}/pause", status_code=200)
    async def pause_api_key(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        key_id: PathId,
        data: JSONBody[NewKeyPause],
    ) -> KeyView:
        """Refuse an API key until it is resumed; with `descendants`, all keys and MCP servers that it made as well."""
        row, _ = await pause_key(
            services, principal.tenant_id, key_id, data.reason, caller=principal, descendants=data.descendants
        )
        return key_view(row)

    @post("/{id:str}/resume", status_code=200)
    async def resume_api_key(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        key_id: PathId,
        descendants: FromQuery[Flag] = "false",
    ) -> KeyView:
        """Let a paused API key work again; with descendants=true, all keys and MCP servers that it made as well."""
        every = descendants == "true"
        row, _ = await pause_key(services, principal.tenant_id, key_id, None, caller=principal, descendants=every)
        return key_view(row)
