"""What a link offers to the person who opens it: who asks, which products, and what will be readable and writable."""

from datetime import datetime

import msgspec

from unified.catalog.provider import Setting
from unified.models.registry import MethodClass
from unified.service.services import Services
from unified.store.accounts import AccountRow


class KindOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One way to authorise: what must be filled in, nothing for OAuth."""

    kind: str
    """`oauth2`, `basic`, `api_key`, `bearer` or `client_credentials`."""
    fields: tuple[str, ...]
    """Keys of `Choice.credentials` that must be given, such as `username` and `password`."""
    settings: tuple[str, ...]
    """Settings that this kind needs, in addition to those that are required anyway."""


class ModelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One common model with what can be done to its records."""

    model: str
    """Such as `crm.contacts`."""
    title: str
    """Its records in words, such as `contacts`."""
    classes: tuple[MethodClass, ...]
    """Of `read`, `write` and `custom`."""


class ProviderOffer(msgspec.Struct, frozen=True, kw_only=True):
    """One product that can be connected."""

    name: str
    title: str
    docs: str
    settings: dict[str, Setting]
    kinds: tuple[KindOffer, ...]
    """Without OAuth where neither the tenant nor the installation has an OAuth app."""
    models: tuple[ModelOffer, ...]


class OpenLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that may be used, opened with its token."""

    id: str
    tenant_id: str
    tenant_name: str
    name: str | None
    """What the account will be called; the provider's title without it."""
    external_id: str | None
    return_url: str | None
    expires_at: datetime
    failure: str | None
    """Why the last try failed, as a stable code; `unified.service.connect.reasons` has the words."""
    account: AccountRow | None
    """The account that is connected again; its settings are filled in already."""
    providers: tuple[ProviderOffer, ...]
    """Those to choose from; one when the link names it."""


async def open_link(services: Services, link_id: str, token: str) -> OpenLink:
    """A link as its page needs it; NotFound, with one message, when it is unknown, expired or used, or the token is wrong.

    Opening does not spend it: mail scanners open links too.
    """
    raise NotImplementedError
