"""One try to connect: off to the provider's consent page, or with a key at once."""

import msgspec

from unified.service.connect.completion import Connected
from unified.service.connect.offers import OpenLink
from unified.service.services import Services


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What the end user chose and filled in."""

    provider: str
    kind: str
    """`oauth2`, `basic`, `api_key`, `bearer` or `client_credentials`."""
    settings: dict[str, str] = {}
    """Empty texts count as not given, since forms send them."""
    credentials: dict[str, str] = {}
    """By the kind: token; username, password; key; client_id, client_secret. Nothing for OAuth."""


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's consent page, to which the browser is sent."""

    url: str


def new_browser() -> str:
    """A fresh secret for the cookie that ties a try to the browser in which it began."""
    raise NotImplementedError


async def begin(services: Services, link: OpenLink, choice: Choice, browser: str) -> Redirect | Connected:
    """Begin a try: the consent page for OAuth; with a key the account, once the provider accepts it.

    Raises:
        ValidationFailed: settings or credentials do not fit; `errors` names each place (`/settings/subdomain`).
        ConnectFailed: the provider does not accept them.
        NotFound: the link was used or has expired.
    """
    raise NotImplementedError
