"""The page of the tenant that opened an approval in a window: it may see when the window is closed, and learns the status.

Of the window of an approval, other pages see nothing: it is kept apart from them before anyone signs in there.
"""

import msgspec

from unified.api.requests.context import Context
from unified.service import approvals
from unified.service.public_urls import origin_of
from unified.web.page_origins import allowed_origin

WITH_OPENER = {"Cross-Origin-Opener-Policy": "unsafe-none"}
"""Headers of the first page in a window that stays together with the page that opened it."""


class Opener(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the tenant, with the approval that it opened: its window reports no other one to it."""

    origin: str
    approval_id: str


async def opener_of(context: Context) -> Opener | None:
    """Return the page that opens the approval of the address; None if it is not one of the tenant's, or does not say.

    A page can leave out its origin in `Referer`, but cannot send another one (Fetch, 2.2.2 and 3.5).
    """
    approval_id, origin = context.path("id"), origin_of(context.request.headers.get("referer", ""))
    if origin is None:
        return None
    origins = await approvals.origins_for(context.services, approval_id)
    allowed = allowed_origin(context.services, origin, origins)
    return None if allowed is None else Opener(origin=allowed, approval_id=approval_id)
