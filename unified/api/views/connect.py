"""Connect links as responses show them."""

from typing import Literal

import msgspec

from unified.api.views.times import time_text
from unified.parsing_times import Moment
from unified.service.connect import LinkStatus


class LinkCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new connect link; the only answer that holds its URL."""

    id: str
    """`con_…`; `GET /connect/{id}` says what became of it."""
    url: str
    """For the end user's browser; whoever has it can connect an account."""
    expires_at: Moment
    """Until then it can be opened."""


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """The status of a connect link."""

    status: Literal["open", "completed", "expired", "failed"]
    """A failed one can be tried again until it expires."""
    account_id: str | None
    """The account that was connected; null before."""
    reason: str | None
    """Why the last attempt failed."""
    expires_at: Moment
    """Until then it can be opened."""


def link_view(status: LinkStatus) -> LinkView:
    """Return the status of a link."""
    return LinkView(
        status=status.status,
        account_id=status.account_id,
        reason=status.reason,
        expires_at=time_text(status.expires_at),
    )
