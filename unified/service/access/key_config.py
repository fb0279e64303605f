"""Reads a request for a new API key into a scope and an expiry, within those of the key that creates it."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.access import ScopeExceedsParent
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.service.access.issuing import end_of_maker, require_end_within
from unified.service.access.permissions import BY_ROLE, DECIDES, ROLES
from unified.service.access.policy import key_limit
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import (
    method_within,
    read_scope,
    refuse_empty_intersection,
    require_subset,
    restrict_to_parent,
    scope_vocabulary,
)
from unified.service.access.scope.scopes import (
    METHOD_CLASSES,
    UNLIMITED,
    Scope,
    Scopes,
    manage_of,
    require_account,
    write_policies,
)
from unified.service.access.use.use_limits import NO_LIMITS, UseLimits
from unified.service.access.use.windows import Window
from unified.service.runtime.services import Services
from unified.store.api_keys import Role
from unified.text.parsing_times import Moment, parse_future_time

UNLIMITED_WORD: Literal["unlimited"] = "unlimited"


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to create a key."""

    name: str
    """For people; need not be unique."""
    role: Role
    """The most that it may manage."""
    scope: dict[str, Any] | Literal["unlimited"] | None = None
    """The scope of the key. Without it the key only reads and manages nothing; `unlimited` must be written out."""
    expires_at: Moment | UnsetType | None = UNSET
    """When it stops working; 90 days from now if left out, unless the installation sets another lifetime; null for never."""
    limits: UseLimits = NO_LIMITS
    """How much it may do; unlimited if left out. It and what it makes stay within those of the keys above it."""
    window: Window | None = None
    """When it may be used; always if left out."""


async def key_scope(services: Services, tenant_id: str, requested: NewKey, maker: Principal | None) -> Scope:
    """Return the scope of a new key, filled from its maker's and within it.

    Raises:
        ValidationFailed: an unknown word, an account that the tenant does not have, or a permission that no key of this role
            can have.
        EmptyScope: a list is empty, or no operation meets all of its limits.
        ScopeExceedsParent: more than the maker may do.
        OutsideAccounts: an account that the maker may not use.
    """
    parents: Scopes = () if maker is None else maker.scopes
    scope = _requested_scope(services, requested, parents)
    if manage_of(scope) is None:
        scope = msgspec.structs.replace(scope, manage=BY_ROLE.get(requested.role, ()))
    for parent in parents or (UNLIMITED,):
        scope = restrict_to_parent(scope, parent)
    _refuse_decider(scope, parents)
    await _require_accounts(services, tenant_id, scope, parents)
    refuse_empty_intersection(scope, services.catalog)
    return scope


def _requested_scope(services: Services, requested: NewKey, parents: Scopes) -> Scope:
    if requested.scope is None:
        return _default_scope(requested.role, parents)
    if requested.scope == UNLIMITED_WORD:
        unlimited = msgspec.structs.replace(UNLIMITED, manage=ROLES[requested.role])
        for parent in parents:
            require_subset(unlimited, parent)
        return unlimited
    scope = read_scope(requested.scope, scope_vocabulary(services.catalog))
    for word in manage_of(scope) or ():
        if word not in ROLES[requested.role]:
            known = known_names(ROLES[requested.role])
            raise ValidationFailed.at("scope.manage", f"a key of role {requested.role} can have {known}")
    return scope


def _default_scope(role: Role, parents: Scopes) -> Scope:
    """Return the narrowest useful scope of a role: it reads; an approver reaches all methods, but only to decide."""
    wanted = METHOD_CLASSES if role == "approver" else ("read",)
    methods = tuple(one for one in wanted if all(method_within(one, parent) for parent in parents))
    if not methods:
        raise ScopeExceedsParent.at("scope.methods", "the key that makes it may not read; name what the new key may do")
    return Scope(methods=methods, writes="deny")


def _refuse_decider(scope: Scope, parents: Scopes) -> None:
    """Raise ScopeExceedsParent for a key that decides about writes if the maker's own writes are not direct."""
    if parents and DECIDES in (manage_of(scope) or ()) and write_policies(parents) != {"direct"}:
        raise ScopeExceedsParent.at(
            "scope.manage", "a key that may not write directly cannot make one that decides about writes (`approvals`)"
        )


async def _require_accounts(services: Services, tenant_id: str, scope: Scope, parents: Scopes) -> None:
    for account_id in scope.accounts if isinstance(scope.accounts, tuple) else ():
        for parent in parents:
            require_account((parent,), account_id)
        if await services.rows.account(tenant_id, account_id) is None:
            raise ValidationFailed.at("scope.accounts", "expected ids of accounts of this tenant; one of them is unknown")


async def key_end(services: Services, requested: NewKey, maker: Principal | None) -> datetime | None:
    """Return when a new key expires: as requested, or after the usual lifetime; None for never.

    Never after its maker, nor after the longest lifetime.

    Raises:
        ValidationFailed: the requested time is past, or later than the installation's policy allows.
        ScopeExceedsParent: it is after the expiry of the key that creates it.
        Unauthenticated: the key that creates it expired or was revoked meanwhile.
    """
    now, longest = services.clock(), key_limit(services.settings)
    maker_end = await end_of_maker(services, maker)
    latest = None if longest is None else now + longest
    if isinstance(requested.expires_at, UnsetType):
        usual = services.settings.key_default_lifetime
        ends = (maker_end, latest, now + timedelta(seconds=usual) if usual else None)
        return min((one for one in ends if one is not None), default=None)
    if requested.expires_at is None:
        _refuse_endless(maker_end, latest)
        return None
    moment = parse_future_time("/expires_at", requested.expires_at, now)
    if latest is not None and moment > latest + timedelta(seconds=1):
        raise ValidationFailed.at(
            "/expires_at", "later than UNIFIED_KEY_MAX_LIFETIME allows; leave it out for the usual lifetime"
        )
    return require_end_within(maker_end, moment)


def _refuse_endless(maker_end: datetime | None, latest: datetime | None) -> None:
    """Refuse a key that does not end, where the policy or its maker does not allow it."""
    endless = "null, for a key that does not end, is later than"
    if latest is not None:
        raise ValidationFailed.at(
            "/expires_at", f"{endless} UNIFIED_KEY_MAX_LIFETIME allows; leave it out for the usual lifetime"
        )
    if maker_end is not None:
        raise ScopeExceedsParent.at("/expires_at", f"{endless} the end of the key that makes it; leave it out")
