"""Which of a provider's scopes are asked for, and which of them were not granted."""

from unified.catalog.provider import OAuth2
from unified.models import method_class
from unified.service.services import Services
from unified.transport.oauth import OAuthApp, TokenAnswer

SHOWN_BY_REFRESH_TOKEN = frozenset({"offline_access", "refresh_token"})
"""Scopes that only ask for a refresh token, which providers often leave out of the list: the token itself shows it."""


def scopes_to_ask(services: Services, provider: str, rules: OAuth2, app: OAuthApp) -> tuple[str, ...]:
    """The app's own scopes, or those of the provider file that its mappings need, in the file's order."""
    if app.scopes is not None:
        return app.scopes
    wanted = {
        f"{word}:{method_class(method)}"
        for mapping in services.catalog.offered(provider)
        for method in mapping.methods
        for word in (mapping.model.id, *mapping.tags)
    }
    return tuple(dict.fromkeys(one for common, texts in rules.scopes.items() if common in wanted for one in texts))


def missing_scopes(asked: tuple[str, ...], answer: TokenAnswer) -> tuple[str, ...]:
    """The scopes that were asked for and not granted; none when the provider did not say (RFC 6749, 5.1)."""
    if answer.scopes is None:
        return ()
    granted = set(answer.scopes) | (SHOWN_BY_REFRESH_TOKEN if answer.refresh_token else set())
    return tuple(one for one in asked if one not in granted)
