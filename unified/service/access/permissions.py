"""Permissions for managing Unified itself: `manage` of a scope, bounded by the key's role, and required by routes.

Calls of models are limited by `methods`, `models`, `tags` and `writes`; connecting accounts, creating keys, deciding approvals
and the like are limited here. Each handler declares what it needs; `unified.api.guards` checks it in one place.
"""

from typing import Literal

from unified.errors.access import Forbidden, MethodNotAllowedByScope, OutsideAccounts
from unified.service.access.principals import AGENT, Principal, require_role
from unified.service.access.scope.scopes import PERMISSIONS, Permission, Scope, Scopes, manage_of, named_accounts

Needs = Permission | Literal["call", "key", "agent", "sign_in", "operator", "nothing"]
"""The permission that a route requires of its caller.

A permission of `manage`; or `call`: a key that may call providers; `key`: any API key; `agent`: the token of an MCP server;
`sign_in`: any person who signed in; `operator`: a secret of the installation, which no tenant has; `nothing`: a public route,
or one with its own secret in the path or the form.
"""
Reach = Literal["tenant", "account", "rows"]
"""The subject of a request: the whole tenant, so that a key limited to some accounts is refused; the account that the path
names, which must be one of the key's; or only rows within the key's scope, which the service checks one by one."""

DECIDES: Permission = "approvals"
"""The permission to decide about pending writes, and to see what others requested."""
ROLES: dict[str, tuple[Permission, ...]] = {"admin": PERMISSIONS, "app": ("connect",), "approver": ("approvals",), AGENT: ()}
"""The permissions that a key of a role can have at all; its scope states which of them it has."""
CALLERS = ("admin", "app")
"""Roles of API keys that may call providers."""
BY_ROLE: dict[str, tuple[Permission, ...]] = {"approver": ("approvals",)}
"""The permissions of a key with a scope that does not mention `manage`: an approver decides, others have none."""


def permissions_of(principal: Principal) -> frozenset[Permission]:
    """Return every permission that the caller has: by its role, and by each of its scopes."""
    held = frozenset(ROLES.get(principal.role, ()))
    for scope in principal.scopes:
        held &= frozenset(granted(principal.role, scope))
    return held


def granted(role: str, scope: Scope) -> tuple[Permission, ...]:
    """Return the permissions that a scope gives to a key of this role; without any, those that the role has by default."""
    named = manage_of(scope)
    permissions = BY_ROLE.get(role, ()) if named is None else named
    return tuple(one for one in PERMISSIONS if one in permissions and one in ROLES.get(role, ()))


def require_permission(principal: Principal, needs: Needs) -> None:
    """Require what a route needs of its caller.

    Raises:
        MethodNotAllowedByScope: the caller has not got it; the text names what is missing.
    """
    if needs in ("nothing", "sign_in"):
        return
    if needs == "operator":
        raise MethodNotAllowedByScope("this concerns the whole installation, and every key is a tenant's")
    if needs == "agent":
        require_role(principal, AGENT)
    elif needs == "key":
        require_role(principal, *(one for one in ROLES if one != AGENT))
    elif needs == "call":
        require_role(principal, *CALLERS)
    else:
        require_role(principal, *(role for role, held in ROLES.items() if needs in held))
        if needs not in permissions_of(principal):
            raise MethodNotAllowedByScope(f"the key's scope does not include the permission `{needs}` in `manage`")


def require_every_account(scopes: Scopes) -> None:
    """Require a caller that is not limited to some accounts, for a request that concerns all of the tenant.

    Raises:
        OutsideAccounts: a scope of the caller names accounts.
    """
    if not reaches_every_account(scopes):
        raise OutsideAccounts("this concerns every account of the tenant, and the key's scope is limited to some of them")


def reaches_every_account(scopes: Scopes) -> bool:
    """Return whether none of the scopes is limited to named accounts."""
    return named_accounts(scopes) is None


def may_reach(principal: Principal, needs: Needs, reach: Reach) -> bool:
    """Return whether the caller passes a route's declaration, apart from the account that a path names."""
    return has_permission(principal, needs) and (reach != "tenant" or reaches_every_account(principal.scopes))


def has_permission(principal: Principal, needs: Needs) -> bool:
    """Return whether `require_permission` lets the caller pass, to show only possible acts."""
    try:
        require_permission(principal, needs)
    except Forbidden:
        return False
    return True
