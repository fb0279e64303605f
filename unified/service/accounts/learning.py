"""Settings that the provider itself says once it accepts credentials, such as the company of a token; no one enters them."""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from unified.catalog.authentication import OAuth2
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.errors.names import known_names
from unified.errors.requests import ValidationFailed
from unified.service.accounts.check_request import check_request
from unified.service.runtime.services import Services
from unified.text.printable_text import without_unprintable
from unified.transport.account_settings import (
    CHECK,
    CONSENT,
    TOKEN,
    check_settings,
    found_at,
    learned_settings,
    settings_of_consent,
    sources,
)
from unified.transport.connected_user import connected_user
from unified.transport.connection import Connection, Credentials

MAX_COVERED = 500
"""Entries of what a consent covers that are read."""
MAX_WORDS = 200
"""Characters of a title or detail."""


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """The facts that a provider says of an account when it is connected."""

    settings: dict[str, str]
    user: str | None = None
    """The id of the user as whom it is connected; None if it is not known."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An account before it is stored, with the facts known so far."""

    provider: Provider
    tenant_id: str
    account_id: str
    settings: dict[str, str]
    credentials: Credentials

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return f"Candidate({self.provider.name!r})"


async def check_and_learn(services: Services, candidate: Candidate) -> Learned:
    """Ask the provider whether it accepts the credentials, and return the settings with all that it says, and the user.

    Raises:
        UnifiedError: The provider does not accept the credentials, or was not reached.
        ValidationFailed: A setting is missing that the provider should have said.
        ChoiceNeeded: The consent covers several, and one must be chosen first.
    """
    candidate = await with_covered(services, candidate)
    answer = await _send(services, candidate, check_request(candidate.provider, candidate.settings))
    settings = {**candidate.settings, **learned_settings(candidate.provider, CHECK, answer)}
    settings = await _learn_by_requests(services, msgspec.structs.replace(candidate, settings=settings))
    return Learned(settings=settings, user=connected_user(candidate.provider, answer))


async def learn_settings(services: Services, candidate: Candidate) -> Learned:
    """Return the settings with what the provider says of those that are missing; without any, nothing is sent.

    So the user is known only if a setting had to be asked for; `check_account` learns it later.

    Raises:
        UnifiedError, ValidationFailed: As `check_and_learn` says; also if a setting must say which of several is meant.
    """
    if not settings_of_consent(candidate.provider) <= candidate.settings.keys():
        try:
            candidate = await with_covered(services, candidate)
        except ChoiceNeeded as choice:
            raise _ambiguous(candidate.provider, choice) from None
    if CHECK in sources(candidate.provider, candidate.settings):
        return await check_and_learn(services, candidate)
    return Learned(settings=await _learn_by_requests(services, candidate))


async def _learn_by_requests(services: Services, candidate: Candidate) -> dict[str, str]:
    provider, settings = candidate.provider, candidate.settings
    for source in sources(provider, settings):
        if source not in {TOKEN, CHECK, CONSENT}:
            verb, _, path = source.partition(" ")
            request = ProviderRequest(method=verb, path=path, query=(), body=msgspec.UNSET, receives=provider.receive)
            answer = await _send(services, msgspec.structs.replace(candidate, settings=settings), request)
            settings = {**settings, **learned_settings(provider, source, answer)}
    check_settings(provider, settings, candidate.credentials["type"])
    return settings


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One of those that a consent covers, such as a site, with the settings of an account for it."""

    title: str
    detail: str
    settings: dict[str, str]


class ChoiceNeeded(Exception):
    """A consent covers several, and the settings do not say which one is meant."""

    def __init__(self, covered: tuple[Covered, ...]) -> None:
        super().__init__()
        self.covered = covered


async def with_covered(services: Services, candidate: Candidate) -> Candidate:
    """Return the candidate with the settings of what its consent covers; unchanged where a consent covers one thing only.

    Settings that are known already, such as those of an account that is connected again, select it.

    Raises:
        UnifiedError: The provider was not reached.
        ValidationFailed: The consent covers nothing.
        ChoiceNeeded: It covers several, or others than the one that is known.
    """
    names = settings_of_consent(candidate.provider)
    if candidate.credentials["type"] != "oauth2" or not names:
        return candidate
    covered = await _covered(services, candidate)
    known = {name: value for name, value in candidate.settings.items() if name in names}
    fitting = [one for one in covered if known.items() <= one.settings.items()]
    if not covered:
        raise ValidationFailed.at(f"/settings/{min(names)}", "the consent covers nothing that can be connected")
    if len(fitting) != 1:
        raise ChoiceNeeded(tuple(fitting or covered))
    return msgspec.structs.replace(candidate, settings={**candidate.settings, **fitting[0].settings})


def _ambiguous(provider: Provider, choice: ChoiceNeeded) -> ValidationFailed:
    """Return the refusal of a program that must say which of several its tokens are for."""
    name = min(settings_of_consent(provider))
    known = known_names(one.settings[name] for one in choice.covered)
    return ValidationFailed.at(f"/settings/{name}", f"the consent covers several; expected one of {known}")


async def _covered(services: Services, candidate: Candidate) -> list[Covered]:
    """Return the resources that the consent covers, as the provider lists them; incomplete entries are left out."""
    rules = next(one for one in candidate.provider.auth if isinstance(one, OAuth2))
    if rules.covers is None:
        return []
    verb, _, url = rules.covers.request.partition(" ")
    parts = urlsplit(url)
    bare = msgspec.structs.replace(rules, base_url=None)
    provider = msgspec.structs.replace(
        candidate.provider,
        base_url=f"{parts.scheme}://{parts.netloc}",
        auth=tuple(bare if one is rules else one for one in candidate.provider.auth),
    )
    request = ProviderRequest(method=verb, path=parts.path, query=(), body=msgspec.UNSET)
    answer = await _send(services, msgspec.structs.replace(candidate, provider=provider, settings={}), request)
    items = found_at(rules.covers.items, answer)
    listed = items if isinstance(items, list) else [] if items is None else [items]
    names = settings_of_consent(candidate.provider)
    read = [(one, learned_settings(candidate.provider, CONSENT, one)) for one in listed[:MAX_COVERED]]
    return [
        Covered(title=_words(rules.covers.title, one), detail=_words(rules.covers.detail, one), settings=settings)
        for one, settings in read
        if settings.keys() == names
    ]


def _words(expression: str, item: Any) -> str:
    value = found_at(expression, item) if expression else ""
    return without_unprintable(value[:MAX_WORDS]) if isinstance(value, str) else ""


async def _send(services: Services, candidate: Candidate, request: ProviderRequest) -> Any:
    connection = Connection(
        provider=candidate.provider,
        account_id=candidate.account_id,
        tenant_id=candidate.tenant_id,
        settings=candidate.settings,
        credentials_type=candidate.credentials["type"],
        open_credentials=lambda: candidate.credentials,
        installation=services.settings.provider_values.get(candidate.provider.name),
        origin=services.settings.provider_urls.get(candidate.provider.name),
    )
    return (await services.client.send(request, connection, safe=True)).body
