"""Handlers of a tenant's own OAuth apps."""

from typing import Any

import msgspec
from litestar import Response

from unified.api.context import Context, empty_answer, json_answer
from unified.api.lists import time_text
from unified.service import oauth_apps
from unified.service.addresses import own_address, redirect_uri
from unified.service.services import Services
from unified.store.oauth_apps import OAuthAppRow


class AppShown(msgspec.Struct, frozen=True, kw_only=True):
    """An OAuth app as it may be seen: client id and secret by their last characters."""

    provider: str
    client_id: str
    client_secret: str
    scopes: list[str] | None
    redirect_uri: str | None
    """What must be registered at the provider, letter by letter; null while UNIFIED_PUBLIC_URL is not set."""
    created_at: str
    updated_at: str


def shown_app(services: Services, row: OAuthAppRow) -> AppShown:
    """An app without its secrets."""
    return AppShown(
        provider=row.provider,
        client_id=row.client_id_masked,
        client_secret=row.client_secret_masked,
        scopes=row.scopes,
        redirect_uri=redirect_uri(services.settings, row.provider) if own_address(services.settings) else None,
        created_at=time_text(row.created_at) or "",
        updated_at=time_text(row.updated_at) or "",
    )


async def list_apps(context: Context) -> Response[Any]:
    """GET /oauth-apps."""
    context.parameters()
    rows = await oauth_apps.list_apps(context.services, context.principal.tenant_id)
    return json_answer({"data": [shown_app(context.services, row) for row in rows], "next_cursor": None})


async def get_app(context: Context) -> Response[Any]:
    """GET /oauth-apps/{provider}."""
    row = await oauth_apps.get_app(context.services, context.principal.tenant_id, context.path("provider"))
    return json_answer(shown_app(context.services, row))


async def set_app(context: Context) -> Response[Any]:
    """PUT /oauth-apps/{provider}."""
    asked = await context.body(oauth_apps.NewApp)
    row = await oauth_apps.set_app(context.services, context.principal.tenant_id, context.path("provider"), asked)
    return json_answer(shown_app(context.services, row))


async def delete_app(context: Context) -> Response[Any]:
    """DELETE /oauth-apps/{provider}."""
    await oauth_apps.delete_app(context.services, context.principal.tenant_id, context.path("provider"))
    return empty_answer()
