"""Generator of docs/reference/permissions.md from the route table."""

# ruff: noqa: PLC0415 - heavy imports are local, so that `unified --help` is fast

import re
from typing import Any

HEAD = """\
# Permissions

Generated from the route table by `unified docs`. A scope limits calls of models with `accounts`, `methods`, `models`,
`tags`, `fields`, `resources` and `writes`. Managing Unified itself needs a permission in the scope's `manage`. The same check
runs before every handler, for programs and for the pages of signed-in people. The command line needs no permission, because
its user has access to the database and the master keys.

"""
MEANING = {
    "accounts": "create, change and delete accounts, and choose their resources",
    "connect": "create connect links, see their results, and refresh tokens",
    "keys": "list, create and revoke API keys within the caller's scope",
    "servers": "list, create, change and revoke MCP servers within the caller's scope",
    "approvals": "approve or decline waiting writes within the caller's scope, except those of related keys",
    "webhooks": "manage webhooks",
    "apps": "manage OAuth apps",
    "tenant": "read and change the tenant, such as its return origins, and read the metrics",
    "audit": "read the audit trail; a key limited to accounts reads only their rows and its own",
}
NEEDS = {
    "call": "a key of role admin or app; the call itself is then checked against the scope",
    "key": "any API key; lists show only what the scope allows",
    "agent": "the token of an MCP server",
    "sign_in": "any signed-in person",
    "nothing": "nothing, or the secret in the link",
}
REACH = {
    "tenant": "the whole tenant; a key limited to accounts is refused",
    "account": "the account in the path, which the key's scope must include",
    "rows": "what the scope allows",
}
_TYPE = re.compile(r":\w+\}")


def permissions_page() -> str:
    """Return the complete page."""
    from unified.app import ROUTE_TABLE
    from unified.authoring.reference_pages.tables import table
    from unified.service.access.permissions import BY_ROLE, ROLES
    from unified.service.access.scopes import PERMISSIONS

    permissions = [
        (f"`{one}`", MEANING[one], ", ".join(role for role, held in ROLES.items() if one in held)) for one in PERMISSIONS
    ]
    defaults = [f"`{role}` has `{', '.join(held)}`" for role, held in BY_ROLE.items()]
    routes = [_row(one) for one in ROUTE_TABLE if one.methods != ("OPTIONS",)]
    return "\n".join(
        [
            HEAD + table(("permission", "allows to", "roles that can have it"), permissions),
            f"A scope without `manage` grants none of them. Roles have defaults: {'; '.join(defaults)}.",
            "",
            "## Routes",
            "",
            table(("method", "path", "needs", "concerns"), routes),
        ]
    )


def _row(route: Any) -> tuple[str, str, str, str]:
    needs = NEEDS.get(route.needs, f"`{route.needs}`")
    concerns = REACH[route.reach] if route.needs != "nothing" else ""
    return (" ".join(route.methods), f"`{_TYPE.sub('}', route.path)}`", needs, concerns)
