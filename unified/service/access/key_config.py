"""What is asked for when an API key is made, read into its scope and its end; both within those of the key that makes it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from unified.errors import ScopeExceedsParent, Unauthenticated, ValidationFailed, known_names
from unified.parsing_times import parse_future_time
from unified.service.access.permissions import BY_ROLE, DECIDES, ROLES
from unified.service.access.policy import key_limit
from unified.service.access.principals import REFUSED, Principal
from unified.service.access.scope_inheritance import (
    method_within,
    read_scope,
    refuse_empty_intersection,
    require_subset,
    restrict_to_parent,
    scope_vocabulary,
)
from unified.service.access.scopes import METHOD_CLASSES, UNLIMITED, Scope, Scopes, manage_of, require_account, write_policy
from unified.service.runtime.services import Services
from unified.store import api_keys
from unified.store.api_keys import Role

UNLIMITED_WORD: Literal["unlimited"] = "unlimited"


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when a key is made."""

    name: str
    role: Role
    scope: dict[str, Any] | Literal["unlimited"] | None = None
    """What the key may do. Without it the key only reads, and manages nothing; `unlimited` must be asked for by name."""
    expires_at: str | None = None


async def key_scope(services: Services, tenant_id: str, asked: NewKey, maker: Principal | None) -> Scope:
    """The scope of a new key, filled from its maker's and within it.

    Raises:
        ValidationFailed: a word that is not known, an account that the tenant does not have, a permission that no key of
            this role can have.
        EmptyScope: a list is empty, or no operation meets all of its limits.
        ScopeExceedsParent: more than the maker may do.
        OutsideAccounts: an account that the maker may not use.
    """
    parents: Scopes = () if maker is None else maker.scopes
    scope = _asked_scope(services, asked, parents)
    if manage_of(scope) is None:
        scope = msgspec.structs.replace(scope, manage=BY_ROLE.get(asked.role, ()))
    for parent in parents or (UNLIMITED,):
        scope = restrict_to_parent(scope, parent)
    _refuse_decider(scope, parents)
    await _require_accounts(services, tenant_id, scope, parents)
    refuse_empty_intersection(scope, services.catalog)
    return scope


def _asked_scope(services: Services, asked: NewKey, parents: Scopes) -> Scope:
    if asked.scope is None:
        return _default_scope(asked.role, parents)
    if asked.scope == UNLIMITED_WORD:
        unlimited = msgspec.structs.replace(UNLIMITED, manage=ROLES[asked.role])
        for parent in parents:
            require_subset(unlimited, parent)
        return unlimited
    scope = read_scope(asked.scope, scope_vocabulary(services.catalog))
    for word in manage_of(scope) or ():
        if word not in ROLES[asked.role]:
            raise ValidationFailed.at("scope.manage", f"a key of role {asked.role} can have {known_names(ROLES[asked.role])}")
    return scope


def _default_scope(role: Role, parents: Scopes) -> Scope:
    """The narrowest scope that a key of a role is of use with: it reads; an approver reaches all methods, to decide only."""
    wanted = METHOD_CLASSES if role == "approver" else ("read",)
    methods = tuple(one for one in wanted if all(method_within(one, parent) for parent in parents))
    if not methods:
        raise ScopeExceedsParent("scope.methods: the key that makes it may not read; name what the new key may do")
    return Scope(methods=methods, writes="deny")


def _refuse_decider(scope: Scope, parents: Scopes) -> None:
    """Raise ScopeExceedsParent for a key that decides about writes, made by one whose own writes do not go directly."""
    if parents and DECIDES in (manage_of(scope) or ()) and write_policy(parents) != "direct":
        raise ScopeExceedsParent(
            "scope.manage: a key that may not write directly cannot make one that decides about writes (`approvals`)"
        )


async def _require_accounts(services: Services, tenant_id: str, scope: Scope, parents: Scopes) -> None:
    for account_id in scope.accounts if isinstance(scope.accounts, tuple) else ():
        for parent in parents:
            require_account((parent,), account_id)
        if await services.rows.account(tenant_id, account_id) is None:
            raise ValidationFailed.at("scope.accounts", "expected ids of accounts of this tenant; one of them is unknown")


async def key_end(services: Services, asked: NewKey, maker: Principal | None) -> datetime | None:
    """When a new key ends: as asked, never after its maker nor after the longest lifetime; None for never.

    Raises:
        ValidationFailed: the time asked for is past, or later than the installation's policy allows.
        ScopeExceedsParent: it is after the end of the key that makes it.
    """
    now, longest = services.clock(), key_limit(services.settings)
    moment = None if asked.expires_at is None else parse_future_time("/expires_at", asked.expires_at, now)
    maker_end = await end_of_maker(services, maker)
    latest = None if longest is None else now + longest
    if moment is None:
        return min((one for one in (maker_end, latest) if one is not None), default=None)
    if latest is not None and moment > latest + timedelta(seconds=1):
        raise ValidationFailed.at("/expires_at", "later than UNIFIED_KEY_MAX_LIFETIME allows; leave it out for the longest")
    if maker_end is not None and moment > maker_end:
        raise ScopeExceedsParent("expires_at: later than the end of the key that makes it; leave it out to end with the key")
    return moment


async def end_of_maker(services: Services, maker: Principal | None) -> datetime | None:
    """When the key ends that makes something, by itself or by the policy; None for one without an end.

    Raises Unauthenticated when it just ended.
    """
    if maker is None:
        return None
    key = await api_keys.get_usable(services.database, maker.tenant_id, maker.key_id)
    if key is None:
        raise Unauthenticated(REFUSED)
    longest = key_limit(services.settings)
    ends = (key.expires_at, None if longest is None else key.created_at + longest)
    return min((one for one in ends if one is not None), default=None)


async def require_usable_maker(services: Services, maker: Principal | None, undo: Callable[[], Awaitable[object]]) -> None:
    """Take back what was just made, and raise Unauthenticated, when the key that made it was revoked meanwhile.

    So a key that is revoked while it makes something leaves nothing behind: either this is seen here, once that thing is
    written, or what it made is seen by whoever ends its descendants.
    """
    if maker is not None and await api_keys.get_usable(services.database, maker.tenant_id, maker.key_id) is None:
        await undo()
        raise Unauthenticated(REFUSED)
