"""Settings that the provider itself says once it accepts credentials, such as the company of a token; no one enters them."""

from typing import Any

import msgspec

from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.service.accounts.check_request import check_request
from unified.service.runtime.services import Services
from unified.transport.account_settings import CHECK, TOKEN, check_settings, learned_settings, sources
from unified.transport.connection import Connection, Credentials


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An account in the making: what is known of it before it is written."""

    provider: Provider
    account_id: str
    settings: dict[str, str]
    credentials: Credentials

    def __repr__(self) -> str:
        """Leave out the credentials."""
        return f"Candidate({self.provider.name!r})"


async def check_and_learn(services: Services, candidate: Candidate) -> dict[str, str]:
    """Ask the provider whether it accepts the credentials, and return the settings with all that it says of them.

    Raises:
        UnifiedError: The provider does not accept the credentials, or was not reached.
        ValidationFailed: A setting is missing that the provider should have said.
    """
    answer = await _send(services, candidate, check_request(candidate.provider))
    settings = {**candidate.settings, **learned_settings(candidate.provider, CHECK, answer)}
    return await _learn_by_requests(services, msgspec.structs.replace(candidate, settings=settings))


async def learn_settings(services: Services, candidate: Candidate) -> dict[str, str]:
    """Return the settings with what the provider says of those that are missing; without any, nothing is sent.

    Raises:
        UnifiedError, ValidationFailed: As `check_and_learn` says.
    """
    if CHECK in sources(candidate.provider, candidate.settings):
        return await check_and_learn(services, candidate)
    return await _learn_by_requests(services, candidate)


async def _learn_by_requests(services: Services, candidate: Candidate) -> dict[str, str]:
    provider, settings = candidate.provider, candidate.settings
    for source in sources(provider, settings):
        if source not in {TOKEN, CHECK}:
            verb, _, path = source.partition(" ")
            request = ProviderRequest(method=verb, path=path, query=(), body=msgspec.UNSET, receives=provider.receive)
            answer = await _send(services, msgspec.structs.replace(candidate, settings=settings), request)
            settings = {**settings, **learned_settings(provider, source, answer)}
    check_settings(provider, settings, candidate.credentials["type"])
    return settings


async def _send(services: Services, candidate: Candidate, request: ProviderRequest) -> Any:
    connection = Connection(
        provider=candidate.provider,
        account_id=candidate.account_id,
        settings=candidate.settings,
        credentials_type=candidate.credentials["type"],
        open_credentials=lambda: candidate.credentials,
        installation=services.settings.provider_values.get(candidate.provider.name),
        origin=services.settings.provider_urls.get(candidate.provider.name),
    )
    return (await services.client.send(request, connection, safe=True)).body
