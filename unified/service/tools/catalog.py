"""The tools of a caller, built for every request from the catalog, the accounts and the scopes as they are now.

Listing and calling use the same function, so a caller can call exactly the tools in its list.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.service.access.consent import scopes_within
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import Scope, Scopes, allows, allows_account, rules_of, shows_records, write_policy
from unified.service.records.visibility.account_boundary import account_boundary
from unified.service.records.visibility.boundary.parameters import WITHOUT, Extent, extent_of, is_closed, refused_parameters
from unified.service.records.visibility.hiding import hidden_of
from unified.service.runtime.row_cache import MAX_ACCOUNTS
from unified.service.runtime.services import Services
from unified.service.tools.arguments import account_labels, with_account_argument
from unified.service.tools.by_identity import ByIdentity
from unified.service.tools.repetitions import with_key_argument, with_replayed
from unified.service.tools.schema_union import merge_definitions
from unified.service.tools.tool import GET_APPROVAL, Tool
from unified.store.accounts import AccountRow
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping
from unified.transform.tools import ToolDefinition, blocked_by, define, tool_name

MAX_MERGED = 1_024
"""Merged definitions in the cache."""
MAX_LISTED = 64
"""Lists of tools in the cache, one per combination of sets of definitions."""
MAX_CACHED = 512
"""Cached sets of definitions, one per provider, scopes and boundary extent."""
Definitions = dict[str, ToolDefinition]
"""Tool name → definition."""
Shown = TypeVar("Shown")
_cache: CachesByOwner[Catalog, tuple[str, bytes, Extent], Definitions] = CachesByOwner(MAX_CACHED)


class ListedTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool as callers see it, without what a call needs. Definitions are shared: callers with equal scopes get the same."""

    definition: ToolDefinition | Tool
    """The merged definition of all accounts, or the built-in tool."""
    accounts: tuple[str, ...] = ()
    """Values of the argument `account`; empty if there is only one account."""


class _Offer(msgspec.Struct, frozen=True, kw_only=True):
    """The usable accounts of a caller, and the definitions of each."""

    rows: tuple[AccountRow, ...]
    sets: tuple[Definitions, ...]
    needs_approval: bool
    """Whether a write among the definitions would wait for approval."""


async def listed_tools(services: Services, principal: Principal) -> tuple[ListedTool, ...]:
    """Return all tools that the principal can call, sorted by name, as they are shown."""
    offer = await _offer(services, principal)
    unique = {id(one): one for one in offer.sets}
    labels = _labels(offer)
    names: dict[tuple[int, ...], tuple[str, ...]] = {}

    def accounts_of(sets: tuple[int, ...]) -> tuple[str, ...]:
        if sets not in names:
            having = [row.id for row, one in zip(offer.rows, offer.sets, strict=True) if id(one) in sets]
            names[sets] = tuple(labels[one] for one in having) if len(having) > 1 else ()
        return names[sets]

    tools: list[ListedTool] = []
    for tool, sets in _tools_of(*unique.values()):
        accounts = accounts_of(sets) if labels else ()
        tools.append(msgspec.structs.replace(tool, accounts=accounts) if accounts else tool)
    return _with_approval(tools, offer, _LISTED_APPROVAL, lambda one: one.definition.name)


async def offered_tools(services: Services, principal: Principal) -> tuple[Tool, ...]:
    """Return all tools that the principal can call, sorted by name."""
    offer = await _offer(services, principal)
    labels = _labels(offer)
    names = sorted({name for one in offer.sets for name in one})
    tools = [tool for name in names if (tool := _build_tool(name, offer, labels)) is not None]
    return _with_approval(tools, offer, GET_APPROVAL, lambda one: one.name)


async def offered_tool(services: Services, principal: Principal, name: str) -> Tool | None:
    """Return the tool with this name, or None if the principal does not have it."""
    offer = await _offer(services, principal)
    if name == GET_APPROVAL.name and offer.needs_approval:
        return GET_APPROVAL
    return _build_tool(name, offer, _labels(offer))


async def offered_names(services: Services, principal: Principal) -> list[str]:
    """Return the names of all tools that the principal can call, sorted."""
    offer = await _offer(services, principal)
    built_in = [GET_APPROVAL.name] if offer.needs_approval else []
    return sorted({*built_in, *(name for one in offer.sets for name in one)})


async def _offer(services: Services, principal: Principal) -> _Offer:
    rows = await usable_accounts(services, principal)
    sets = tuple(_permitted_for_account(services, row, principal.scopes) for row in rows)
    return _Offer(rows=rows, sets=sets, needs_approval=_may_need_approval(principal.scopes, sets))


def _labels(offer: _Offer) -> dict[str, str]:
    return account_labels(offer.rows) if len(offer.rows) > 1 else {}


def _list_tools(*several: Definitions) -> tuple[tuple[ListedTool, tuple[int, ...]], ...]:
    """Return the tools of sets of definitions by name, each with the ids of the sets that have it."""
    names = sorted({name for one in several for name in one})
    having = {name: [one for one in several if name in one] for name in names}
    return tuple(
        (ListedTool(definition=_shown(_merged_definition(one[name] for one in sets))), tuple(map(id, sets)))
        for name, sets in having.items()
    )


def _shown(definition: ToolDefinition) -> ToolDefinition:
    """Return a definition with what Unified adds to those of a mapping."""
    kind = definition.method_class
    return msgspec.structs.replace(
        definition,
        input_schema=with_key_argument(definition.input_schema, kind),
        output_schema=with_replayed(definition.output_schema, kind),
    )


_tools_of: ByIdentity[tuple[tuple[ListedTool, tuple[int, ...]], ...]] = ByIdentity(_list_tools, MAX_LISTED)
_LISTED_APPROVAL = ListedTool(definition=GET_APPROVAL)


def _with_approval(tools: list[Shown], offer: _Offer, built_in: Shown, name: Callable[[Shown], str]) -> tuple[Shown, ...]:
    """Return the tools with the built-in one, where writes may wait for approval."""
    return tuple(sorted((*tools, built_in), key=name)) if offer.needs_approval else tuple(tools)


def _permitted_for_account(services: Services, row: AccountRow, caller: Scopes) -> Definitions:
    scopes = scopes_within(caller, row)
    extent = extent_of(account_boundary(services, row, scopes))
    return permitted_definitions(services.catalog, row.provider, scopes, extent)


async def usable_accounts(services: Services, principal: Principal) -> tuple[AccountRow, ...]:
    """Return the enabled accounts that the scopes name, or those of the tenant; at most `MAX_ACCOUNTS`."""
    named = next((one.accounts for one in principal.scopes if not isinstance(one.accounts, msgspec.UnsetType)), None)
    if named is None:
        accounts = await services.rows.oldest_accounts(principal.tenant_id)
    else:
        ids = [one for one in dict.fromkeys(named) if allows_account(principal.scopes, one)][:MAX_ACCOUNTS]
        rows = [await services.rows.account(principal.tenant_id, one) for one in ids]
        accounts = tuple(row for row in rows if row is not None)
    return tuple(row for row in accounts if row.status != "disabled")


def _build_tool(name: str, offer: _Offer, labels: dict[str, str]) -> Tool | None:
    definitions = {row.id: one[name] for row, one in zip(offer.rows, offer.sets, strict=True) if name in one}
    if not definitions:
        return None
    accounts = tuple(row for row in offer.rows if row.id in definitions)
    definition = _shown(_merged_definition(definitions.values()))
    choices = {row.id: labels[row.id] for row in accounts} if len(accounts) > 1 else {}
    return Tool(
        name=definition.name,
        method=definition.method,
        method_class=definition.method_class,
        model=definition.model,
        tags=definition.tags,
        description=definition.description,
        input_schema=with_account_argument(definition.input_schema, list(choices.values()))
        if choices
        else definition.input_schema,
        output_schema=definition.output_schema,
        annotations=definition.annotations,
        digest=definition.digest,
        accounts=accounts,
        definitions=definitions,
        labels=choices,
    )


_merged: ByIdentity[ToolDefinition] = ByIdentity(lambda *several: merge_definitions(several), MAX_MERGED)


def _merged_definition(definitions: Iterable[ToolDefinition]) -> ToolDefinition:
    """Return one definition for those of several accounts, many of which have the same."""
    several = {id(one): one for one in definitions}.values()
    return _merged(*several) if len(several) > 1 else next(iter(several))


def _may_need_approval(scopes: Scopes, offers: Iterable[Definitions]) -> bool:
    """Return whether a write among the definitions would wait for approval."""
    writes = {(one.model, one.method) for found in offers for one in found.values() if one.method_class != "read"}
    return any(write_policy(scopes, *one) == "approve" for one in writes)


def permitted_definitions(catalog: Catalog, provider: str, scopes: Scopes, extent: Extent = WITHOUT) -> Definitions:
    """Return the definitions of a provider's reviewed operations that every scope and the boundary allow."""
    cached = _cache.of(catalog)
    key = (provider, _encoded(scopes), extent)
    definitions = cached.get(key)
    if definitions is None:
        definitions = cached.put(key, _definitions(catalog, provider, scopes, extent))
    return definitions


def _encoded(scopes: Scopes) -> bytes:
    """Return the parts of the scopes that decide about operations, as a cache key."""
    return msgspec.json.encode([_operation_limits(one) for one in scopes])


def _operation_limits(scope: Scope) -> tuple[object, ...]:
    return (scope.methods, _or_none(scope.tags), _or_none(scope.models), scope.fields, rules_of(scope))


def _or_none(value: object) -> object:
    return None if value is msgspec.UNSET else value


def _definitions(catalog: Catalog, provider: str, scopes: Scopes, extent: Extent) -> Definitions:
    return {
        one.name: one
        for mapping in catalog.offered(provider)
        for method in mapping.methods
        if allows(scopes, mapping.model, method, mapping.tags)
        and catalog.reviewed(provider, mapping.model.id, method)
        and (one := _definition(catalog, mapping, method, scopes, extent)) is not None
    }


def _definition(catalog: Catalog, mapping: Mapping, method: str, scopes: Scopes, extent: Extent) -> ToolDefinition | None:
    """Return the definition; None if every call would fail: it requires a hidden field, or is outside the boundary."""
    hidden = hidden_of(catalog, mapping, scopes)
    if hidden.in_ids or blocked_by(mapping, method, hidden.unasked) or is_closed(mapping, method, extent):
        return None
    refused = refused_parameters(mapping, extent) if method == "list" else frozenset[str]()
    shown = shows_records(scopes, mapping.model, mapping.tags)
    inside = hidden.inside
    return define(mapping, method, hidden=hidden.fields, inside=inside, refused_parameters=refused, shows_records=shown)


@lru_cache(maxsize=8)
def all_tool_names(catalog: Catalog) -> frozenset[str]:
    """Return the names of all tools that the catalog defines."""
    mappings = (one for provider in catalog.providers() for one in catalog.outlines(provider))
    return frozenset(tool_name(mapping.model, method) for mapping in mappings for method in mapping.methods)
