"""Connect links as the tenant's programs see them: made, and asked what came of them."""

from datetime import datetime
from typing import Literal

import msgspec

from unified.service.principals import Principal
from unified.service.services import Services
from unified.store.connect_links import ConnectLinkRow


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for when a link is made; everything may be left out."""

    provider: str | None = None
    """Without it the end user chooses among all providers."""
    account_id: str | None = None
    """The account to connect again; it keeps its id."""
    name: str | None = None
    external_id: str | None = None
    return_url: str | None = None
    """Where the browser goes afterwards; its origin is one of the tenant's `return_origins`."""
    expires_in: int | None = None
    """Seconds, 60 to 604800; an hour without it."""


class LinkStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a link; `failed` can still be tried again until it expires."""

    status: Literal["open", "completed", "expired", "failed"]
    account_id: str | None
    reason: str | None
    """Why the last try failed, as a stable code."""
    expires_at: datetime


async def create_link(services: Services, principal: Principal, asked: NewLink) -> tuple[ConnectLinkRow, str]:
    """Make a link; answers its row and its URL, which holds the token and is never shown again."""
    raise NotImplementedError


async def link_status(services: Services, tenant_id: str, link_id: str) -> LinkStatus:
    """What came of a link so far; NotFound also for another tenant's."""
    raise NotImplementedError
