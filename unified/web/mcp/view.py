"""An MCP server as its page tells it: all that it can do, and where that ends, in words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup
from msgspec import UnsetType

from unified.service.access.scopes import CLASSES, Scope, classes_of, stored_scope, write_policy
from unified.service.mcp_servers.servers import account_ids
from unified.service.tools import Tool
from unified.store.accounts import AccountRow
from unified.store.mcp_servers import McpServerRow
from unified.web.html.messages import NOUNS, WORDS
from unified.web.html.permission_summary import Ability, abilities
from unified.web.html.rendering import t

KINDS = ("read", "write", "custom")


class ToolGroup(msgspec.Struct, frozen=True, kw_only=True):
    """The tools of one model, by method class."""

    noun: str
    tools: dict[str, tuple[str, ...]]


class ServerView(msgspec.Struct, frozen=True, kw_only=True):
    """One server, ready to be shown."""

    id: str
    name: str
    is_over: bool
    ends: datetime
    last4: str
    accounts: tuple[str, ...]
    abilities: tuple[Ability, ...]
    groups: tuple[ToolGroup, ...]
    count: int
    writes: str
    hidden: tuple[str, ...]
    """Classes in words, then fields by their names."""
    shown: tuple[str, ...]
    boundary: tuple[Markup, ...]
    needs_key: bool
    used: datetime | None
    made: datetime
    made_by: str | None


def server_view(row: McpServerRow, tools: Sequence[Tool], accounts: Mapping[str, AccountRow], now: datetime) -> ServerView:
    """The view of a row, with the tools that it offers and the accounts that there are."""
    scope = stored_scope(row.scope)
    return ServerView(
        id=row.id,
        name=row.name,
        is_over=row.expires_at <= now,
        ends=row.expires_at,
        last4=row.last4,
        accounts=tuple(accounts[one].name if one in accounts else WORDS["mcp.account.gone"] for one in account_ids(row)),
        abilities=abilities(_methods(tools)),
        groups=_groups(tools),
        count=len(tools),
        writes=WORDS[f"mcp.writes.{write_policy((scope,))}"],
        hidden=_hidden(scope),
        shown=tuple(scope.fields.show),
        boundary=_boundary(scope, [accounts[one] for one in account_ids(row) if one in accounts]),
        needs_key=row.require_api_token_auth,
        used=row.last_used_at,
        made=row.created_at,
        made_by=row.made_by,
    )


def _methods(tools: Sequence[Tool]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tools:
        if one.model in NOUNS:
            found.setdefault(one.model, []).append(one.method)
    return found


def _groups(tools: Sequence[Tool]) -> tuple[ToolGroup, ...]:
    by_noun: dict[str, dict[str, tuple[str, ...]]] = {}
    for one in tools:
        kinds = by_noun.setdefault(NOUNS.get(one.model or "", WORDS["mcp.tools.own"]), dict.fromkeys(KINDS, ()))
        kinds[one.method_class] = (*kinds[one.method_class], one.name)
    return tuple(ToolGroup(noun=noun, tools=kinds) for noun, kinds in sorted(by_noun.items()))


def _hidden(scope: Scope) -> tuple[str, ...]:
    classes = [WORDS[f"mcp.class.{one}"] for one in CLASSES if one not in classes_of(scope.fields)]
    return (*classes, *scope.fields.hide)


def _boundary(scope: Scope, accounts: Sequence[AccountRow]) -> tuple[Markup, ...]:
    """What was chosen for the server itself, then what was chosen of each account."""
    own: dict[str, Any] = {} if isinstance(scope.resources, UnsetType) else scope.resources
    lines = [t("mcp.boundary.server", count=len(one.ids), things=NOUNS.get(model, model)) for model, one in own.items()]
    return (*lines, *(line for account in accounts for line in _chosen(account)))


def _chosen(account: AccountRow) -> Iterable[Markup]:
    for model, ids in (account.resources or {}).items():
        words = "mcp.boundary.chosen" if ids else "mcp.boundary.nothing"
        yield t(words, account=account.name, count=len(ids), things=NOUNS.get(model, model))


KEY = "YOUR_API_KEY"
"""What stands for the API key, which nobody can be shown."""


def client_config(name: str, url: str, *, needs_key: bool) -> str:
    """One server under a short name: its address, and a header for the API key where one is needed."""
    server: dict[str, Any] = {"type": "http", "url": url}
    if needs_key:
        server["headers"] = {"Authorization": f"Bearer {KEY}"}
    return msgspec.json.format(msgspec.json.encode({"mcpServers": {_slug(name): server}}), indent=2).decode()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "unified"
