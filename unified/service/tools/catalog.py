"""The tools of a caller, built for every request from the catalog, the accounts and the scopes as they are now.

Listing and calling use the same function, so a caller can call exactly the tools in its list.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec

from unified.service.access.consent import scopes_within
from unified.service.access.principals import Principal
from unified.service.access.scopes import Scope, Scopes, allows, allows_account, hidden_fields, write_policy
from unified.service.records.boundary.boundary import boundary_of
from unified.service.records.boundary.parameters import Sizes, is_closed, refused_parameters, sizes_of
from unified.service.runtime.row_cache import MAX_ACCOUNTS
from unified.service.runtime.services import Services
from unified.service.tools.arguments import account_labels, with_account_argument
from unified.service.tools.schema_union import merge_definitions
from unified.service.tools.tool import GET_APPROVAL, Tool
from unified.store.accounts import AccountRow
from unified.transform.catalog import Catalog
from unified.transform.coverage import repeated
from unified.transform.mapping import Mapping
from unified.transform.tools import ToolDefinition, blocked_by, define, tool_name

MAX_MERGED = 1_024
"""Merged definitions in the cache."""
_merged: OrderedDict[tuple[int, ...], tuple[tuple[ToolDefinition, ...], ToolDefinition]] = OrderedDict()
MAX_CACHED = 512
"""Cached sets of definitions, one per provider, scopes and boundary sizes."""
Definitions = dict[str, ToolDefinition]
"""Tool name → definition."""
_cache: WeakKeyDictionary[Catalog, OrderedDict[tuple[str, bytes, Sizes], Definitions]] = WeakKeyDictionary()


async def offered_tools(services: Services, principal: Principal) -> tuple[Tool, ...]:
    """Return all tools that the principal can call, sorted by name."""
    return await _build_tools(services, principal, name=None)


async def offered_tool(services: Services, principal: Principal, name: str) -> Tool | None:
    """Return the tool with this name, or None if the principal does not have it."""
    return next(iter(await _build_tools(services, principal, name=name)), None)


async def offered_names(services: Services, principal: Principal) -> list[str]:
    """Return the names of all tools that the principal can call, sorted."""
    rows = await usable_accounts(services, principal)
    offers = [_permitted_for_account(services, row, principal.scopes) for row in rows]
    built_in = [GET_APPROVAL.name] if _may_need_approval(principal.scopes, offers) else []
    return sorted({*built_in, *(one for found in offers for one in found)})


async def _build_tools(services: Services, principal: Principal, *, name: str | None) -> tuple[Tool, ...]:
    rows = await usable_accounts(services, principal)
    offers = {row.id: _permitted_for_account(services, row, principal.scopes) for row in rows}
    names = sorted({one for found in offers.values() for one in found}) if name is None else [name]
    labels = account_labels(rows) if len(rows) > 1 else {}
    tools = [tool for one in names if (tool := _build_tool(one, rows, offers, labels)) is not None]
    if name in {None, GET_APPROVAL.name} and _may_need_approval(principal.scopes, offers.values()):
        tools = sorted((*tools, GET_APPROVAL), key=lambda tool: tool.name)
    return tuple(tools)


def _permitted_for_account(services: Services, row: AccountRow, caller: Scopes) -> Definitions:
    scopes = scopes_within(caller, row)
    return permitted_definitions(services.catalog, row.provider, scopes, sizes_of(boundary_of(row.resources, scopes)))


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


def _build_tool(name: str, rows: Sequence[AccountRow], offers: dict[str, Definitions], labels: dict[str, str]) -> Tool | None:
    accounts = tuple(row for row in rows if name in offers[row.id])
    if not accounts:
        return None
    definitions = {row.id: offers[row.id][name] for row in accounts}
    definition = _merged_definition(tuple({id(each): each for each in definitions.values()}.values()))
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


def _merged_definition(several: tuple[ToolDefinition, ...]) -> ToolDefinition:
    """Return one definition for several, cached by identity. The cache holds them, so that their ids are not reused."""
    if len(several) == 1:
        return several[0]
    key = tuple(id(one) for one in several)
    entry = _merged.get(key)
    if entry is None:
        entry = _merged[key] = (several, merge_definitions(several))
        while len(_merged) > MAX_MERGED:
            _merged.popitem(last=False)
    return entry[1]


def _may_need_approval(scopes: Scopes, offers: Iterable[Definitions]) -> bool:
    """Return whether a write among the definitions would wait for approval."""
    return write_policy(scopes) == "approve" and any(one.method_class != "read" for found in offers for one in found.values())


def permitted_definitions(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes = ()) -> Definitions:
    """Return the definitions of a provider's reviewed operations that every scope and the boundary allow."""
    cached = _cache.setdefault(catalog, OrderedDict())
    key = (provider, _encoded(scopes), sizes)
    definitions = cached.get(key)
    if definitions is None:
        definitions = cached[key] = _definitions(catalog, provider, scopes, sizes)
        while len(cached) > MAX_CACHED:
            cached.popitem(last=False)
    return definitions


def _encoded(scopes: Scopes) -> bytes:
    """Return the parts of the scopes that decide about operations, as a cache key."""
    return msgspec.json.encode([_operation_limits(one) for one in scopes])


def _operation_limits(scope: Scope) -> tuple[object, ...]:
    return (scope.methods, _or_none(scope.tags), _or_none(scope.models), scope.fields, _or_none(scope.writes))


def _or_none(value: object) -> object:
    return None if value is msgspec.UNSET else value


def _definitions(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes) -> Definitions:
    return {
        one.name: one
        for mapping in catalog.offered(provider)
        for method in mapping.methods
        if allows(scopes, mapping.model, method, mapping.tags)
        and catalog.reviewed(provider, mapping.model.id, method)
        and (one := _definition(mapping, method, scopes, sizes)) is not None
    }


def _definition(mapping: Mapping, method: str, scopes: Scopes, sizes: Sizes) -> ToolDefinition | None:
    """Return the definition; None if every call would fail: it requires a hidden field, or is outside the boundary."""
    hidden = hidden_fields(scopes, mapping.model)
    hidden |= repeated(mapping, hidden)
    if blocked_by(mapping, method, hidden) or is_closed(mapping, method, sizes):
        return None
    refused = refused_parameters(mapping, sizes) if method == "list" else frozenset[str]()
    return define(mapping, method, hidden=hidden, refused_parameters=refused)


@lru_cache(maxsize=8)
def all_tool_names(catalog: Catalog) -> frozenset[str]:
    """Return the names of all tools that the catalog defines."""
    mappings = (catalog.compiled(provider, model) for provider, model in catalog.mappings())
    return frozenset(tool_name(mapping.model, method) for mapping in mappings for method in mapping.methods)
