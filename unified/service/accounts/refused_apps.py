"""OAuth apps that their provider refuses (`invalid_client`): one fault of all of an app's accounts, with one repair.

The secret was changed at the provider, or is wrong here. The accounts are not at fault, so none is marked. The app is recorded
as refused and reported once; until it works again, one token call at a time tries it, at growing intervals. A new secret, or a
refresh that succeeds, repairs all accounts at once.

Only refreshes of connected accounts are evidence, and only about the token endpoint that answered: whoever tries to connect may
have named an address where the app is unknown, or one that they run.
"""

import math
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from unified.errors.providers import OAuthAppInvalid, ProviderDisabled
from unified.errors.requests import ValidationFailed
from unified.service.accounts.oauth_apps import app_for, has_own, oauth_rules
from unified.service.audit.events import record_own
from unified.service.runtime.events import Owner, app_event
from unified.service.runtime.services import Services
from unified.store import app_states
from unified.store.accounts import AccountRow
from unified.store.app_states import AppStateRow
from unified.store.queries.pauses import REFRESH, is_over
from unified.telemetry.loggers import get_logger
from unified.transport.connection import fill_settings, names_in_template
from unified.transport.oauth import OAuthApp
from unified.transport.token_answer import TokenAnswer, TokenRefused
from unified.vault.errors import VaultError

INVALID = "invalid_client"
"""The error code of RFC 6749, 5.2, which is about the app and never about an account."""
BACKOFF = timedelta(seconds=15)
MAX_BACKOFF = REFRESH
"""The interval between two tries with a refused app starts at `BACKOFF`, doubles after each failure, up to `MAX_BACKOFF`."""
QUIET = timedelta(hours=1)
"""An app that is refused again within this time after it worked is not reported again: one odd account may be the cause."""
TRY = timedelta(seconds=15)
"""How long a try keeps others from trying; longer than a token call may take (10 s)."""
log = get_logger("unified.refresh")


class TokenPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts of a tenant that get their tokens from one address."""

    tenant_id: str
    provider: str
    endpoint: str = ""
    """As in `AppStateRow`."""


def place_of(services: Services, row: AccountRow) -> TokenPlace:
    """Return where an account's tokens come from; the address as the provider file and the account's settings name it."""
    template = oauth_rules(services.catalog.provider(row.provider)).token_url
    endpoint = ""
    if names_in_template(template):
        context = ("oauth_app_states", "endpoint", row.tenant_id, row.provider)
        endpoint = services.vault.digest(fill_settings(template, row.settings).encode(), context=context)
    return TokenPlace(tenant_id=row.tenant_id, provider=row.provider, endpoint=endpoint)


async def refresh_as(
    services: Services, place: TokenPlace, app: OAuthApp, ask: Callable[[], Awaitable[TokenAnswer]]
) -> TokenAnswer:
    """Make the token call of a refresh, and record what its answer says about the app.

    No call is made while the app is known to be refused there, and its next try is not due or is another caller's.

    Args:
        services: the assembled parts.
        place: where the token comes from.
        app: the app that the call uses.
        ask: makes the token call.

    Raises:
        TokenRefused: the provider refuses; with code `oauth_app_invalid` if the app is at fault.
    """
    mark = fingerprint(services, place.tenant_id, place.provider, app)
    known = await _known(services, place)
    refused_app = known if known is not None and _is_refused(known, mark) else None
    if refused_app is not None and not await _may_try(services, refused_app):
        raise TokenRefused(OAuthAppInvalid.code, definite=True)
    try:
        answer = await ask()
    except TokenRefused as refused:
        if refused.code != INVALID:
            raise
        if refused_app is None:
            await _note(services, place, mark, known)
        else:
            await _postpone(services, refused_app)
        raise TokenRefused(OAuthAppInvalid.code, status=refused.status, definite=True) from None
    if refused_app is not None and await app_states.recover(services.database, refused_app):
        log.info("oauth_app_works", provider=place.provider, tenant=place.tenant_id)
    return answer


async def _known(services: Services, place: TokenPlace) -> AppStateRow | None:
    return await app_states.get(services.database, place.tenant_id, place.provider, place.endpoint)


def _is_refused(known: AppStateRow, mark: str | None) -> bool:
    return known.invalid_since is not None and known.fingerprint == mark


def fingerprint(services: Services, tenant_id: str, provider: str, app: OAuthApp) -> str:
    """Return a keyed digest that identifies an app without revealing anything of it."""
    client = msgspec.json.encode((app.client_id.reveal(), app.client_secret.reveal()))
    return services.vault.digest(client, context=("oauth_app_states", "fingerprint", tenant_id, provider))


async def _may_try(services: Services, known: AppStateRow) -> bool:
    now = services.clock()
    return is_over(known.not_before, now, REFRESH) and await app_states.claim(services.database, known, until=now + TRY)


async def _postpone(services: Services, known: AppStateRow) -> None:
    wait = min(BACKOFF * 2.0 ** min(known.failures, 10), MAX_BACKOFF)
    await app_states.postpone(services.database, known, not_before=services.clock() + wait)


async def _note(services: Services, place: TokenPlace, mark: str, before: AppStateRow | None) -> None:
    """Record the app as refused, unless the tenant uses another one by now: the answer may be older than a new secret."""
    tenant_id, provider = place.tenant_id, place.provider
    if await _mark_in_use(services, tenant_id, provider) != mark:
        return
    now = services.clock()
    owner: Owner = "tenant" if await has_own(services, tenant_id, provider) else "installation"
    is_old_news = before is not None and before.fingerprint == mark and now - before.not_before < QUIET
    noted = await app_states.mark(
        services.database,
        tenant_id,
        provider,
        mark,
        endpoint=place.endpoint,
        not_before=now + BACKOFF,
        event_of=None if is_old_news else lambda row: app_event(row, owner),
    )
    if noted is not None:
        log.error("oauth_app_invalid", provider=provider, tenant=tenant_id)
        record_own(services, tenant_id, "oauth_app.invalid", target=provider, reason=INVALID)


async def _mark_in_use(services: Services, tenant_id: str, provider: str) -> str | None:
    try:
        app = await app_for(services, tenant_id, provider)
    except (ValidationFailed, VaultError, msgspec.DecodeError):  # none, or one that cannot be decrypted
        return None
    return fingerprint(services, tenant_id, provider, app)


async def hindrance(services: Services, row: AccountRow) -> OAuthAppInvalid | ProviderDisabled | None:
    """Return why no token can be fetched for an account now although the account is not at fault; None if one can."""
    if row.provider in services.catalog.disabled:
        return services.catalog.refusal(row.provider)
    if row.credentials_type != "oauth2":
        return None
    place = place_of(services, row)
    known = await _known(services, place)
    if known is None or not await _holds(services, known):
        return None
    now = services.clock()
    if is_over(known.not_before, now, REFRESH):
        return None
    title = services.catalog.title(row.provider)
    return OAuthAppInvalid(
        f"{title} refuses the OAuth app through which this account was connected ({INVALID}): its operator must set the right "
        f"client secret (PUT /oauth-apps/{row.provider}; UNIFIED_OAUTH_APPS for the installation's app). The account then "
        "works again by itself; it need not be connected again",
        retry_after=max(1.0, math.ceil((known.not_before - now).total_seconds())),
    )


async def state_of(services: Services, tenant_id: str, provider: str) -> AppStateRow | None:
    """Return the state of the app in use if its provider refuses it, or None; with several endpoints, of the longest."""
    return (await states_of(services, tenant_id)).get(provider)


async def refused_places(services: Services, tenant_id: str) -> frozenset[TokenPlace]:
    """Return where the tenant's apps in use are refused."""
    known = await app_states.list_all(services.database, tenant_id)
    return frozenset([_place(one) for one in known if await _holds(services, one)])


def waits_for_app(services: Services, row: AccountRow, refused: frozenset[TokenPlace]) -> bool:
    """Return whether an account's app is refused where its tokens come from."""
    return row.credentials_type == "oauth2" and place_of(services, row) in refused


def _place(state: AppStateRow) -> TokenPlace:
    return TokenPlace(tenant_id=state.tenant_id, provider=state.provider, endpoint=state.endpoint)


async def states_of(services: Services, tenant_id: str) -> dict[str, AppStateRow]:
    """Return the states of the apps in use that their providers refuse, by provider."""
    known = await app_states.list_all(services.database, tenant_id)
    return {one.provider: one for one in reversed(known) if await _holds(services, one)}


async def _holds(services: Services, known: AppStateRow) -> bool:
    """Return whether a row is about the app in use, and about a fault that lasts; the app is opened only in that case."""
    return known.invalid_since is not None and _is_refused(known, await _mark_in_use(services, known.tenant_id, known.provider))
