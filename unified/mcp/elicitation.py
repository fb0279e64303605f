"""What a client may be asked: only what it declared that it can do, in the request itself (MCP 2026-07-28, MRTR)."""

from typing import Any

CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
_NEEDED = {"sampling/createMessage": "sampling", "roots/list": "roots"}


def capabilities(params: dict[str, Any]) -> dict[str, Any]:
    """What the client declared with its request; nothing when it did not, or not in the right form."""
    meta = params.get("_meta")
    declared = meta.get(CAPABILITIES) if isinstance(meta, dict) else None
    return declared if isinstance(declared, dict) else {}


def askable(request: dict[str, Any], declared: dict[str, Any]) -> bool:
    """Whether a client with these capabilities can be asked this."""
    if request["method"] != "elicitation/create":
        return _NEEDED.get(request["method"]) in declared
    elicitation = declared.get("elicitation")
    if not isinstance(elicitation, dict):
        return False
    mode = request["params"].get("mode", "form")
    return mode in elicitation or (mode == "form" and not elicitation)


def open_page(message: str, url: str) -> dict[str, Any]:
    """The request to open an address in the person's own browser: what is decided there does not pass through the client."""
    return {"method": "elicitation/create", "params": {"mode": "url", "message": message, "url": url}}
