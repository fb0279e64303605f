"""Issuing what calls with a bearer token, an API key or an MCP server: its token, its maker, its end, and who sees it.

Connect links have a maker as well, and end with it.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec import UnsetType

from unified.errors.access import ScopeExceedsParent, Unauthenticated
from unified.errors.requests import ValidationFailed
from unified.service.access.policy import end_of_key
from unified.service.access.principals import REFUSED, Principal
from unified.service.access.scope.inheritance import lies_within
from unified.service.access.scope.scopes import stored_scope
from unified.service.access.use.use_limits import NO_LIMITS, Level, Levels, UseLimits, lies_below, merged_limits
from unified.service.access.use.windows import Window, checked_window, opens_at
from unified.service.runtime.services import Services
from unified.store import bearer_tokens
from unified.store.api_keys import KEYS
from unified.vault.tokens import new_token


class Scoped(Protocol):
    """A row that holds the scope of its token."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def scope(self) -> dict[str, Any] | None:
        """The scope as JSON values."""

    @property
    def use_limits(self) -> list[dict[str, Any]] | None:
        """The limits of use as JSON values."""


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """A new token with its stored digest."""

    text: str
    """Shown once."""
    digest: bytes
    last4: str

    def __repr__(self) -> str:
        """Leave out the token, which is a secret."""
        return f"IssuedToken(…{self.last4})"


def issue_token(services: Services, prefix: str) -> IssuedToken:
    """Make a token that begins with a prefix."""
    text = new_token(prefix)
    return IssuedToken(text=text, digest=services.digest(text), last4=text[-4:])


def is_within_reach(caller: Principal | None, row: Scoped) -> bool:
    """Return whether a row may do nothing that the caller may not: only then can the caller see, change or end it.

    A key always sees itself. A caller that is None has no limits.
    """
    return (
        caller is None
        or row.id == caller.key_id
        or (lies_within(stored_scope(row.scope), caller.scopes) and lies_below(row, caller.levels))
    )


def new_levels(owner: str, limits: UseLimits, window: Window | UnsetType | None, maker: Principal | None) -> Levels:
    """Return the limits of use of something new: its own, and those of the key that makes it and of every key above.

    Raises:
        ValidationFailed: the window cannot be checked.
    """
    own = None if isinstance(window, UnsetType) or window is None else checked_window(window)
    return (Level(owner=owner, limits=merged_limits(limits, NO_LIMITS), window=own), *(() if maker is None else maker.levels))


def require_meeting(levels: Levels, now: datetime) -> Levels:
    """Return the levels if their windows overlap.

    Raises:
        ValidationFailed: they are never open at the same time, so that nothing would ever be allowed.
    """
    if opens_at([one.window for one in levels if one.window is not None], now) is None:
        raise ValidationFailed.at("/window", "its hours never meet those of the key that makes it")
    return levels


async def end_of_maker(services: Services, maker: Principal | None) -> datetime | None:
    """Return when the key that creates something expires, by itself or by the policy; None for one that does not.

    Raises:
        Unauthenticated: it expired or was revoked meanwhile.
    """
    if maker is None:
        return None
    key = await bearer_tokens.get_usable(services.database, KEYS, maker.tenant_id, maker.key_id)
    if key is None:
        raise Unauthenticated(REFUSED)
    return end_of_key(services.settings, key.created_at, key.expires_at)


def require_end_within(maker_end: datetime | None, moment: datetime) -> datetime:
    """Return the requested end of something if its maker does not expire before.

    Raises:
        ScopeExceedsParent: the maker does.
    """
    if maker_end is not None and moment > maker_end:
        raise ScopeExceedsParent.at(
            "expires_at", "later than the end of the key that makes it; leave it out to end with the key"
        )
    return moment


async def require_usable_maker(services: Services, maker: Principal | None, undo: Callable[[], Awaitable[object]]) -> None:
    """Call `undo` for what was just created if the key that created it was revoked or paused meanwhile.

    A key that is revoked while it creates something therefore leaves nothing behind: either this check sees the revocation, or
    whoever ends the key's descendants sees the new row.

    Raises:
        Unauthenticated: the key expired, was revoked or paused.
    """
    if maker is None:
        return
    key = await bearer_tokens.get_usable(services.database, KEYS, maker.tenant_id, maker.key_id)
    if key is None or key.paused is not None:
        await undo()
        raise Unauthenticated(REFUSED)
