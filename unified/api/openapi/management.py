"""Operations that are not of a unified model: keys, accounts, catalog, proxy, health."""

from unified.api.openapi.operation import PAGE, Operation, answer, operation
from unified.api.openapi.parts import LIMIT_HEADERS

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
        "get": operation("list_api_keys", "List API keys", "management", answer("KeyShown", many=True), query=PAGE),
        "post": operation(
            "create_api_key", "Create an API key; it is shown once", "management", answer("KeyMade", "201"), body="NewKey"
        ),
    },
    "/api-keys/{id}": {
        "get": operation("get_api_key", "Get one API key, without the key", "management", answer("KeyShown"), path=("id",)),
        "delete": operation(
            "revoke_api_key",
            "Revoke an API key at once; with descendants=true, all that it made as well",
            "management",
            answer(None, "204"),
            path=("id",),
            query=("descendants",),
        ),
    },
    "/api-keys/{id}/descendants": {
        "get": operation(
            "list_api_key_descendants",
            "List what a key made that can still be used",
            "management",
            answer("Descendant", many=True),
            path=("id",),
        )
    },
    "/accounts": {
        "get": operation(
            "list_accounts",
            "List accounts",
            "management",
            answer("AccountShown", many=True),
            query=(*PAGE, "provider", "status", "external_id"),
        ),
        "post": operation(
            "create_account",
            "Connect an account with credentials at hand",
            "management",
            answer("AccountShown", "201"),
            body="NewAccount",
        ),
    },
    "/accounts/{id}": {
        "get": operation(
            "get_account", "Get one account, credentials masked", "management", answer("AccountShown"), path=("id",)
        ),
        "patch": operation(
            "update_account", "Change an account", "management", answer("AccountShown"), path=("id",), body="AccountPatch"
        ),
        "delete": operation(
            "delete_account", "Delete an account with its credentials", "management", answer(None, "204"), path=("id",)
        ),
    },
    "/accounts/{id}/check": {
        "post": operation(
            "check_account",
            "Ask the provider whether it accepts the account",
            "management",
            answer("CheckResult"),
            path=("id",),
        )
    },
    "/accounts/{id}/refresh": {
        "post": operation(
            "refresh_account",
            "Have the account's token refreshed now",
            "management",
            answer("CheckResult"),
            path=("id",),
        )
    },
    "/accounts/{id}/resources": {
        "get": operation(
            "get_resources", "The resources chosen for an account; {} for all", "management", answer("object"), path=("id",)
        ),
        "put": operation(
            "set_resources",
            "Choose what of an account may be seen",
            "management",
            answer("object"),
            path=("id",),
            requestBody={"required": True, "content": {"application/json": {"schema": _RESOURCES}}},
        ),
    },
    "/connect": {
        "post": operation(
            "create_connect_link",
            "Make a link by which an end user connects an account",
            "management",
            answer("LinkMade", "201"),
            body="NewLink",
        )
    },
    "/connect/{id}": {
        "get": operation("get_connect_link", "What came of a connect link", "management", answer("LinkShown"), path=("id",))
    },
    "/oauth-apps": {
        "get": operation("list_oauth_apps", "List the tenant's own OAuth apps", "management", answer("AppShown", many=True))
    },
    "/oauth-apps/{provider}": {
        "get": operation(
            "get_oauth_app", "Get one OAuth app, id and secret masked", "management", answer("AppShown"), path=("provider",)
        ),
        "put": operation(
            "set_oauth_app",
            "Set the OAuth app for a provider",
            "management",
            answer("AppShown"),
            path=("provider",),
            body="NewApp",
        ),
        "delete": operation("delete_oauth_app", "Delete an OAuth app", "management", answer(None, "204"), path=("provider",)),
    },
    "/tenant": {
        "get": operation("get_tenant", "Get the tenant of the key", "management", answer("TenantShown")),
        "patch": operation(
            "update_tenant", "Change name or return origins", "management", answer("TenantShown"), body="TenantPatch"
        ),
    },
    "/webhooks": {
        "get": operation("list_webhooks", "List webhooks", "management", answer("WebhookShown", many=True), query=PAGE),
        "post": operation(
            "create_webhook",
            "Create a webhook; its signing secret is shown once",
            "management",
            answer("WebhookMade", "201"),
            body="NewWebhook",
        ),
    },
    "/webhooks/{id}": {
        "get": operation(
            "get_webhook", "Get one webhook, its secret masked", "management", answer("WebhookShown"), path=("id",)
        ),
        "patch": operation(
            "update_webhook",
            "Change a webhook, disable it or activate it again",
            "management",
            answer("WebhookShown"),
            path=("id",),
            body="WebhookPatch",
        ),
        "delete": operation(
            "delete_webhook", "Delete a webhook with its deliveries", "management", answer(None, "204"), path=("id",)
        ),
    },
    "/webhooks/{id}/rotate": {
        "post": operation(
            "rotate_webhook",
            "Replace the signing secret; the one before signs too for 24 hours",
            "management",
            answer("WebhookMade"),
            path=("id",),
        )
    },
    "/webhooks/{id}/test": {
        "post": operation(
            "test_webhook", "Send a test event to one webhook", "management", answer("DeliveryShown", "202"), path=("id",)
        )
    },
    "/webhooks/{id}/deliveries": {
        "get": operation(
            "list_webhook_deliveries",
            "List what was sent to a webhook, and what waits",
            "management",
            answer("DeliveryShown", many=True),
            path=("id",),
            query=PAGE,
        )
    },
    "/audit": {
        "get": operation(
            "list_audit",
            "List audit rows, newest first",
            "management",
            answer("AuditShown", many=True),
            query=(*PAGE, "account_id", "actor", "decision", "kind", "server", "since", "until"),
        )
    },
    "/catalog/providers": {"get": operation("list_providers", "List providers", "catalog", answer("object", many=True))},
    "/catalog/models": {"get": operation("list_models", "List common models", "catalog", answer("object", many=True))},
    "/catalog/coverage": {
        "get": operation(
            "list_coverage",
            "What each provider's mapping covers",
            "catalog",
            answer("Coverage", many=True),
            query=("provider", "model"),
        )
    },
    "/proxy/{path}": {
        verb: operation(
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
            "responses": answer("object"),
        }
    },
    "/ready": {
        "get": {
            "operationId": "ready",
            "summary": "Ready for requests",
            "tags": ["operations"],
            "security": [],
            "responses": answer("object") | answer("object", "503"),
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
