"""Connect: a link lets an end user connect an account on our page, by OAuth or with a key.

`create_link` and `link_status` are for the tenant's programs; `open_link`, `begin` and `finish` are what the pages call.
"""

from unified.service.connect.authorization import Choice, Redirect, begin, new_browser
from unified.service.connect.callback import finish
from unified.service.connect.completion import Connected
from unified.service.connect.links import LinkStatus, NewLink, create_link, link_status
from unified.service.connect.offers import KindOffer, ModelOffer, OpenLink, ProviderOffer, open_link
from unified.service.connect.resource_selection import Choosing, choosing_pass, open_choosing, told

__all__ = [
    "Choice",
    "Choosing",
    "Connected",
    "KindOffer",
    "LinkStatus",
    "ModelOffer",
    "NewLink",
    "OpenLink",
    "ProviderOffer",
    "Redirect",
    "begin",
    "choosing_pass",
    "create_link",
    "finish",
    "link_status",
    "new_browser",
    "open_choosing",
    "open_link",
    "told",
]
