"""The operations of `/proxy/{path}`: what they answer is the provider's, in any form, so Litestar cannot describe them."""

from typing import Any

from unified.api.openapi.parts import LIMIT_HEADERS, failures, parameter

Operation = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
FAILURES = ("401", "403", "404", "422")
_PATH: Operation = {
    "name": "path",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "description": "The path below the provider's base URL, with its slashes.",
}


def pass_through_paths() -> dict[str, dict[str, Operation]]:
    """Return the path with an operation for each method."""
    return {"/proxy/{path}": {method: _operation(method) for method in METHODS}}


def _operation(method: str) -> Operation:
    answer = {"description": "The provider's own status, body and content type.", "headers": LIMIT_HEADERS}
    return {
        "operationId": f"proxy_{method}",
        "summary": "Pass a request through to the provider",
        "tags": ["proxy"],
        "x-method-class": "read" if method == "get" else "write",
        "parameters": [parameter("account_id"), _PATH],
        "responses": {"default": answer, **failures(FAILURES)},
    }
