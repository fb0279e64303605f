"""Handlers of a tenant's own OAuth apps."""

from typing import Any, Literal

import msgspec
from litestar import Response

from unified.api.context import Context, empty_answer, json_answer
from unified.api.lists import time_text
from unified.service.accounts import oauth_apps, refused_apps
from unified.service.public_urls import public_base_url, redirect_uri
from unified.service.runtime.services import Services
from unified.store.app_states import AppStateRow
from unified.store.oauth_apps import OAuthAppRow


class AppShown(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth app as it may be seen: client id and secret by their last characters."""

    provider: str
    client_id: str
    client_secret: str
    scopes: list[str] | None
    owner: Literal["tenant", "installation"]
    """Whose it is; the installation's is shown only while the provider refuses it, with nothing of its id and secret."""
    status: Literal["active", "invalid_client"]
    """`invalid_client` while the provider refuses it: its accounts get no tokens until it has a right secret."""
    invalid_since: str | None
    redirect_uri: str | None
    """What must be registered at the provider, letter by letter; null while UNIFIED_PUBLIC_URL is not set."""
    created_at: str
    updated_at: str


def shown_app(services: Services, row: OAuthAppRow, state: AppStateRow | None) -> AppShown:
    """An app without its secrets; `state` is there while the provider refuses it."""
    return AppShown(
        provider=row.provider,
        client_id=row.client_id_masked,
        client_secret=row.client_secret_masked,
        scopes=row.scopes,
        owner="tenant",
        status="active" if state is None else "invalid_client",
        invalid_since=None if state is None else time_text(state.invalid_since),
        redirect_uri=_redirect_uri(services, row.provider),
        created_at=time_text(row.created_at) or "",
        updated_at=time_text(row.updated_at) or "",
    )


def _shown_shared(services: Services, state: AppStateRow) -> AppShown:
    """The installation's app, which the tenant cannot repair but must know to be refused."""
    since = time_text(state.invalid_since) or ""
    return AppShown(
        provider=state.provider,
        client_id="…",
        client_secret="…",  # noqa: S106 - nothing of it
        scopes=None,
        owner="installation",
        status="invalid_client",
        invalid_since=since,
        redirect_uri=_redirect_uri(services, state.provider),
        created_at=since,
        updated_at=since,
    )


def _redirect_uri(services: Services, provider: str) -> str | None:
    return redirect_uri(services.settings, provider) if public_base_url(services.settings) else None


async def every_app(services: Services, tenant_id: str) -> list[AppShown]:
    """The tenant's apps, and those of the installation that a provider refuses, by provider."""
    states = await refused_apps.states_of(services, tenant_id)
    own = {row.provider: row for row in await oauth_apps.list_apps(services, tenant_id)}
    shown = [shown_app(services, row, states.get(row.provider)) for row in own.values()]
    shared = [_shown_shared(services, state) for name, state in states.items() if name not in own]
    return sorted((*shown, *shared), key=lambda one: one.provider)


async def list_apps(context: Context) -> Response[Any]:
    """GET /oauth-apps."""
    context.parameters()
    return json_answer({"data": await every_app(context.services, context.principal.tenant_id), "next_cursor": None})


async def get_app(context: Context) -> Response[Any]:
    """GET /oauth-apps/{provider}."""
    tenant_id, provider = context.principal.tenant_id, context.path("provider")
    state = await refused_apps.state_of(context.services, tenant_id, provider)
    if state is not None and not await oauth_apps.has_own(context.services, tenant_id, provider):
        return json_answer(_shown_shared(context.services, state))
    row = await oauth_apps.get_app(context.services, tenant_id, provider)
    return json_answer(shown_app(context.services, row, state))


async def set_app(context: Context) -> Response[Any]:
    """PUT /oauth-apps/{provider}."""
    asked = await context.body(oauth_apps.NewApp)
    row = await oauth_apps.set_app(context.services, context.principal.tenant_id, context.path("provider"), asked)
    return json_answer(shown_app(context.services, row, None))


async def delete_app(context: Context) -> Response[Any]:
    """DELETE /oauth-apps/{provider}."""
    await oauth_apps.delete_app(context.services, context.principal.tenant_id, context.path("provider"))
    return empty_answer()
