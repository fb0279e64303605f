"""Connect links: one-shot and expiring; tokens and states as digests, what a try must remember as sealed text."""

from datetime import datetime
from typing import Literal

import msgspec

LinkState = Literal["open", "completed", "failed"]


class ConnectLinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One link, without the digests of its token and state."""

    id: str
    tenant_id: str
    provider: str | None
    reconnects: str | None
    """The account to connect again."""
    name: str | None
    external_id: str | None
    return_url: str | None
    status: LinkState
    status_reason: str | None
    """Why the last try failed, as a stable code."""
    account_id: str | None
    """The account that came of it."""
    created_at: datetime
    expires_at: datetime
