"""Reads a request to create or change an MCP server into a scope and an expiry, within those of its maker."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.access import EmptyScope
from unified.errors.requests import NotFound, ValidationFailed
from unified.service.access.issuing import end_of_maker, require_end_within
from unified.service.access.policy import refuse_direct_writes
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import read_scope, restrict_to_parent, scope_vocabulary
from unified.service.access.scope.scopes import Chosen, FieldScope, Scope, Scopes, require_account
from unified.service.access.scope.write_rules import WritePolicy, WriteRule
from unified.service.access.use.use_limits import NO_LIMITS, UseLimits
from unified.service.access.use.windows import Window
from unified.service.runtime.services import Services
from unified.settings.settings import Settings
from unified.text.parsing_times import Moment, parse_time

MAX_ACCOUNTS = 100
MIN_LIFETIME = timedelta(seconds=60)
BESIDE_SCOPE = frozenset({"reconnect"})
"""Keys of a stored configuration that are not part of the scope."""
DEFAULTS: dict[str, Any] = {"methods": ["read"], "writes": "deny"}
"""The values of keys that are left out: agents read, and write only if that was requested."""


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits the tools of an MCP server; omitted parts are as narrow as possible, and never wider than the maker's."""

    methods: tuple[str, ...] | UnsetType = UNSET
    """Method classes or single methods; `["read"]` when left out."""
    tags: tuple[str, ...] | UnsetType = UNSET
    """Tags of models, of which a model needs one."""
    models: tuple[str, ...] | UnsetType = UNSET
    """Models, such as `crm.contacts`; `GET /catalog/models` lists them."""
    fields: FieldScope | UnsetType = UNSET
    """Which fields agents see."""
    resources: dict[str, Chosen] | UnsetType = UNSET
    """Chosen records by kind of resource, such as `ticketing.collections`: only these are seen, and what belongs to them."""
    records: dict[str, dict[str, Any]] | UnsetType = UNSET
    """Conditions on records by model, in the words of list filters: `{"crm.opportunities": {"close_date": "this_month"}}`."""
    writes: WritePolicy | UnsetType = UNSET
    """How writes go that no rule is about; `deny` when left out."""
    write_rules: tuple[WriteRule, ...] | UnsetType = UNSET
    """How some writes go, by method and model; the first rule that fits a write decides."""
    require_api_token_auth: bool | UnsetType = UNSET
    """Whether an API key must be shown with the token; true when left out."""
    reconnect: Literal["error", "link"] | UnsetType = UNSET
    """The answer to an agent when a product no longer accepts the credentials of an account: `error` when left out, or also a
    connect link for a person (`link`), which needs the permission `connect`."""


class NewMcpServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request to create an MCP server."""

    name: str
    """For people; need not be unique."""
    account_ids: tuple[str, ...]
    """The accounts that its tools reach."""
    config: ServerConfig
    expires_at: Moment | UnsetType = UNSET
    """Such as 2026-12-31T00:00:00Z; a day from now when left out."""
    limits: UseLimits = NO_LIMITS
    """How much its agents may do; few writes and deletes when left out. Those of the keys above it hold too."""
    window: Window | None = None
    """When it may be used; always when left out."""


class McpServerPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The attributes of an MCP server that can be changed; keys that are left out stay, also within `config`."""

    name: str | UnsetType = UNSET
    """For people; need not be unique."""
    account_ids: tuple[str, ...] | UnsetType = UNSET
    """Replaces the accounts that its tools reach."""
    config: ServerConfig | UnsetType = UNSET
    """The keys that change."""
    expires_at: Moment | UnsetType = UNSET
    """When it stops working."""
    limits: UseLimits | UnsetType = UNSET
    """The limits that change; null removes one."""
    window: Window | UnsetType | None = UNSET
    """Replaces when it may be used; null for always."""


def merge_config(requested: ServerConfig | UnsetType, before: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration as it is stored: the keys of the request replace the stored ones."""
    values = (
        {} if isinstance(requested, UnsetType) else msgspec.json.decode(msgspec.json.encode(requested), type=dict[str, Any])
    )
    return {name: value for name, value in {**before, **values}.items() if name != "require_api_token_auth"}


async def server_scope(
    services: Services, tenant_id: str, account_ids: tuple[str, ...], config: dict[str, Any], *, maker: Principal | None
) -> Scope:
    """Return the scope of a server for these accounts, filled from the maker's and within it.

    Raises:
        EmptyScope: a list is empty.
        ValidationFailed: an unknown word, or too many accounts.
        OutsideAccounts, NotFound: an account that the maker may not use, or that the tenant does not have.
        ScopeExceedsParent: more than the maker may do.
        ForbiddenByPolicy: direct writes, where the installation's policy requires approvals for agents.
    """
    accounts = tuple(dict.fromkeys(account_ids))
    if not accounts:
        raise EmptyScope.at("account_ids", "an empty list allows nothing; name at least one account")
    if len(accounts) > MAX_ACCOUNTS:
        raise ValidationFailed.at("/account_ids", f"expected at most {MAX_ACCOUNTS} accounts, got {len(accounts)}")
    words = {name: value for name, value in config.items() if name not in BESIDE_SCOPE}
    scope = read_scope({**words, "accounts": accounts}, scope_vocabulary(services.catalog), place="config")
    parents: Scopes = () if maker is None else maker.scopes
    for account_id in accounts:
        require_account(parents, account_id)
        if await services.rows.account(tenant_id, account_id) is None:
            raise NotFound("account_ids: no such account")
    for parent in parents:
        scope = restrict_to_parent(scope, parent)
    refuse_direct_writes(services.settings, scope)
    return scope


async def resolve_expiry(services: Services, requested: str | UnsetType, *, maker: Principal | None) -> datetime:
    """Return when the server expires: as requested, or after the default lifetime, or earlier with the key that creates it.

    Raises:
        ValidationFailed: the requested time is past, too soon or too far away.
        ScopeExceedsParent: it is after the expiry of the key that creates the server.
        Unauthenticated: that key expired or was revoked meanwhile.
    """
    now, settings = services.clock(), services.settings
    key_ends = await end_of_maker(services, maker)
    if isinstance(requested, UnsetType):
        usual = now + timedelta(seconds=min(settings.mcp_default_lifetime, settings.mcp_max_lifetime))
        return usual if key_ends is None else min(usual, key_ends)
    moment = parse_time("/expires_at", requested)
    if not MIN_LIFETIME <= moment - now <= timedelta(seconds=settings.mcp_max_lifetime):
        raise ValidationFailed.at("/expires_at", _allowed(settings))
    return require_end_within(key_ends, moment)


def _allowed(settings: Settings) -> str:
    longest = _span(settings.mcp_max_lifetime)
    return f"expected a time from 60 seconds to {longest} from now; UNIFIED_MCP_MAX_LIFETIME sets the longest"


def _span(seconds: int) -> str:
    for unit, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds % unit == 0 and seconds > unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} seconds"
