"""Connect links: an end user connects an account on Unified's page, by OAuth or with a key.

`create_link` and `link_status` are for the tenant's programs; the pages call `open_link`, `begin_authorization` and
`complete_callback`.
"""

from unified.service.connect.authorization import ConnectChoice, Redirect, begin_authorization, new_browser_secret
from unified.service.connect.callback import complete_callback
from unified.service.connect.completion import Connected
from unified.service.connect.covered import Choosing, choose_covered, open_choice
from unified.service.connect.links import (
    LinkStatus,
    NewLink,
    ShownState,
    create_link,
    link_status,
    list_links,
    state_of,
    status_for_holder,
    status_of,
    withdraw_link,
)
from unified.service.connect.offers import KindOffer, ModelOffer, OpenLink, ProviderOffer, open_link
from unified.service.connect.resource_selection import ResourceSelection, audited, new_selection_pass, open_selection

__all__ = [
    "Choosing",
    "ConnectChoice",
    "Connected",
    "KindOffer",
    "LinkStatus",
    "ModelOffer",
    "NewLink",
    "OpenLink",
    "ProviderOffer",
    "Redirect",
    "ResourceSelection",
    "ShownState",
    "audited",
    "begin_authorization",
    "choose_covered",
    "complete_callback",
    "create_link",
    "link_status",
    "list_links",
    "new_browser_secret",
    "new_selection_pass",
    "open_choice",
    "open_link",
    "open_selection",
    "state_of",
    "status_for_holder",
    "status_of",
    "withdraw_link",
]
