"""Operations that are not of a unified model: keys, accounts, catalog, proxy, health."""

from typing import Any

from unified.api.openapi.parts import LIMIT_HEADERS
from unified.api.openapi.schemas import REF

Operation = dict[str, Any]


def _answer(schema: str | None, status: str = "200", *, many: bool = False) -> Operation:
    if schema is None:
        return {status: {"description": "Done."}}
    one: Operation = {"$ref": REF + schema} if schema != "object" else {"type": "object"}
    page = {
        "type": "object",
        "required": ["data", "next_cursor"],
        "properties": {"data": {"type": "array", "items": one}, "next_cursor": {"type": ["string", "null"]}},
    }
    return {status: {"description": "Done.", "content": {"application/json": {"schema": page if many else one}}}}


def _operation(name: str, summary: str, tag: str, answer: Operation, **more: Any) -> Operation:
    failures = {status: {"$ref": f"#/components/responses/{status}"} for status in ("401", "403", "404", "422")}
    parameters = [_text_parameter(one, "query") for one in more.pop("query", ())]
    parameters += [_text_parameter(one, "path") for one in more.pop("path", ())]
    body = more.pop("body", None)
    operation = {"operationId": name, "summary": summary, "tags": [tag], "responses": answer | failures, **more}
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": {"$ref": REF + body}}}}
    return operation


def _text_parameter(name: str, where: str) -> Operation:
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}


PAGE = ("limit", "cursor")
_RESOURCES: Operation = {
    "type": "object",
    "description": "Model of a resource, such as ticketing.collections, to the chosen ids.",
    "additionalProperties": {
        "type": "object",
        "required": ["ids"],
        "properties": {"ids": {"type": "array", "items": {"type": "string"}}},
    },
}

PATHS: dict[str, dict[str, Operation]] = {
    "/api-keys": {
        "get": _operation("list_api_keys", "List API keys", "management", _answer("KeyShown", many=True), query=PAGE),
        "post": _operation(
            "create_api_key", "Create an API key; it is shown once", "management", _answer("KeyMade", "201"), body="NewKey"
        ),
    },
    "/api-keys/{id}": {
        "get": _operation("get_api_key", "Get one API key, without the key", "management", _answer("KeyShown"), path=("id",)),
        "delete": _operation("revoke_api_key", "Revoke an API key at once", "management", _answer(None, "204"), path=("id",)),
    },
    "/accounts": {
        "get": _operation(
            "list_accounts",
            "List accounts",
            "management",
            _answer("AccountShown", many=True),
            query=(*PAGE, "provider", "status", "external_id"),
        ),
        "post": _operation(
            "create_account",
            "Connect an account with credentials at hand",
            "management",
            _answer("AccountShown", "201"),
            body="NewAccount",
        ),
    },
    "/accounts/{id}": {
        "get": _operation(
            "get_account", "Get one account, credentials masked", "management", _answer("AccountShown"), path=("id",)
        ),
        "patch": _operation(
            "update_account", "Change an account", "management", _answer("AccountShown"), path=("id",), body="AccountPatch"
        ),
        "delete": _operation(
            "delete_account", "Delete an account with its credentials", "management", _answer(None, "204"), path=("id",)
        ),
    },
    "/accounts/{id}/check": {
        "post": _operation(
            "check_account",
            "Ask the provider whether it accepts the account",
            "management",
            _answer("CheckResult"),
            path=("id",),
        )
    },
    "/accounts/{id}/refresh": {
        "post": _operation(
            "refresh_account",
            "Have the account's token refreshed now",
            "management",
            _answer("CheckResult"),
            path=("id",),
        )
    },
    "/accounts/{id}/resources": {
        "get": _operation(
            "get_resources", "The resources chosen for an account; {} for all", "management", _answer("object"), path=("id",)
        ),
        "put": _operation(
            "set_resources",
            "Choose what of an account may be seen",
            "management",
            _answer("object"),
            path=("id",),
            requestBody={"required": True, "content": {"application/json": {"schema": _RESOURCES}}},
        ),
    },
    "/connect": {
        "post": _operation(
            "create_connect_link",
            "Make a link by which an end user connects an account",
            "management",
            _answer("LinkMade", "201"),
            body="NewLink",
        )
    },
    "/connect/{id}": {
        "get": _operation("get_connect_link", "What came of a connect link", "management", _answer("LinkShown"), path=("id",))
    },
    "/oauth-apps": {
        "get": _operation("list_oauth_apps", "List the tenant's own OAuth apps", "management", _answer("AppShown", many=True))
    },
    "/oauth-apps/{provider}": {
        "get": _operation(
            "get_oauth_app", "Get one OAuth app, id and secret masked", "management", _answer("AppShown"), path=("provider",)
        ),
        "put": _operation(
            "set_oauth_app",
            "Set the OAuth app for a provider",
            "management",
            _answer("AppShown"),
            path=("provider",),
            body="NewApp",
        ),
        "delete": _operation("delete_oauth_app", "Delete an OAuth app", "management", _answer(None, "204"), path=("provider",)),
    },
    "/tenant": {
        "get": _operation("get_tenant", "Get the tenant of the key", "management", _answer("TenantShown")),
        "patch": _operation(
            "update_tenant", "Change name or return origins", "management", _answer("TenantShown"), body="TenantPatch"
        ),
    },
    "/webhooks": {
        "get": _operation("list_webhooks", "List webhooks", "management", _answer("WebhookShown", many=True), query=PAGE),
        "post": _operation(
            "create_webhook",
            "Create a webhook; its signing secret is shown once",
            "management",
            _answer("WebhookMade", "201"),
            body="NewWebhook",
        ),
    },
    "/webhooks/{id}": {
        "get": _operation(
            "get_webhook", "Get one webhook, its secret masked", "management", _answer("WebhookShown"), path=("id",)
        ),
        "patch": _operation(
            "update_webhook",
            "Change a webhook, disable it or activate it again",
            "management",
            _answer("WebhookShown"),
            path=("id",),
            body="WebhookPatch",
        ),
        "delete": _operation(
            "delete_webhook", "Delete a webhook with its deliveries", "management", _answer(None, "204"), path=("id",)
        ),
    },
    "/webhooks/{id}/rotate": {
        "post": _operation(
            "rotate_webhook",
            "Replace the signing secret; the one before signs too for 24 hours",
            "management",
            _answer("WebhookMade"),
            path=("id",),
        )
    },
    "/webhooks/{id}/test": {
        "post": _operation(
            "test_webhook", "Send a test event to one webhook", "management", _answer("DeliveryShown", "202"), path=("id",)
        )
    },
    "/webhooks/{id}/deliveries": {
        "get": _operation(
            "list_webhook_deliveries",
            "List what was sent to a webhook, and what waits",
            "management",
            _answer("DeliveryShown", many=True),
            path=("id",),
            query=PAGE,
        )
    },
    "/approvals": {
        "get": _operation(
            "list_approvals",
            "List writes that wait for a decision, and what became of others",
            "management",
            _answer("ApprovalShown", many=True),
            query=(*PAGE, "status"),
        )
    },
    "/approvals/{id}": {
        "get": _operation(
            "get_approval",
            "Get one approval; to who decides it shows the requests and the difference while it waits",
            "management",
            _answer("ApprovalShown"),
            path=("id",),
        )
    },
    "/approvals/{id}/approve": {
        "post": _operation(
            "approve_write",
            "Approve a write and execute it, once",
            "management",
            _answer("ApprovalShown") | {"409": {"$ref": "#/components/responses/409"}},
            path=("id",),
            body="Approve",
        )
    },
    "/approvals/{id}/decline": {
        "post": _operation(
            "decline_write",
            "Decline a write; what it would have written is erased",
            "management",
            _answer("ApprovalShown") | {"409": {"$ref": "#/components/responses/409"}},
            path=("id",),
            body="Decline",
        )
    },
    "/mcp-servers": {
        "get": _operation(
            "list_mcp_servers", "List MCP servers", "management", _answer("McpServerShown", many=True), query=PAGE
        ),
        "post": _operation(
            "create_mcp_server",
            "Create an MCP server for some accounts; its token is shown once",
            "management",
            _answer("McpServerMade", "201"),
            body="NewMcpServer",
        ),
    },
    "/mcp-servers/{id}": {
        "get": _operation(
            "get_mcp_server",
            "Get one MCP server with its tools, without the token",
            "management",
            _answer("McpServerWithTools"),
            path=("id",),
        ),
        "patch": _operation(
            "update_mcp_server",
            "Change an MCP server within the scope of the key that made it",
            "management",
            _answer("McpServerWithTools"),
            path=("id",),
            body="McpServerPatch",
        ),
        "delete": _operation(
            "revoke_mcp_server", "Revoke an MCP server at once", "management", _answer(None, "204"), path=("id",)
        ),
    },
    "/mcp-servers/{id}/rotate": {
        "post": _operation(
            "rotate_mcp_server",
            "Replace the token; the one before is dead at once",
            "management",
            _answer("McpServerMade"),
            path=("id",),
        )
    },
    "/audit": {
        "get": _operation(
            "list_audit",
            "List audit rows, newest first",
            "management",
            _answer("AuditShown", many=True),
            query=(*PAGE, "account_id", "actor", "decision", "kind", "server", "since", "until"),
        )
    },
    "/tools": {
        "get": _operation(
            "list_tools",
            "List what the key can call, as tools of MCP or as functions (format: mcp, openai, anthropic)",
            "tools",
            _answer("object", many=True),
            query=("account_id", "methods", "tags", "format"),
        )
    },
    "/tools/{name}": {
        "post": _operation(
            "call_tool",
            "Call a tool; 202 when the write waits for an approval",
            "tools",
            _answer("object") | _answer("object", "202"),
            path=("name",),
            body="ToolCall",
        )
    },
    "/catalog/providers": {"get": _operation("list_providers", "List providers", "catalog", _answer("object", many=True))},
    "/catalog/models": {"get": _operation("list_models", "List common models", "catalog", _answer("object", many=True))},
    "/catalog/coverage": {
        "get": _operation(
            "list_coverage",
            "What each provider's mapping covers",
            "catalog",
            _answer("Coverage", many=True),
            query=("provider", "model"),
        )
    },
    "/proxy/{path}": {
        verb: _operation(
            f"proxy_{verb}",
            "Pass a request through to the provider",
            "proxy",
            {"default": {"description": "The provider's own status, body and content type.", "headers": LIMIT_HEADERS}},
            path=("path",),
            query=("account_id",),
            **{"x-method-class": "read" if verb == "get" else "write"},
        )
        for verb in ("get", "post", "put", "patch", "delete")
    },
    "/health": {
        "get": {
            "operationId": "health",
            "summary": "The process answers",
            "tags": ["operations"],
            "security": [],
            "responses": _answer("object"),
        }
    },
    "/ready": {
        "get": {
            "operationId": "ready",
            "summary": "Ready for requests",
            "tags": ["operations"],
            "security": [],
            "responses": _answer("object") | _answer("object", "503"),
        }
    },
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "summary": "Metrics for Prometheus; the key is UNIFIED_METRICS_TOKEN where it is set, else one of role admin",
            "tags": ["operations"],
            "responses": {
                "200": {"description": "Done.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                "401": {"$ref": "#/components/responses/401"},
                "403": {"$ref": "#/components/responses/403"},
            },
        }
    },
}
