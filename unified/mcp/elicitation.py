"""Requests for input from a client, limited to the capabilities that it declared in its request (MCP 2026-07-28, MRTR)."""

from typing import Any

CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_CAPABILITY_OF = {"sampling/createMessage": "sampling", "roots/list": "roots"}


def declared_capabilities(params: dict[str, Any]) -> dict[str, Any]:
    """Return the capabilities that the client declared with its request; empty if there are none, or they are malformed."""
    meta = params.get("_meta")
    declared = meta.get(CAPABILITIES) if isinstance(meta, dict) else None
    return declared if isinstance(declared, dict) else {}


def is_supported(request: dict[str, Any], declared: dict[str, Any]) -> bool:
    """Return whether a client with these capabilities supports a request for input."""
    if request["method"] != "elicitation/create":
        return _CAPABILITY_OF.get(request["method"]) in declared
    elicitation = declared.get("elicitation")
    if not isinstance(elicitation, dict):
        return False
    mode = request["params"].get("mode", "form")
    return mode in elicitation or (mode == "form" and not elicitation)


def url_elicitation(message: str, url: str) -> dict[str, Any]:
    """Return a request to open a URL in the user's browser; the decision made there does not pass through the client."""
    return {"method": "elicitation/create", "params": {"mode": "url", "message": message, "url": url}}
