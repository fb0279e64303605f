"""Describes the parameters of management routes for the document, with one text for each."""

from typing import Any, Final

IDS: Final = {
    "accounts": "Id of the account, `acc_…`.",
    "api-keys": "Id of the key, `key_…`; not the key itself.",
    "approvals": "Id of the approval, `apr_…`.",
    "connect": "Id of the link; not the token in its address.",
    "mcp-servers": "Id of the MCP server, `mcp_…`.",
    "webhooks": "Id of the webhook, `whk_…`.",
}
"""First segment of a path → what its `id` is."""
TEXTS: Final = {
    "account_id": "Only what belongs to this account, `acc_…`.",
    "actor": "Only what this key or MCP server did: `key_…` or `mcp_…`.",
    "cursor": "`next_cursor` of the page before, with the same query.",
    "decision": "Only rows with this decision.",
    "descendants": "`true` also revokes what the key made, and what that made.",
    "external_id": "Only accounts with this `external_id`.",
    "format": "The form of the tools; `mcp` if left out.",
    "kind": "Only rows of this kind.",
    "limit": "Rows a page; clipped to the maximum.",
    "methods": "Only tools of these methods or classes of methods, separated by commas.",
    "model": "Only this model, such as `crm.contacts`.",
    "name": "Name of the tool, as `GET /tools` lists it.",
    "provider": "Name of the provider, such as `hubspot`.",
    "request_id": "Only what this request caused: the `X-Request-Id` of its response.",
    "server": "Only what was done through this MCP server, `mcp_…`.",
    "since": "At or after this time.",
    "status": "Only those with this status.",
    "tags": "Only tools with one of these tags, separated by commas.",
    "until": "Before this time.",
}
"""Name of a parameter → its meaning, unless a text next to its type says it."""


def describe_parameters(path: str, operation: dict[str, Any]) -> None:
    """Give every parameter of an operation a text.

    Raises:
        KeyError: there is none for it.
    """
    for one in operation.get("parameters", ()):
        if "description" not in one:
            is_id = (one["in"], one["name"]) == ("path", "id")
            one["description"] = IDS[path.split("/")[1]] if is_id else TEXTS[one["name"]]
