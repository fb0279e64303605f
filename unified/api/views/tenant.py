"""The tenant as responses show it."""

import msgspec

from unified.api.views.lists import view_of
from unified.service.tenant_colors import Colors
from unified.service.tenants import colors_of
from unified.store.access_pauses import Pause, pause_of
from unified.store.tenants import TenantRow
from unified.text.parsing_times import Moment


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as its admin keys see it."""

    id: str
    """`ten_…`"""
    name: str
    """As end users see it on the connect page."""
    return_origins: list[str]
    """Origins to which connect links may return; their pages can also open approvals and learn how these ended."""
    frame_ancestors: list[str]
    """Origins of the pages that may show the connect page in a frame; none if empty."""
    colors: Colors | None
    """Null for Unified's own."""
    created_at: Moment
    """When it was added."""
    agents_paused: Pause | None
    """When, by whom and why all its agents were paused; null while they work."""
    writes_paused: Pause | None
    """The same of all writes to its accounts."""


def tenant_view(row: TenantRow) -> TenantView:
    """Return a tenant."""
    origins, ancestors = row.return_origins or [], row.frame_ancestors or []
    return view_of(
        TenantView,
        row,
        return_origins=origins,
        frame_ancestors=ancestors,
        colors=colors_of(row),
        agents_paused=pause_of(row.agents_paused),
        writes_paused=pause_of(row.writes_paused),
    )
