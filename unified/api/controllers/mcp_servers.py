"""Routes of MCP servers as objects; the endpoint that their tokens open is no part of this."""

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import JSONBody

from unified.api.answers.responses import NO_STORE, created
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import PositionDependency, PrincipalDependency, ServicesDependency
from unified.api.requests.path_parameters import PathId
from unified.api.views.lists import ListView, page_view
from unified.api.views.mcp_servers import (
    McpServerCreated,
    McpServerView,
    McpServerWithTools,
    server_created,
    server_view,
    server_with_tools,
)
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import McpServerPatch, NewMcpServer
from unified.service.pausing import NewPause, pause_server


class McpServerController(Controller):
    """The tenant's MCP servers that the caller could have created."""

    path = "/mcp-servers"
    tags = ("management",)
    response_headers = NO_STORE
    opt = requires("servers")

    @get()
    async def list_mcp_servers(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        position: PositionDependency,
    ) -> ListView[McpServerView]:
        """List MCP servers."""
        page = await servers.list_servers(
            services, principal.tenant_id, limit=position.limit, cursor=position.cursor, caller=principal
        )
        return page_view(page, server_view)

    @post(opt=requires("servers", problems=("409",)))
    async def create_mcp_server(
        self, services: ServicesDependency, principal: PrincipalDependency, data: JSONBody[NewMcpServer]
    ) -> Response[McpServerCreated]:
        """Create an MCP server for some accounts; its token is shown once."""
        row, token, tools = await servers.create_server(services, principal.tenant_id, data, maker=principal)
        return created(server_created(row, token, tools, services.settings), f"/mcp-servers/{row.id}")

    @get("/{id:str}")
    async def get_mcp_server(
        self, services: ServicesDependency, principal: PrincipalDependency, server_id: PathId
    ) -> McpServerWithTools:
        """Get one MCP server with its tools, without the token."""
        row = await servers.get_server(services, principal.tenant_id, server_id, caller=principal)
        return server_with_tools(row, await servers.tools_of(services, row))

    @patch("/{id:str}")
    async def update_mcp_server(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        server_id: PathId,
        data: JSONBody[McpServerPatch],
    ) -> McpServerWithTools:
        """Change an MCP server within the scope of the key that made it."""
        row = await servers.update_server(services, principal.tenant_id, server_id, data, caller=principal)
        return server_with_tools(row, await servers.tools_of(services, row))

    @delete("/{id:str}")
    async def revoke_mcp_server(self, services: ServicesDependency, principal: PrincipalDependency, server_id: PathId) -> None:
        """Revoke an MCP server at once."""
        await servers.revoke_server(services, principal.tenant_id, server_id, caller=principal)

    @post("/{id:str}/rotate", status_code=200)
    async def rotate_mcp_server(
        self, services: ServicesDependency, principal: PrincipalDependency, server_id: PathId
    ) -> McpServerCreated:
        """Replace the token; the previous one stops working at once."""
        row, token = await servers.rotate_token(services, principal.tenant_id, server_id, caller=principal)
        return server_created(row, token, await servers.tools_of(services, row), services.settings)

    @post("/{id:str}/pause", status_code=200)
    async def pause_mcp_server(
        self,
        services: ServicesDependency,
        principal: PrincipalDependency,
        server_id: PathId,
        data: JSONBody[NewPause],
    ) -> McpServerView:
        """Refuse an MCP server's token until it is resumed; every worker does within two seconds."""
        return server_view(await pause_server(services, principal.tenant_id, server_id, data.reason, caller=principal))

    @post("/{id:str}/resume", status_code=200)
    async def resume_mcp_server(
        self, services: ServicesDependency, principal: PrincipalDependency, server_id: PathId
    ) -> McpServerView:
        """Let a paused MCP server work again."""
        return server_view(await pause_server(services, principal.tenant_id, server_id, None, caller=principal))
