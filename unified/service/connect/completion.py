"""The end of a try: the provider is asked whether it accepts the credentials, then account, link and event are written."""

import msgspec


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """An account came of the link."""

    account_id: str
    provider: str
    """Its name in the catalog."""
    return_url: str | None
    """Where the browser goes, with `account_id` in its query; None when the link named no address."""
    missing_scopes: tuple[str, ...] = ()
    """The provider's scopes that were asked for and not granted."""
