"""Which key created what: API keys, MCP servers and connect links record their maker, so chains lead back to a first key.

Two rules follow the chain. A write that needs an approval is never decided by the credential that requested it, by one below
that credential, or by one below an ancestor that needs approvals for its own writes. And revoking a key can end everything
that it created.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from unified.service.access.scope.scopes import stored_scope, write_policies
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.store import bearer_tokens, connect_links
from unified.store.api_keys import KEYS
from unified.store.lineage import Link, list_callers, list_links
from unified.store.mcp_servers import SERVERS

Kind = Literal["api_key", "mcp_server", "connect_link"]


class Descendant(msgspec.Struct, frozen=True, kw_only=True):
    """A credential that a key created, directly or through other keys, and that is still usable."""

    id: str
    """Its id, such as `key_…` or `mcp_…`."""
    kind: Kind
    """The kind of credential."""
    name: str
    """For people."""
    made_by: tuple[str, ...]
    """The key that created it, then those that changed it or took its token."""


async def descendants_of(services: Services, tenant_id: str, key_id: str) -> tuple[Descendant, ...]:
    """Return everything usable below a key, whether or not a key between them was revoked."""
    links = await list_links(services.database, tenant_id)
    return tuple(
        Descendant(id=one.id, kind=one.kind, name=one.name, made_by=one.makers)
        for one in _below(links, key_id)
        if one.is_usable
    )


async def everything_below(services: Services, tenant_id: str, key_id: str) -> frozenset[str] | None:
    """Return the ids of everything ever created below a key, usable or not; None if the tenant never had the key."""
    links = await list_links(services.database, tenant_id)
    return frozenset(one.id for one in _below(links, key_id)) if key_id in links else None


def _below(links: Mapping[str, Link], root: str) -> list[Link]:
    children: defaultdict[str, list[Link]] = defaultdict(list)
    for one in links.values():
        for maker in one.makers:
            children[maker].append(one)
    descendants: dict[str, Link] = {}
    waiting = [root]
    while waiting:
        for one in children[waiting.pop()]:
            if one.id not in descendants and one.id != root:
                descendants[one.id] = one
                waiting.append(one.id)
    return list(descendants.values())


async def end_descendants(services: Services, tenant_id: str, key_id: str) -> tuple[Descendant, ...]:
    """Revoke everything below a key, including objects created meanwhile, and return everything that ended."""
    ended: dict[str, Descendant] = {}
    while remaining := [one for one in await descendants_of(services, tenant_id, key_id) if one.id not in ended]:
        for descendant in remaining:
            await _end(services, tenant_id, descendant)
            ended[descendant.id] = descendant
    return tuple(ended.values())


async def _end(services: Services, tenant_id: str, descendant: Descendant) -> None:
    if descendant.kind == "connect_link":
        await connect_links.end(services.database, tenant_id, descendant.id)
        return
    if descendant.kind == "api_key":
        await bearer_tokens.revoke(services.database, KEYS, tenant_id, descendant.id)
    else:
        await bearer_tokens.revoke(services.database, SERVERS, tenant_id, descendant.id)
    await invalidate_approvals_of(services, tenant_id, descendant.id, REQUESTER_GONE)


async def may_decide(services: Services, tenant_id: str, approver_id: str, requesters: Iterable[str | None]) -> bool:
    """Return whether a key may decide about a write, given its place in the chains of those who requested it.

    `requesters` are the ids of every credential that was shown when the write was requested.
    """
    links = await list_callers(services.database, tenant_id)
    own = chain_of(links, approver_id)
    bound: set[str] = set()
    for requester in (one for one in requesters if one is not None):
        above = chain_of(links, requester)
        bound |= {requester, *(one for one in above[1:] if _cannot_delegate_decisions(links.get(one)))}
    return bound.isdisjoint(own) and all(one in links for one in own)


def chain_of(links: Mapping[str, Link], credential_id: str) -> list[str]:
    """Return the ids from a credential up to its first makers, itself first; some are unknown where a row was edited."""
    chain = [credential_id]
    for one in chain:  # it grows during the loop
        above = links.get(one)
        chain += [maker for maker in (above.makers if above else ()) if maker not in chain]
    return chain


def _cannot_delegate_decisions(link: Link | None) -> bool:
    """Return whether nothing below a key may decide either: its writes need an approval or are denied, or it is unknown."""
    return link is None or write_policies((stored_scope(link.scope),)) != {"direct"}
