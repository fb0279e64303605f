"""docs/reference/permissions.md, from the route table: who may reach what, on one page."""

# ruff: noqa: PLC0415 - heavy imports stand inside, so that `unified --help` is quick

import re
from typing import Any

HEAD = """\
# Permissions

Generated from the route table by `unified docs`. Calls of models are limited by a scope's `accounts`, `methods`, `models`,
`tags`, `fields`, `resources` and `writes`. Acts on Unified itself need a permission in the scope's `manage`. One check, before
any handler runs, holds for programs and for the pages of people who signed in. `unified` on the command line needs no
permission, because whoever runs it has the database and the master keys.

"""
MEANING = {
    "accounts": "create, change and delete accounts, and choose their resources",
    "connect": "make connect links, see what came of them, and refresh tokens",
    "keys": "list, make and revoke API keys that could lie within the own scope",
    "servers": "list, make, change and revoke MCP servers within the own scope",
    "approvals": "decide about writes that wait, within the own scope, and never about writes of the own line",
    "webhooks": "everything about webhooks",
    "apps": "everything about OAuth apps",
    "tenant": "read and change the tenant, such as its return origins, and read the metrics",
    "audit": "read the audit trail; a key limited to accounts reads their rows and its own",
}
NEEDS = {
    "call": "a key of role admin or app; the call itself is then checked against the scope",
    "key": "any API key; lists show what the scope lets see",
    "agent": "the token of an MCP server",
    "sign_in": "any person who signed in",
    "nothing": "nothing, or the secret in the link",
}
REACH = {
    "tenant": "every account: a key limited to accounts is refused",
    "account": "the account in the path: it must be one of the key's",
    "rows": "what the scope lets see",
}
_TYPE = re.compile(r":\w+\}")


def permissions_page() -> str:
    """The whole page."""
    from unified.app import ROUTE_TABLE
    from unified.authoring.reference_pages.tables import table
    from unified.service.access.permissions import BY_ROLE, ROLES
    from unified.service.access.scopes import PERMISSIONS

    words = [(f"`{one}`", MEANING[one], ", ".join(role for role, held in ROLES.items() if one in held)) for one in PERMISSIONS]
    defaults = [f"`{role}` has `{', '.join(held)}`" for role, held in BY_ROLE.items()]
    routes = [_row(one) for one in ROUTE_TABLE if one.methods != ("OPTIONS",)]
    return "\n".join(
        [
            HEAD + table(("permission", "lets", "roles that can have it"), words),
            f"A scope that leaves `manage` out gives none of them; of the roles, {'; '.join(defaults)} by itself.",
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
