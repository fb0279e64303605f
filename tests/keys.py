"""API keys for tests that are about something else: each role has all that it can have, unless a scope is given."""

from typing import Any

from unified.service.access.key_config import NewKey
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED

CALLS = {
    "methods": ["read", "write", "custom"],
    "fields": {"classes": ["none", "personal", "sensitive", "secret"]},
    "writes": "direct",
}
"""Every call of every model, and nothing of `manage`: such a key may stand beside the token of an MCP server."""


def new_key(**asked: Any) -> NewKey:
    """What is asked for when a key is made, with the widest scope of its role where none is given."""
    role = asked.get("role", "app")
    return NewKey(**{"name": "k", "role": role, "scope": CALLS if role == "app" else "unlimited", **asked})


def unlimited(tenant_id: str) -> Principal:
    """A caller of a tenant whom nothing limits."""
    return Principal(tenant_id=tenant_id, key_id="key_unlimited", role="admin", scope=UNLIMITED)
