"""A consent that covers several, such as the sites of a company: the customer chooses one of them before the account is made.

Until then, the link keeps what the consent gave, sealed; the browser that gave the consent opens it, within ten minutes.
"""

from datetime import datetime

import msgspec

from unified.catalog.provider import Provider
from unified.errors.requests import ConnectFailed, ValidationFailed
from unified.service.accounts.learning import ChoiceNeeded, Covered
from unified.service.connect.audit import note_failed
from unified.service.connect.authorization import PENDING_LIFETIME
from unified.service.connect.completion import Connected, Grant, create_or_update_account
from unified.service.connect.failure_messages import connect_failed
from unified.service.connect.offers import require_served, unusable
from unified.service.connect.tries import limited_try
from unified.service.languages import Language, known_language
from unified.service.runtime.sealing import open_text, seal_text
from unified.service.runtime.services import Services
from unified.store import connect_links, tenants
from unified.store.connect_links import USABLE, ConnectLinkRow
from unified.store.integrity.sealed import ATTEMPT
from unified.vault.errors import VaultError
from unified.vault.tokens import constant_time_equal


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens that a consent gave, and the resources it covers; stored sealed."""

    provider: str
    settings: dict[str, str]
    credentials: dict[str, str]
    missing_scopes: tuple[str, ...]
    covered: tuple[Covered, ...]
    browser: bytes
    """Digest of the secret of the browser in which the consent was given: no other may choose, even after another attempt."""
    until: datetime

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return f"Held({self.provider!r})"


class Choosing(msgspec.Struct, frozen=True, kw_only=True):
    """A choice that a customer must make, for the page that asks for it."""

    link_id: str
    tenant_name: str
    provider: Provider
    covered: tuple[Covered, ...]
    language: Language | None


async def hold(services: Services, row: ConnectLinkRow, grant: Grant, choice: ChoiceNeeded) -> None:
    """Keep what a consent gave until the customer has chosen.

    Raises:
        ConnectFailed: another attempt began meanwhile, or the link has ended.
    """
    if row.browser is None:
        raise connect_failed("unknown_state", grant.provider.title)
    held = Held(
        provider=grant.provider.name,
        browser=row.browser,
        settings=grant.settings,
        credentials=grant.credentials,
        missing_scopes=grant.missing_scopes,
        covered=choice.covered,
        until=services.clock() + PENDING_LIFETIME,
    )
    sealed = seal_text(services.vault, ATTEMPT, row.tenant_id, row.id, msgspec.json.encode(held))
    if not await connect_links.hold_attempt(services.database, row.tenant_id, row.id, browser=held.browser, attempt=sealed):
        raise connect_failed("unknown_state", grant.provider.title)


async def open_choice(services: Services, link_id: str, browser: str | None) -> Choosing:
    """Return the choices of the browser that gave a consent.

    Raises:
        NotFound: it has nothing to choose, or no longer.
        TenantSuspended: the link's tenant is suspended.
    """
    row, held = await _held(services, link_id, browser)
    tenant = await tenants.get(services.database, row.tenant_id)
    if tenant is None:
        raise unusable()
    return Choosing(
        link_id=row.id,
        tenant_name=tenant.name,
        provider=services.catalog.provider(held.provider),
        covered=held.covered,
        language=known_language(row.language),
    )


async def choose_covered(
    services: Services, link_id: str, browser: str | None, number: str, address: str | None = None
) -> Connected:
    """Connect what was chosen, by its number in the list.

    Raises:
        NotFound, TenantSuspended: as `open_choice` says; or the link ended with this try.
        ValidationFailed: no entry of the list was chosen.
        ConnectFailed: nothing was connected; another entry can be chosen.
        RateLimited: too much from this address was refused; with `address` None, nothing is counted for it.
    """
    row, held = await _held(services, link_id, browser)
    chosen = next((one for position, one in enumerate(held.covered) if str(position) == number), None)
    if chosen is None:
        raise ValidationFailed.at("/covered", "expected one of the list")
    provider = services.catalog.provider(held.provider)
    grant = Grant(
        provider=provider,
        settings={**held.settings, **chosen.settings},
        credentials=held.credentials,
        missing_scopes=held.missing_scopes,
    )
    async with limited_try(services, row, provider, address):
        return await _connected(services, row, grant)


async def _connected(services: Services, row: ConnectLinkRow, grant: Grant) -> Connected:
    """Return the account of a choice; note in the link why there is none."""
    try:
        return await create_or_update_account(services, row, grant)
    except ChoiceNeeded:  # the provider no longer lists it
        problem: ConnectFailed = connect_failed("setting_unknown", grant.provider.title)
        await note_failed(services, row, problem)
        raise problem from None
    except ConnectFailed as failed:
        await note_failed(services, row, failed)
        raise


async def _held(services: Services, link_id: str, browser: str | None) -> tuple[ConnectLinkRow, Held]:
    own = b"" if browser is None else services.digest(browser)
    row = None if browser is None else await connect_links.find_attempt(services.database, link_id, own)
    if row is None or row.status not in USABLE or row.attempt is None:
        raise unusable()
    await require_served(services, row)
    try:
        held = msgspec.json.decode(open_text(services.vault, ATTEMPT, row.tenant_id, row.id, row.attempt), type=Held)
    except (VaultError, msgspec.ValidationError):  # an attempt at the consent page holds something else
        raise unusable() from None
    if not constant_time_equal(held.browser, own):
        raise unusable()
    if held.until <= services.clock() or held.provider not in services.catalog.providers():
        raise unusable()
    return row, held
