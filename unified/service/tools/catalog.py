"""What somebody is offered: made anew on every request, from the catalog, the accounts and the scopes as they are now.

Whoever calls a tool gets it from the same function, so what is offered and what can be called cannot differ.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from weakref import WeakKeyDictionary

import msgspec

from unified.service.access.principals import Principal
from unified.service.access.scopes import Scope, Scopes, allows, allows_account, hidden_fields, write_policy
from unified.service.records.boundary.boundary import boundary_of
from unified.service.records.boundary.parameters import Sizes, is_closed, refused_parameters, sizes_of
from unified.service.runtime.row_cache import MAX_ACCOUNTS
from unified.service.runtime.services import Services
from unified.service.tools.arguments import labels, with_choice
from unified.service.tools.schema_union import merged
from unified.service.tools.tool import GET_APPROVAL, Tool
from unified.store.accounts import AccountRow
from unified.transform.catalog import Catalog
from unified.transform.coverage import repeated
from unified.transform.mapping import Mapping
from unified.transform.tools import ToolDefinition, blocked_by, define, tool_name

MAX_MERGED = 1_024
"""Tools of several providers that are kept."""
_merged: OrderedDict[tuple[int, ...], tuple[tuple[ToolDefinition, ...], ToolDefinition]] = OrderedDict()
MAX_KEPT = 512
"""Providers, each with scopes and the sizes of a boundary."""
Definitions = dict[str, ToolDefinition]
"""Name → definition."""
_kept: WeakKeyDictionary[Catalog, OrderedDict[tuple[str, bytes, Sizes], Definitions]] = WeakKeyDictionary()


async def offered_tools(services: Services, principal: Principal) -> tuple[Tool, ...]:
    """All tools that the principal can call, by name."""
    return await _offered(services, principal, name=None)


async def offered_tool(services: Services, principal: Principal, name: str) -> Tool | None:
    """The tool of this name, when it is offered."""
    return next(iter(await _offered(services, principal, name=name)), None)


async def _offered(services: Services, principal: Principal, *, name: str | None) -> tuple[Tool, ...]:
    rows = await usable_accounts(services, principal)
    offers = {row.id: _permitted(services, row, principal.scopes) for row in rows}
    names = sorted({one for found in offers.values() for one in found}) if name is None else [name]
    called = labels(rows) if len(rows) > 1 else {}
    tools = [tool for one in names if (tool := _made(one, rows, offers, called)) is not None]
    if name in {None, GET_APPROVAL.name} and _asks(principal.scopes, offers.values()):
        tools = sorted((*tools, GET_APPROVAL), key=lambda tool: tool.name)
    return tuple(tools)


def _permitted(services: Services, row: AccountRow, scopes: Scopes) -> Definitions:
    return permitted(services.catalog, row.provider, scopes, sizes_of(boundary_of(row.resources, scopes)))


async def usable_accounts(services: Services, principal: Principal) -> tuple[AccountRow, ...]:
    """Accounts that the scopes name, or all of the tenant's, `MOST_ACCOUNTS` of them; not those that are disabled."""
    named = next((one.accounts for one in principal.scopes if not isinstance(one.accounts, msgspec.UnsetType)), None)
    if named is None:
        found = await services.rows.oldest_accounts(principal.tenant_id)
    else:
        ids = [one for one in dict.fromkeys(named) if allows_account(principal.scopes, one)][:MAX_ACCOUNTS]
        read = [await services.rows.account(principal.tenant_id, one) for one in ids]
        found = tuple(row for row in read if row is not None)
    return tuple(row for row in found if row.status != "disabled")


def _made(name: str, rows: Sequence[AccountRow], offers: dict[str, Definitions], called: dict[str, str]) -> Tool | None:
    accounts = tuple(row for row in rows if name in offers[row.id])
    if not accounts:
        return None
    definitions = {row.id: offers[row.id][name] for row in accounts}
    one = _merged_definition(tuple({id(each): each for each in definitions.values()}.values()))
    choices = {row.id: called[row.id] for row in accounts} if len(accounts) > 1 else {}
    return Tool(
        name=one.name,
        method=one.method,
        method_class=one.method_class,
        model=one.model,
        tags=one.tags,
        description=one.description,
        input_schema=with_choice(one.input_schema, list(choices.values())) if choices else one.input_schema,
        output_schema=one.output_schema,
        annotations=one.annotations,
        digest=one.digest,
        accounts=accounts,
        definitions=definitions,
        labels=choices,
    )


def _merged_definition(several: tuple[ToolDefinition, ...]) -> ToolDefinition:
    """Merging is the dear part, and the same definitions come again and again; they are kept, so that their ids stay theirs."""
    if len(several) == 1:
        return several[0]
    key = tuple(id(one) for one in several)
    found = _merged.get(key)
    if found is None:
        found = _merged[key] = (several, merged(several))
        while len(_merged) > MAX_MERGED:
            _merged.popitem(last=False)
    return found[1]


def _asks(scopes: Scopes, offers: Iterable[Definitions]) -> bool:
    """Whether some write that is offered would wait for an approval."""
    return write_policy(scopes) == "approve" and any(one.method_class != "read" for found in offers for one in found.values())


def permitted(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes = ()) -> Definitions:
    """The provider's documented and reviewed operations that every scope allows and the boundary does not close."""
    kept = _kept.setdefault(catalog, OrderedDict())
    key = (provider, _encoded(scopes), sizes)
    found = kept.get(key)
    if found is None:
        found = kept[key] = _definitions(catalog, provider, scopes, sizes)
        while len(kept) > MAX_KEPT:
            kept.popitem(last=False)
    return found


def _encoded(scopes: Scopes) -> bytes:
    """The scopes without what says nothing about operations."""
    return msgspec.json.encode([_of_operations(one) for one in scopes])


def _of_operations(scope: Scope) -> tuple[object, ...]:
    return (scope.methods, _or_all(scope.tags), _or_all(scope.models), scope.fields, _or_all(scope.writes))


def _or_all(value: object) -> object:
    return None if value is msgspec.UNSET else value


def _definitions(catalog: Catalog, provider: str, scopes: Scopes, sizes: Sizes) -> Definitions:
    return {
        one.name: one
        for mapping in catalog.offered(provider)
        for method in mapping.methods
        if allows(scopes, mapping.model, method, mapping.tags)
        and catalog.reviewed(provider, mapping.model.id, method)
        and (one := _defined(mapping, method, scopes, sizes)) is not None
    }


def _defined(mapping: Mapping, method: str, scopes: Scopes, sizes: Sizes) -> ToolDefinition | None:
    """The definition; None for one that could only fail: it needs a field that the scopes hide, or lies outside a boundary."""
    hidden = hidden_fields(scopes, mapping.model)
    hidden |= repeated(mapping, hidden)
    if blocked_by(mapping, method, hidden) or is_closed(mapping, method, sizes):
        return None
    refused = refused_parameters(mapping, sizes) if method == "list" else frozenset[str]()
    return define(mapping, method, hidden=hidden, barred=refused)


@lru_cache(maxsize=8)
def known_names(catalog: Catalog) -> frozenset[str]:
    """Names of all tools that this catalog could offer to somebody."""
    mappings = (catalog.compiled(provider, model) for provider, model in catalog.mappings())
    return frozenset(tool_name(mapping.model, method) for mapping in mappings for method in mapping.methods)
