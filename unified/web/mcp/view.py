"""MCP servers, prepared for display: everything that a server can do, and its limits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup
from msgspec import UnsetType

from unified.service.access.conditions.words import records_in_words
from unified.service.access.scope.field_rules import classes_of
from unified.service.access.scope.scopes import CLASSES, Scope, records_of, rules_of, stored_scope
from unified.service.mcp_servers.servers import account_ids
from unified.service.tools import Tool
from unified.store.access_pauses import Pause, pause_of
from unified.store.accounts import AccountRow
from unified.store.mcp_servers import McpServerRow
from unified.web.html.messages import MESSAGES, NOUNS
from unified.web.html.permission_summary import Ability, summarize_permissions
from unified.web.html.rendering import t
from unified.web.write_rules import rules_in_words

KINDS = ("read", "write", "custom")


KEY = "YOUR_API_KEY"
"""Placeholder for the API key, which cannot be shown again."""


class ToolGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The names of one model's tools, by method class."""

    noun: str
    tools: dict[str, tuple[str, ...]]


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """One server, prepared for display."""

    id: str
    name: str
    is_over: bool
    paused: Pause | None
    ends: datetime
    last4: str
    accounts: tuple[str, ...]
    abilities: tuple[Ability, ...]
    groups: tuple[ToolGroup, ...]
    count: int
    writes: str
    """How writes go that no rule is about."""
    rules: tuple[str, ...]
    hidden: tuple[str, ...]
    """Labels of sensitivity classes, then names of fields."""
    shown: tuple[str, ...]
    boundary: tuple[Markup, ...]
    needs_key: bool
    offers_links: bool
    """Whether its agents get connect links for accounts that have to be connected again."""
    used: datetime | None
    made: datetime
    made_by: str | None


def server_view(row: McpServerRow, tools: Sequence[Tool], accounts: Mapping[str, AccountRow], now: datetime) -> ServerView:
    """Prepare a row for display, with the tools that it offers and its existing accounts."""
    scope = stored_scope(row.scope)
    return ServerView(
        id=row.id,
        name=row.name,
        is_over=row.expires_at <= now,
        paused=pause_of(row.paused),
        ends=row.expires_at,
        last4=row.last4,
        accounts=tuple(accounts[one].name if one in accounts else MESSAGES["mcp.account.gone"] for one in account_ids(row)),
        abilities=summarize_permissions(_methods(tools)),
        groups=_groups(tools),
        count=len(tools),
        writes=MESSAGES[f"mcp.writes.{rules_of(scope).otherwise}"],
        rules=rules_in_words(scope),
        hidden=_hidden(scope),
        shown=tuple(scope.fields.show),
        boundary=_boundary(scope, [accounts[one] for one in account_ids(row) if one in accounts]),
        needs_key=row.require_api_token_auth,
        offers_links=row.config.get("reconnect") == "link",
        used=row.last_used_at,
        made=row.created_at,
        made_by=row.made_by,
    )


def _methods(tools: Sequence[Tool]) -> dict[str, list[str]]:
    methods: dict[str, list[str]] = {}
    for one in tools:
        if one.model in NOUNS:
            methods.setdefault(one.model, []).append(one.method)
    return methods


def _groups(tools: Sequence[Tool]) -> tuple[ToolGroup, ...]:
    by_noun: dict[str, dict[str, tuple[str, ...]]] = {}
    for one in tools:
        kinds = by_noun.setdefault(NOUNS.get(one.model or "", MESSAGES["mcp.tools.own"]), dict.fromkeys(KINDS, ()))
        kinds[one.method_class] = (*kinds[one.method_class], one.name)
    return tuple(ToolGroup(noun=noun, tools=kinds) for noun, kinds in sorted(by_noun.items()))


def _hidden(scope: Scope) -> tuple[str, ...]:
    classes = [MESSAGES[f"mcp.class.{one}"] for one in CLASSES if one not in classes_of(scope.fields)]
    return (*classes, *scope.fields.hide)


def _boundary(scope: Scope, accounts: Sequence[AccountRow]) -> tuple[Markup, ...]:
    """Describe the resources chosen for the server itself, then those chosen for each account, then conditions on records."""
    own: dict[str, Any] = {} if isinstance(scope.resources, UnsetType) else scope.resources
    lines = [t("mcp.boundary.server", count=len(one.ids), things=NOUNS.get(model, model)) for model, one in own.items()]
    chosen = (line for account in accounts for line in _chosen(account))
    return (*lines, *chosen, *_conditions(scope))


def _conditions(scope: Scope) -> Iterable[Markup]:
    for model, words in records_in_words(records_of(scope)).items():
        yield t("connect.only", things=NOUNS.get(model, model), conditions=", ".join(words))


def _chosen(account: AccountRow) -> Iterable[Markup]:
    for model, ids in (account.resources or {}).items():
        message = "mcp.boundary.chosen" if ids else "mcp.boundary.nothing"
        yield t(message, account=account.name, count=len(ids), things=NOUNS.get(model, model))


def client_config(name: str, url: str, *, needs_key: bool) -> str:
    """Return a client configuration as JSON: the server's URL, and a header for the API key where one is required."""
    server: dict[str, Any] = {"type": "http", "url": url}
    if needs_key:
        server["headers"] = {"Authorization": f"Bearer {KEY}"}
    return msgspec.json.format(msgspec.json.encode({"mcpServers": {_slug(name): server}}), indent=2).decode()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "unified"
