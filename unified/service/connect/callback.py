"""The callback from the provider: state, browser and issuer are checked before the code is exchanged."""

from urllib.parse import urlsplit

import msgspec

from unified.catalog.authentication import OAuth2
from unified.catalog.provider import Provider
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.service.accounts.client_credentials import until
from unified.service.accounts.learning import ChoiceNeeded
from unified.service.accounts.oauth_apps import app_for, oauth_rules
from unified.service.connect.audit import note_failed
from unified.service.connect.authorization import PendingAuthorization, missing_scopes
from unified.service.connect.completion import Connected, Grant, create_or_update_account
from unified.service.connect.covered import Choosing, hold, open_choice
from unified.service.connect.failure_messages import CONSENT_ERRORS, TOKEN_REASONS, connect_failed
from unified.service.connect.links import TOO_MANY_TRIES
from unified.service.connect.offers import USED_UP, require_served
from unified.service.connect.return_address import current_return_url, failure_address, is_left_out
from unified.service.connect.tries import limited_try
from unified.service.runtime.sealing import open_text
from unified.service.runtime.services import Services
from unified.store import connect_links, tenants
from unified.store.connect_links import ConnectLinkRow
from unified.store.integrity.sealed import ATTEMPT
from unified.transport.connection import Credentials, fill_settings, replaced
from unified.transport.oauth import OAuthApp
from unified.transport.token_answer import TokenAnswer, TokenRefused
from unified.vault.errors import VaultError
from unified.vault.tokens import constant_time_equal

MAX_CODE = 4096
MAX_STATE = 128
OTHER_BROWSER = "other_browser"


async def complete_callback(
    services: Services, provider: str, parameters: list[tuple[str, str]], browser: str | None
) -> Connected | Choosing:
    """Complete an attempt with what the provider sent to `/oauth/callback/{provider}`.

    If the consent covers several, nothing is connected yet, and what to choose from is returned.

    Args:
        services: the assembled parts.
        provider: the provider in the path.
        parameters: the query as it was received, in order.
        browser: the secret of the cookie; None if there was none.

    Raises:
        ConnectFailed: nothing was connected; `reason` is a stable code, `detail` a text of Unified's own.
        TenantSuspended, LinkPaused: nothing was connected either; the attempt must begin again once the tenant or the key
            that made the link is resumed.
    """
    query = dict(parameters)
    state = query.get("state", "")
    if len(query) != len(parameters):  # RFC 6749, 3.1: no parameter may be repeated
        raise connect_failed("malformed_callback")
    row = await connect_links.spend_state(services.database, services.digest(state)) if 0 < len(state) <= MAX_STATE else None
    if row is None:
        raise connect_failed("unknown_state")
    await require_served(services, row)
    try:
        attempt = _pending(services, row, state, provider, browser)
        return await _completed(services, row, attempt, query, browser)
    except ConnectFailed as problem:
        if problem.reason != TOO_MANY_TRIES:  # the try that ended the link was noted as such
            await note_failed(services, row, problem)
        if problem.reason != OTHER_BROWSER:  # it is not known who that is, so the link's address is not shown to them
            back = current_return_url(row.return_url, await tenants.get(services.database, row.tenant_id), services.settings)
            problem.return_url = failure_address(back, problem.reason)
            problem.is_left_here = is_left_out(row.return_url, back)
        problem.language = row.language
        raise


def _pending(services: Services, row: ConnectLinkRow, state: str, provider: str, browser: str | None) -> PendingAuthorization:
    """Return the attempt that was stored, after checking that this browser began it, at this provider."""
    if browser is None or row.browser is None or not constant_time_equal(services.digest(browser), row.browser):
        raise connect_failed(OTHER_BROWSER)
    try:
        opened = open_text(services.vault, ATTEMPT, row.tenant_id, row.id, row.attempt or "")
        attempt = msgspec.json.decode(opened, type=PendingAuthorization)
    except (VaultError, msgspec.ValidationError):  # what a consent gave holds something else
        raise connect_failed("unknown_state") from None
    if not constant_time_equal(attempt.state, services.digest(state).hex()):
        raise connect_failed("unknown_state")
    if attempt.provider != provider:
        raise connect_failed("other_provider")
    return attempt


async def _completed(
    services: Services, row: ConnectLinkRow, attempt: PendingAuthorization, query: dict[str, str], browser: str | None
) -> Connected | Choosing:
    provider = services.catalog.provider(attempt.provider)
    rules = oauth_rules(provider)
    origin = services.settings.provider_urls.get(provider.name)
    _check_issuer(provider, rules, attempt, origin, query.get("iss"))
    code = _code(provider, query)
    app = await _app(services, row, provider)
    try:
        async with limited_try(services, row, provider, None):
            grant = _granted(provider, attempt, await _exchanged(services, attempt, app, code))
            try:
                return await create_or_update_account(services, row, grant)
            except ChoiceNeeded as choice:
                await hold(services, row, grant, choice)
    except NotFound as over:
        reason = TOO_MANY_TRIES if over.detail == USED_UP else "link_used"
        raise connect_failed(reason, provider.title) from None
    return await open_choice(services, row.id, browser)


def _granted(provider: Provider, attempt: PendingAuthorization, answer: TokenAnswer) -> Grant:
    return Grant(
        provider=provider,
        settings={**attempt.settings, **answer.settings},
        credentials=_credentials(answer),
        missing_scopes=missing_scopes(attempt.scopes, answer),
    )


def _check_issuer(
    provider: Provider, rules: OAuth2, attempt: PendingAuthorization, origin: str | None, issuer: str | None
) -> None:
    """Refuse the answer of another server (RFC 9207): it must be the file's issuer, or of the consent page's origin."""
    if issuer is None:
        return
    if rules.issuer is not None:
        known = replaced(fill_settings(rules.issuer, attempt.settings), origin)
        is_known = constant_time_equal(issuer, known)
    else:
        known = replaced(fill_settings(rules.authorize_url, attempt.settings), origin)
        is_known = _origin(issuer) == _origin(known)
    if not is_known:
        raise connect_failed("issuer_mismatch", provider.title)


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc)


def _code(provider: Provider, query: dict[str, str]) -> str:
    """Return the code, or raise the error that the provider's `error` means; its description is ignored."""
    if "error" in query:
        error = query["error"]
        raise connect_failed(error if error in CONSENT_ERRORS else "provider_refused", provider.title)
    code = query.get("code", "")
    if not 0 < len(code) <= MAX_CODE or not code.isprintable():
        raise connect_failed("malformed_callback", provider.title)
    return code


async def _app(services: Services, row: ConnectLinkRow, provider: Provider) -> OAuthApp:
    try:
        return await app_for(services, row.tenant_id, provider.name)
    except ValidationFailed:
        raise connect_failed("no_app", provider.title) from None


async def _exchanged(services: Services, attempt: PendingAuthorization, app: OAuthApp, code: str) -> TokenAnswer:
    """Exchange the code; its outcome says nothing about the app, since it may have gone to any address.

    The code is valid for minutes only, so this is tried even while the app is known to be refused.
    """
    provider = services.catalog.provider(attempt.provider)
    try:
        return await services.tokens.exchange_code(
            provider,
            attempt.settings,
            services.settings.provider_urls.get(provider.name),
            app,
            code=code,
            verifier=attempt.verifier,
            redirect_uri=attempt.redirect_uri,
        )
    except TokenRefused as refused:
        raise connect_failed(TOKEN_REASONS.get(refused.code, "token_unreachable"), provider.title) from None


def _credentials(answer: TokenAnswer) -> Credentials:
    refresh = {} if answer.refresh_token is None else {"refresh_token": answer.refresh_token.reveal()}
    return {"type": "oauth2", "access_token": answer.access_token.reveal()} | refresh | until(answer.expires_at)
