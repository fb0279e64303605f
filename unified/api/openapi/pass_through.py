"""The operations of `/proxy/{path}`: what they answer is the provider's, in any form, so Litestar cannot describe them."""

from typing import Any

from unified.api.openapi.parts import LIMIT_HEADERS

Operation = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
FAILURES = ("401", "403", "404", "422")


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
        "parameters": [_parameter("account_id", "query"), _parameter("path", "path")],
        "responses": {"default": answer} | {one: {"$ref": f"#/components/responses/{one}"} for one in FAILURES},
    }


def _parameter(name: str, place: str) -> Operation:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
