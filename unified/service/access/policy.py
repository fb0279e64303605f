"""The installation's policy: limits that no tenant, key or server can lift, looked at when a thing is made and when it is used.

`UNIFIED_POLICY` lists rules by name; `UNIFIED_KEY_MAX_LIFETIME` and `UNIFIED_MCP_MAX_LIFETIME` are the longest lifetimes.
"""

from datetime import datetime, timedelta

from unified.errors import ForbiddenByPolicy
from unified.service.access.scopes import UNLIMITED, Scope, Scopes, write_policy
from unified.settings import Settings
from unified.settings_parsing import NO_DIRECT_AGENT_WRITES, NO_PASS_THROUGH, NO_URL_ONLY_SERVERS

AGENTS_ASK: Scope = Scope(methods=UNLIMITED.methods, fields=UNLIMITED.fields, writes="approve", manage=())
"""Under `no_direct_agent_writes` every agent has this scope besides its own, so that its writes wait for an approval."""


def refuse_url_only(settings: Settings, *, needs_key: bool) -> None:
    """Raise ForbiddenByPolicy for an MCP server whose URL alone lets an agent in, where no such servers are allowed."""
    if not needs_key and NO_URL_ONLY_SERVERS in settings.policy:
        raise ForbiddenByPolicy(_refused(NO_URL_ONLY_SERVERS, "an MCP server needs an API key beside its token"))


def refuse_pass_through(settings: Settings) -> None:
    """Raise ForbiddenByPolicy where the pass-through is switched off."""
    if NO_PASS_THROUGH in settings.policy:
        raise ForbiddenByPolicy(_refused(NO_PASS_THROUGH, "call the unified models instead"))


def refuse_direct_writes(settings: Settings, scope: Scope) -> None:
    """Raise ForbiddenByPolicy for an MCP server that would write directly, where agents must ask."""
    if NO_DIRECT_AGENT_WRITES in settings.policy and write_policy((scope,)) == "direct":
        raise ForbiddenByPolicy(_refused(NO_DIRECT_AGENT_WRITES, "expected writes `deny` or `approve`"))


def agent_limits(settings: Settings) -> Scopes:
    """The scopes that every agent has besides its own, whatever its server was made with."""
    return (AGENTS_ASK,) if NO_DIRECT_AGENT_WRITES in settings.policy else ()


def key_limit(settings: Settings) -> timedelta | None:
    """The longest that an API key may live; None where there is no bound."""
    return timedelta(seconds=settings.key_max_lifetime) if settings.key_max_lifetime else None


def key_is_over(settings: Settings, created_at: datetime, now: datetime) -> bool:
    """Whether a key has lived longer than the policy allows, though its own end may be later or missing."""
    longest = key_limit(settings)
    return longest is not None and created_at + longest <= now


def server_is_over(settings: Settings, created_at: datetime, updated_at: datetime, now: datetime) -> bool:
    """Whether an MCP server has lived longer than the policy allows since it was made or last changed."""
    return max(created_at, updated_at) + timedelta(seconds=settings.mcp_max_lifetime) <= now


def _refused(rule: str, remedy: str) -> str:
    return f"the policy of this installation ({rule}) does not allow it; {remedy}"
