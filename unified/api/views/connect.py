"""Connect links as responses show them."""

from typing import Literal

import msgspec

from unified.api.views.lists import view_of
from unified.service.connect import LinkStatus
from unified.store.connect_links import ConnectLinkRow
from unified.text.parsing_times import Moment


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
    """A failed one can be tried again until it expires; an expired one ended without an account."""
    account_id: str | None
    """The account that was connected; null before."""
    reason: str | None
    """Why the last attempt failed, or `link_revoked` if the link was withdrawn."""
    expires_at: Moment
    """Until then it can be opened."""


def link_created(row: ConnectLinkRow, url: str) -> LinkCreated:
    """Return a new link with its URL."""
    return view_of(LinkCreated, row, url=url)


def link_view(status: LinkStatus) -> LinkView:
    """Return the status of a link."""
    return view_of(LinkView, status)
