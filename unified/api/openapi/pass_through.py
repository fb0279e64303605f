"""The operations of `/proxy/{path}`: their answers are the provider's, in any form, so Litestar cannot describe them."""

from typing import Any

from unified.api.openapi.parts import LIMIT_HEADERS, json_content, parameter
from unified.api.openapi.schemas.enums import reference

Operation = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
WITH_BODY = frozenset({"post", "put", "patch"})
_PATH: Operation = {
    "name": "path",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The path below the provider's base URL. Its slashes may be sent as they are, or all of them as `%2F`.",
}
_QUERY: Operation = {
    "name": "query",
    "in": "query",
    "required": False,
    "style": "form",
    "explode": True,
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "description": "Parameters for the provider, each under its own name.",
    "example": {},
}
_BODY: Operation = {
    "required": False,
    "description": "What the provider takes; any other content type can be sent as well.",
    "content": json_content({}),
}
_OTHER: Operation = {
    "description": "The provider's own status, body and content type; or a problem, if Unified refused the request.",
    "headers": LIMIT_HEADERS,
    "content": json_content({}) | {"application/problem+json": {"schema": reference("Problem")}, "*/*": {"schema": {}}},
}


def pass_through_paths() -> dict[str, dict[str, Operation]]:
    """Return the path with an operation for each method."""
    return {"/proxy/{path}": {method: _operation(method) for method in METHODS}}


def _operation(method: str) -> Operation:
    content = json_content({}) | {"*/*": {"schema": {}}}
    done = {"description": "The provider's own status, body and content type.", "headers": LIMIT_HEADERS, "content": content}
    operation: Operation = {
        "operationId": f"proxy_{method}",
        "summary": "Pass a request through to the provider",
        "description": "Method, path, query and body go to the provider with the account's credentials, within its scope.",
        "tags": ["proxy"],
        "x-method-class": "read" if method == "get" else "write",
        "parameters": [parameter("account_id"), _PATH, _QUERY],
        "responses": {"200": done, **dict.fromkeys(("4XX", "5XX", "default"), _OTHER)},
    }
    return operation | ({"requestBody": _BODY} if method in WITH_BODY else {})
