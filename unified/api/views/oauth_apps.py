"""OAuth apps as responses show them."""

from typing import Literal

import msgspec

from unified.api.views.lists import view_of
from unified.service.accounts import oauth_apps, refused_apps
from unified.service.public_urls import public_base_url, redirect_uri
from unified.service.runtime.services import Services
from unified.store.app_states import AppStateRow
from unified.store.oauth_apps import OAuthAppRow
from unified.text.formatting_times import time_text
from unified.text.parsing_times import Moment


class AppView(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth app as it may be seen: client id and secret by their last characters."""

    provider: str
    """Name of the provider, such as `hubspot`."""
    client_id: str
    """Its last characters."""
    client_secret: str
    """Its last characters."""
    scopes: list[str] | None
    """The OAuth scopes that are asked for; null for those that the provider file says."""
    owner: Literal["tenant", "installation"]
    """The owner; the installation's app is shown only while the provider refuses it, without its id and secret."""
    status: Literal["active", "invalid_client"]
    """`invalid_client` while the provider refuses it: its accounts get no tokens until it has the correct secret."""
    invalid_since: Moment | None
    """When the provider first refused it; null while it does not."""
    redirect_uri: str | None
    """The URL to register at the provider, exactly as shown; null while UNIFIED_PUBLIC_URL is not set."""
    created_at: Moment
    """When it was registered here."""
    updated_at: Moment
    """When it was changed last."""


def app_view(services: Services, row: OAuthAppRow, state: AppStateRow | None) -> AppView:
    """Return an app without its secrets; `state` is set while the provider refuses it."""
    return view_of(
        AppView,
        row,
        client_id=row.client_id_masked,
        client_secret=row.client_secret_masked,
        owner="tenant",
        status="active" if state is None else "invalid_client",
        invalid_since=None if state is None else time_text(state.invalid_since),
        redirect_uri=_redirect_uri(services, row.provider),
    )


def shared_app_view(services: Services, state: AppStateRow) -> AppView:
    """Return the installation's app while the provider refuses it; the tenant cannot repair it."""
    since = time_text(state.invalid_since) or ""
    return AppView(
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


async def every_app(services: Services, tenant_id: str) -> list[AppView]:
    """Return the tenant's apps and the refused ones of the installation, sorted by provider."""
    states = await refused_apps.states_of(services, tenant_id)
    own = {row.provider: row for row in await oauth_apps.list_apps(services, tenant_id)}
    shown = [app_view(services, row, states.get(row.provider)) for row in own.values()]
    shared = [shared_app_view(services, state) for name, state in states.items() if name not in own]
    return sorted((*shown, *shared), key=lambda one: one.provider)
