"""Which tools an MCP server offers, told without their schemas."""

import msgspec

from unified.errors import Forbidden
from unified.models import Model
from unified.service import scopes
from unified.service.principals import Principal
from unified.service.services import Services
from unified.transform.mapping import Mapping


class OfferedTool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool, as far as whoever makes a server needs to know it."""

    name: str
    method: str
    model: str
    tags: tuple[str, ...]


async def offered_tools(services: Services, principal: Principal) -> tuple[OfferedTool, ...]:
    """What the principal would be offered, by name."""
    accounts = principal.scope.accounts
    ids = () if isinstance(accounts, msgspec.UnsetType) else accounts
    rows = [
        await services.rows.account(principal.tenant_id, one) for one in ids if scopes.allows_account(principal.scopes, one)
    ]
    providers = {row.provider for row in rows if row is not None}
    mappings = [one for provider in sorted(providers) for one in services.catalog.offered(provider)]
    found = {tool.name: tool for one in mappings for tool in _of_mapping(one, principal)}
    return tuple(found[name] for name in sorted(found))


def _of_mapping(mapping: Mapping, principal: Principal) -> list[OfferedTool]:
    allowed = [method for method in mapping.methods if _allows(principal, mapping, method)]
    model = mapping.model
    return [OfferedTool(name=_name(model, method), method=method, model=model.id, tags=mapping.tags) for method in allowed]


def _allows(principal: Principal, mapping: Mapping, method: str) -> bool:
    try:
        scopes.require(principal.scopes, mapping.model, method, mapping.tags)
    except Forbidden:
        return False
    return True


def _name(model: Model, method: str) -> str:
    return f"{method}_{model.category}_{model.plural if method == 'list' else model.singular}"
