"""Operations for agents and those who let them: MCP servers, tools, approvals."""

from unified.api.openapi.operation import PAGE, Operation, answer, operation

AGENT_PATHS: dict[str, dict[str, Operation]] = {
    "/approvals": {
        "get": operation(
            "list_approvals",
            "List writes that wait for a decision, and what became of others",
            "management",
            answer("ApprovalShown", many=True),
            query=(*PAGE, "status"),
        )
    },
    "/approvals/{id}": {
        "get": operation(
            "get_approval",
            "Get one approval; to who decides it shows the requests and the difference while it waits",
            "management",
            answer("ApprovalShown"),
            path=("id",),
        )
    },
    "/approvals/{id}/approve": {
        "post": operation(
            "approve_write",
            "Approve a write and execute it, once",
            "management",
            answer("ApprovalShown") | {"409": {"$ref": "#/components/responses/409"}},
            path=("id",),
            body="Approve",
        )
    },
    "/approvals/{id}/decline": {
        "post": operation(
            "decline_write",
            "Decline a write; what it would have written is erased",
            "management",
            answer("ApprovalShown") | {"409": {"$ref": "#/components/responses/409"}},
            path=("id",),
            body="Decline",
        )
    },
    "/mcp-servers": {
        "get": operation("list_mcp_servers", "List MCP servers", "management", answer("McpServerShown", many=True), query=PAGE),
        "post": operation(
            "create_mcp_server",
            "Create an MCP server for some accounts; its token is shown once",
            "management",
            answer("McpServerMade", "201"),
            body="NewMcpServer",
        ),
    },
    "/mcp-servers/{id}": {
        "get": operation(
            "get_mcp_server",
            "Get one MCP server with its tools, without the token",
            "management",
            answer("McpServerWithTools"),
            path=("id",),
        ),
        "patch": operation(
            "update_mcp_server",
            "Change an MCP server within the scope of the key that made it",
            "management",
            answer("McpServerWithTools"),
            path=("id",),
            body="McpServerPatch",
        ),
        "delete": operation(
            "revoke_mcp_server", "Revoke an MCP server at once", "management", answer(None, "204"), path=("id",)
        ),
    },
    "/mcp-servers/{id}/rotate": {
        "post": operation(
            "rotate_mcp_server",
            "Replace the token; the one before is dead at once",
            "management",
            answer("McpServerMade"),
            path=("id",),
        )
    },
    "/tools": {
        "get": operation(
            "list_tools",
            "List what the key can call, as tools of MCP or as functions (format: mcp, openai, anthropic)",
            "tools",
            answer("object", many=True),
            query=("account_id", "methods", "tags", "format"),
        )
    },
    "/tools/{name}": {
        "post": operation(
            "call_tool",
            "Call a tool; 202 when the write waits for an approval",
            "tools",
            answer("object") | answer("object", "202"),
            path=("name",),
            body="ToolCall",
        )
    },
}
