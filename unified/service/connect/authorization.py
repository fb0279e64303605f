"""An attempt to connect: OAuth leads to the provider's consent page, a key is checked immediately."""

import base64
import hashlib
import secrets
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import msgspec

from unified.catalog.authentication import OAuth2
from unified.catalog.provider import Provider
from unified.errors.names import known_names
from unified.errors.providers import ProviderFailure, ProviderRateLimited, ProviderTimeout
from unified.errors.requests import ConnectFailed, ValidationFailed
from unified.service.access.consent import allowed_methods
from unified.service.access.scope.scopes import Scopes
from unified.service.accounts.assertions import check_entered
from unified.service.accounts.client_credentials import Granted, with_token
from unified.service.accounts.oauth_apps import app_for, oauth_rules
from unified.service.connect.audit import note_failed
from unified.service.connect.completion import Connected, Grant, create_or_update_account
from unified.service.connect.failure_messages import connect_failed
from unified.service.connect.offers import OpenLink, ProviderOffer, link_limits, unusable
from unified.service.connect.tries import limited_try
from unified.service.public_urls import redirect_uri
from unified.service.runtime.sealing import seal_text
from unified.service.runtime.services import Services
from unified.store import connect_links
from unified.store.connect_links import USABLE, ConnectLinkRow
from unified.store.integrity.sealed import ATTEMPT
from unified.transform.oauth_scopes import needed_scopes
from unified.transport.account_settings import check_settings, entered_settings
from unified.transport.connection import fill_scopes, fill_settings, replaced
from unified.transport.oauth import OAuthApp
from unified.transport.token_answer import TokenAnswer

PENDING_LIFETIME = timedelta(minutes=10)
SECRET_BYTES = 32
VERIFIER_BYTES = 64
"""They become 86 characters; RFC 7636, 4.1 allows 43 to 128."""


SHOWN_BY_REFRESH_TOKEN = frozenset({"offline_access", "refresh_token"})
"""Scopes that only request a refresh token, and that providers often do not list: the token itself proves the grant."""


class ConnectChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The choices and values that the end user entered."""

    provider: str
    kind: str
    """A type of credentials, such as `oauth2` or `basic`."""
    settings: dict[str, str] = {}
    """Empty texts count as missing, since forms send them."""
    credentials: dict[str, str] = {}
    """The keys of the kind, such as `token`; nothing for OAuth."""

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return f"ConnectChoice({self.provider!r}, {self.kind!r})"


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """The provider's consent page, to which the browser is sent."""

    url: str


class PendingAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an authorization until the browser comes back; it is stored sealed."""

    provider: str
    settings: dict[str, str]
    redirect_uri: str
    verifier: str | None
    scopes: tuple[str, ...]
    state: str
    """The digest, in hex, of the state that was sent: the answer to another attempt does not open this one."""


def new_browser_secret() -> str:
    """Return a new secret for the cookie that ties an attempt to the browser in which it began."""
    return secrets.token_urlsafe(SECRET_BYTES)


async def begin_authorization(
    services: Services, link: OpenLink, choice: ConnectChoice, browser: str, address: str | None = None
) -> Redirect | Connected:
    """Begin an attempt: return the consent page for OAuth; with a key the account, once the provider accepts it.

    Raises:
        ValidationFailed: settings or credentials do not fit; `errors` names each place (`/settings/subdomain`).
        ConnectFailed: the provider does not accept them.
        NotFound: the link was used or has expired, or ended with this attempt.
        RateLimited: too many credentials from this address were refused; with `address` None, none are counted.
    """
    row = await connect_links.get(services.database, link.tenant_id, link.id)
    if row is None or row.status not in USABLE or row.expires_at <= services.clock():
        raise unusable()
    provider = services.catalog.provider(_chosen(link, choice).name)
    before = link.account.settings if link.account else {}
    settings = before | {name: value for name, value in entered_settings(provider, choice.settings).items() if value}
    check_settings(provider, settings, choice.kind, is_complete=False)
    if choice.kind == "oauth2":
        limits = link_limits(row, link.account)
        return await _consent(services, row, provider, settings, limits=limits, browser=browser)
    async with limited_try(services, row, provider, address):
        return await _with_key(services, row, provider, settings, choice)


def _chosen(link: OpenLink, choice: ConnectChoice) -> ProviderOffer:
    """Return the selected offer, or raise ValidationFailed for what was not offered."""
    offer = next((one for one in link.providers if one.name == choice.provider), None)
    if offer is None:
        raise ValidationFailed.at("/provider", f"expected one of {known_names(one.name for one in link.providers)}")
    if choice.kind not in {one.kind for one in offer.kinds}:
        raise ValidationFailed.at("/kind", f"expected one of {known_names(one.kind for one in offer.kinds) or 'none'}")
    return offer


async def _with_key(
    services: Services, row: ConnectLinkRow, provider: Provider, settings: dict[str, str], choice: ConnectChoice
) -> Connected:
    entered = {"type": choice.kind} | {name: value.strip() for name, value in choice.credentials.items()}
    check_entered(provider, entered)
    try:
        granted = await _with_token(services, provider, settings, entered)
        grant = Grant(provider=provider, settings={**settings, **granted.settings}, credentials=granted.credentials)
        return await create_or_update_account(services, row, grant)
    except ConnectFailed as problem:
        await note_failed(services, row, problem)
        raise


async def _with_token(services: Services, provider: Provider, settings: dict[str, str], entered: dict[str, str]) -> Granted:
    try:
        return await with_token(services, provider, settings, entered)
    except ValidationFailed:
        raise connect_failed("credentials_refused", provider.title) from None
    except (ProviderFailure, ProviderRateLimited, ProviderTimeout):
        raise connect_failed("token_unreachable", provider.title) from None


async def _consent(
    services: Services, row: ConnectLinkRow, provider: Provider, settings: dict[str, str], *, limits: Scopes, browser: str
) -> Redirect:
    """Store the attempt in the link, and return the URL of the consent page; `limits` is what the page of the link lists."""
    rules = oauth_rules(provider)
    app = await app_for(services, row.tenant_id, provider.name)
    state = secrets.token_urlsafe(SECRET_BYTES)
    attempt = PendingAuthorization(
        provider=provider.name,
        settings=settings,
        redirect_uri=redirect_uri(services.settings, provider.name),
        verifier=secrets.token_urlsafe(VERIFIER_BYTES) if rules.pkce else None,
        scopes=fill_scopes(scopes_to_ask(services, provider.name, rules, app, limits), settings),
        state=services.digest(state).hex(),
    )
    is_stored = await connect_links.begin_attempt(
        services.database,
        row.tenant_id,
        row.id,
        state=services.digest(state),
        browser=services.digest(browser),
        attempt=seal_text(services.vault, ATTEMPT, row.tenant_id, row.id, msgspec.json.encode(attempt)),
        expires_at=services.clock() + PENDING_LIFETIME,
    )
    if not is_stored:
        raise unusable()
    origin = services.settings.provider_urls.get(provider.name)
    return Redirect(url=authorize_url(rules, attempt, app, state, origin))


def authorize_url(rules: OAuth2, attempt: PendingAuthorization, app: OAuthApp, state: str, origin: str | None) -> str:
    """Return the consent page of an attempt (RFC 6749, 4.1.1; RFC 7636, 4.3); a provider file cannot replace its parameters."""
    parts = urlsplit(replaced(fill_settings(rules.authorize_url, attempt.settings), origin))
    query = dict(parse_qsl(parts.query)) | rules.authorize_parameters
    query |= {
        "response_type": "code",
        "client_id": app.client_id.reveal(),
        "redirect_uri": attempt.redirect_uri,
        "state": state,
    }
    if attempt.scopes:
        query["scope"] = rules.scope_separator.join(attempt.scopes)
    if attempt.verifier is not None:
        query |= {"code_challenge": challenge(attempt.verifier), "code_challenge_method": "S256"}
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def scopes_to_ask(services: Services, provider: str, rules: OAuth2, app: OAuthApp, limits: Scopes) -> tuple[str, ...]:
    """Return the app's own scopes, or the provider file's scopes for the access that the link asks for, in the file's order."""
    if app.scopes is not None:
        return app.scopes
    offered = services.catalog.offered(provider)
    allowed = ((mapping, method) for mapping in offered for method in allowed_methods(limits, mapping))
    return needed_scopes(rules.scopes, allowed)


def missing_scopes(requested: tuple[str, ...], answer: TokenAnswer) -> tuple[str, ...]:
    """Return the requested scopes that were not granted; none if the provider did not list them (RFC 6749, 5.1)."""
    if answer.scopes is None:
        return ()
    granted = set(answer.scopes) | (SHOWN_BY_REFRESH_TOKEN if answer.refresh_token else set())
    return tuple(one for one in requested if one not in granted)
