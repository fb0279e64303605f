"""Connect links for agents: a person connects an account again from the conversation in which a call found it refused.

Only servers with `reconnect: link` get them. A link is made as by the API key that created the server, so it can do nothing
that this key could not do, and it is withdrawn with everything else that the key created.
"""

from datetime import datetime

import msgspec

from unified.errors.error import UnifiedError
from unified.errors.providers import ConnectionUnauthorized
from unified.service.access.permissions import has_permission, require_permission
from unified.service.access.principals import Principal, operator_of, principal_of
from unified.service.connect.links import DEFAULT_SECONDS, MIN_SECONDS, NewLink, create_link
from unified.service.public_urls import public_base_url
from unified.service.runtime.services import Services
from unified.store import accounts, bearer_tokens, connect_links
from unified.store.api_keys import KEYS
from unified.store.mcp_servers import SERVERS, McpServerRow
from unified.telemetry.loggers import get_logger

log = get_logger("unified.mcp_servers")
MAX_OPEN = 3
"""Links for one account that can be open at the same time; an agent that calls again and again gets no more."""


class Reconnect(msgspec.Struct, frozen=True, kw_only=True):
    """A link for a person, who connects an account again with it."""

    account_id: str
    account_name: str
    url: str
    """The page of the link; anyone who has it can connect the account, with their own account at the product."""
    expires_at: datetime


def require_connect(maker: Principal | None, reconnect: object) -> None:
    """Require the permission `connect` from a caller that gives a server connect links, or receives a token of such a server.

    Raises:
        MethodNotAllowedByScope: the caller does not have it.
    """
    if maker is not None and reconnect == "link":
        require_permission(maker, "connect")


async def reconnect_link(services: Services, agent: Principal, problem: UnifiedError | None) -> Reconnect | None:
    """Return a new connect link for the account whose credentials were refused; None if the agent gets no link.

    It gets none for another problem, if its server does not offer links, the account does not need its owner, `MAX_OPEN` links
    are open already, or the key that created the server could not make one now.
    """
    if not isinstance(problem, ConnectionUnauthorized) or problem.account_id is None or agent.server is None:
        return None
    server = await bearer_tokens.get_usable(services.database, SERVERS, agent.tenant_id, agent.server)
    if server is None or server.config.get("reconnect") != "link" or public_base_url(services.settings) is None:
        return None
    account = await accounts.get(services.database, agent.tenant_id, problem.account_id)
    if account is None or account.status != "needs_reauth":
        return None
    if await connect_links.count_usable(services.database, agent.tenant_id, account.id) >= MAX_OPEN:
        return None
    maker = await _maker(services, server)
    seconds = _lifetime(services, server)
    if maker is None or seconds < MIN_SECONDS:
        return None
    try:
        link, url = await create_link(services, maker, NewLink(account_id=account.id, expires_in=seconds))
    except UnifiedError as refused:
        log.info("no_reconnect_link", code=refused.code, tenant=account.tenant_id, account=account.id)
        return None
    return Reconnect(account_id=account.id, account_name=account.name, url=url, expires_at=link.expires_at)


async def _maker(services: Services, server: McpServerRow) -> Principal | None:
    """Return who makes the link: the key that created the server, or the operator; None if the key may not make one now."""
    if server.made_by is None:
        return operator_of(server.tenant_id)
    key = await bearer_tokens.get_usable(services.database, KEYS, server.tenant_id, server.made_by)
    maker = None if key is None or key.paused is not None else principal_of(key)
    return maker if maker is not None and has_permission(maker, "connect") else None


def _lifetime(services: Services, server: McpServerRow) -> int:
    """Return the seconds for which a link is open: never longer than the server."""
    return min(DEFAULT_SECONDS, int((server.expires_at - services.clock()).total_seconds()))
