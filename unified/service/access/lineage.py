"""Who made what: API keys, MCP servers and connect links keep the key that made them, so a chain leads back to the first.

Two rules follow the chain. A write that needs an approval is never decided by the credential that asked for it, nor by any
that was made below it, nor by those below an ancestor whose own writes need an approval. And revoking a key can end all that
it made.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from unified.service.access.scopes import stored_scope, write_policy
from unified.service.runtime.approval_invalidation import REQUESTER_GONE, invalidate_approvals_of
from unified.service.runtime.services import Services
from unified.store import api_keys, connect_links, mcp_servers
from unified.store.lineage import Link, list_links

Kind = Literal["api_key", "mcp_server", "connect_link"]


class Descendant(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a key made, or that was made below it, and that can still be used."""

    id: str
    kind: Kind
    name: str
    made_by: tuple[str, ...]
    """The key that made it, then those that changed it or took its token."""


async def descendants_of(services: Services, tenant_id: str, key_id: str) -> tuple[Descendant, ...]:
    """Everything below a key that can still be used, whether or not what lies between was revoked."""
    links = await list_links(services.database, tenant_id)
    return tuple(
        Descendant(id=one.id, kind=one.kind, name=one.name, made_by=one.makers)
        for one in _below(links, key_id)
        if one.is_usable
    )


async def everything_below(services: Services, tenant_id: str, key_id: str) -> frozenset[str] | None:
    """The ids of all that was ever made below a key, ended or not; None for a key that the tenant never had."""
    links = await list_links(services.database, tenant_id)
    return frozenset(one.id for one in _below(links, key_id)) if key_id in links else None


def _below(links: Mapping[str, Link], root: str) -> list[Link]:
    children: defaultdict[str, list[Link]] = defaultdict(list)
    for one in links.values():
        for maker in one.makers:
            children[maker].append(one)
    found: dict[str, Link] = {}
    waiting = [root]
    while waiting:
        for one in children[waiting.pop()]:
            if one.id not in found and one.id != root:
                found[one.id] = one
                waiting.append(one.id)
    return list(found.values())


async def end_descendants(services: Services, tenant_id: str, key_id: str) -> tuple[Descendant, ...]:
    """Revoke everything below a key, also what is made meanwhile; answers what was ended."""
    ended: dict[str, Descendant] = {}
    while found := [one for one in await descendants_of(services, tenant_id, key_id) if one.id not in ended]:
        for one in found:
            await _end(services, tenant_id, one)
            ended[one.id] = one
    return tuple(ended.values())


async def _end(services: Services, tenant_id: str, one: Descendant) -> None:
    if one.kind == "connect_link":
        await connect_links.end(services.database, tenant_id, one.id)
        return
    if one.kind == "api_key":
        await api_keys.revoke(services.database, tenant_id, one.id)
    else:
        await mcp_servers.revoke(services.database, tenant_id, one.id)
    await invalidate_approvals_of(services, tenant_id, one.id, REQUESTER_GONE)


async def may_decide(services: Services, tenant_id: str, approver_id: str, askers: Iterable[str | None]) -> bool:
    """Whether a key may decide about a write, by where it stands in the chains of those who asked for it.

    Args:
        services: the parts.
        tenant_id: whose they are.
        approver_id: the API key that wants to decide.
        askers: the ids of every credential that was shown when the write was asked for.
    """
    links = await list_links(services.database, tenant_id)
    own = chain_of(links, approver_id)
    bound: set[str] = set()
    for asker in (one for one in askers if one is not None):
        above = chain_of(links, asker)
        bound |= {asker, *(one for one in above[1:] if _asks_itself(links.get(one)))}
    return bound.isdisjoint(own) and all(one in links for one in own)


def chain_of(links: Mapping[str, Link], credential_id: str) -> list[str]:
    """The ids from a credential up to its first makers, itself first; some may be unknown, where a row was edited."""
    chain = [credential_id]
    for one in chain:  # grows while it is walked
        above = links.get(one)
        chain += [maker for maker in (above.makers if above else ()) if maker not in chain]
    return chain


def _asks_itself(link: Link | None) -> bool:
    """Whether nothing below a key may decide either: its writes need an approval or are denied, or it is not known."""
    return link is None or write_policy((stored_scope(link.scope),)) != "direct"
