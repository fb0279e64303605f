"""The installation's policy: limits that no tenant, key or server can lift, checked at creation and at each use.

`UNIFIED_POLICY` lists rules by name; `UNIFIED_KEY_MAX_LIFETIME` and `UNIFIED_MCP_MAX_LIFETIME` set the longest lifetimes.
"""

from datetime import datetime, timedelta

from unified.errors.access import ForbiddenByPolicy
from unified.service.access.scope.scopes import UNLIMITED, Scope, Scopes, write_policies
from unified.settings.policy_rules import NO_DIRECT_AGENT_WRITES, NO_PASS_THROUGH, NO_URL_ONLY_SERVERS
from unified.settings.settings import Settings

AGENTS_ASK: Scope = Scope(methods=UNLIMITED.methods, fields=UNLIMITED.fields, writes="approve", manage=())
"""Under `no_direct_agent_writes` every agent has this scope in addition to its own, so its writes wait for an approval."""


def refuse_url_only(settings: Settings, *, needs_key: bool) -> None:
    """Refuse an MCP server that an agent can use with its URL alone, where the policy forbids such servers.

    Raises:
        ForbiddenByPolicy: no API key is needed, and the rule `no_url_only_servers` is set.
    """
    if not needs_key and NO_URL_ONLY_SERVERS in settings.policy:
        raise ForbiddenByPolicy(_refused(NO_URL_ONLY_SERVERS, "an MCP server needs an API key with its token"))


def refuse_pass_through(settings: Settings) -> None:
    """Refuse the pass-through where the policy switches it off.

    Raises:
        ForbiddenByPolicy: the rule `no_pass_through` is set.
    """
    if not allows_pass_through(settings):
        raise ForbiddenByPolicy(_refused(NO_PASS_THROUGH, "call the unified models instead"))


def allows_pass_through(settings: Settings) -> bool:
    """Return whether `refuse_pass_through` lets a request pass, so that pages list only what can be done."""
    return NO_PASS_THROUGH not in settings.policy


def refuse_direct_writes(settings: Settings, scope: Scope) -> None:
    """Refuse an MCP server that would write directly where the policy requires approvals for agents.

    Raises:
        ForbiddenByPolicy: the scope's writes are direct, and the rule `no_direct_agent_writes` is set.
    """
    if NO_DIRECT_AGENT_WRITES in settings.policy and "direct" in write_policies((scope,)):
        raise ForbiddenByPolicy(_refused(NO_DIRECT_AGENT_WRITES, "expected writes `deny` or `approve`"))


def agent_limits(settings: Settings) -> Scopes:
    """Return the scopes that restrict every agent in addition to its own, whatever its server was created with."""
    return (AGENTS_ASK,) if NO_DIRECT_AGENT_WRITES in settings.policy else ()


def key_limit(settings: Settings) -> timedelta | None:
    """Return the longest lifetime of an API key; None if there is no bound."""
    return timedelta(seconds=settings.key_max_lifetime) if settings.key_max_lifetime else None


def key_is_over(settings: Settings, created_at: datetime, now: datetime) -> bool:
    """Return whether a key is older than the policy allows, though its own expiry may be later or missing."""
    longest = key_limit(settings)
    return longest is not None and created_at + longest <= now


def end_of_key(settings: Settings, created_at: datetime, expires_at: datetime | None) -> datetime | None:
    """Return when a key stops working, by itself or by the policy; None for one that does not."""
    longest = key_limit(settings)
    ends = (expires_at, None if longest is None else created_at + longest)
    return min((one for one in ends if one is not None), default=None)


def announced_end(settings: Settings, created_at: datetime, expires_at: datetime | None, now: datetime) -> datetime | None:
    """Return the end of a key if it is near enough to be announced; None otherwise."""
    end = end_of_key(settings, created_at, expires_at)
    return end if end is not None and end - timedelta(seconds=settings.key_expiry_warning) <= now else None


def server_is_over(settings: Settings, created_at: datetime, updated_at: datetime, now: datetime) -> bool:
    """Return whether an MCP server is older than the policy allows, counted from its creation or last change."""
    return max(created_at, updated_at) + timedelta(seconds=settings.mcp_max_lifetime) <= now


def _refused(rule: str, remedy: str) -> str:
    return f"the policy of this installation ({rule}) does not allow it; {remedy}"
