"""The pages of OAuth apps: which products have one, set or replace one, and delete it. No page shows a secret again."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.params import FromQuery

from unified.api.controllers.oauth_apps import OAuthAppController
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathProvider
from unified.api.views.oauth_apps import every_app
from unified.errors.configuration import CatalogError
from unified.errors.providers import ProviderDisabled
from unified.errors.requests import NotFound, ValidationFailed
from unified.service.accounts import oauth_apps
from unified.service.accounts.oauth_apps import NewApp
from unified.service.public_urls import public_base_url, redirect_uri
from unified.web.collection import Collection, ask_about, show_list
from unified.web.html.forms import FormDependency
from unified.web.html.monograms import signs_of
from unified.web.html.rendering import redirect
from unified.web.outcomes import REFUSED, Refusal, explain_refusal, show_form
from unified.web.session.layout import product_of

APPS = Collection(tab="apps", address="/ui/oauth-apps", notices=("saved", "deleted"))
PLACES = {one: one for one in ("client_id", "client_secret", "scopes")}
"""The fields of the form by the keys of `PUT /oauth-apps/{provider}`."""


class OAuthAppPageController(Controller):
    """The tenant's OAuth apps, and those of the installation while a product refuses them."""

    path = APPS.address

    @get(opt=signed_in_as(OAuthAppController.list_oauth_apps))
    async def show_apps(self, context: ContextDependency, notice: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/oauth-apps."""
        apps = await every_app(context.services, context.principal.tenant_id)
        with_app = {one.provider for one in apps if one.owner == "tenant"}
        return show_list(
            context,
            APPS,
            [(product_of(context, one.provider), one) for one in apps],
            notice=notice,
            signs=signs_of(context.services),
            others=[(name, title) for name, title in _products(context) if name not in with_app],
        )

    @get("/set", opt=signed_in_as(OAuthAppController.set_oauth_app))
    async def choose_product(self, provider: FromQuery[str] = "") -> Response[Any]:
        """Handle GET /ui/oauth-apps/set: lead to the form of the product that was chosen on the list."""
        is_name = provider.replace("_", "").replace("-", "").isalnum()
        return redirect(f"{APPS.address}/{provider}" if is_name else APPS.address)

    @get("/{provider:str}", opt=signed_in_as(OAuthAppController.set_oauth_app))
    async def show_form(self, context: ContextDependency, provider: PathProvider) -> Response[Any]:
        """Handle GET /ui/oauth-apps/{provider}."""
        return await _form(context, provider, {})

    @post("/{provider:str}", opt=signed_in_as(OAuthAppController.set_oauth_app))
    async def save_app(self, context: ContextDependency, form: FormDependency, provider: PathProvider) -> Response[Any]:
        """Handle POST /ui/oauth-apps/{provider}."""
        _title(context, provider)
        app = NewApp(
            client_id=form.get("client_id", "").strip(),
            client_secret=form.get("client_secret", "").strip(),
            scopes=tuple(form.get("scopes", "").split()) or None,
        )
        try:
            await oauth_apps.set_app(context.services, context.principal.tenant_id, provider, app)
        except REFUSED as problem:
            return await _form(context, provider, form, explain_refusal(problem, PLACES))
        return APPS.finish("saved")

    @get("/{provider:str}/delete", opt=signed_in_as(OAuthAppController.delete_oauth_app))
    async def ask_about_app(self, context: ContextDependency, provider: PathProvider) -> Response[Any]:
        """Handle GET /ui/oauth-apps/{provider}/delete: ask for confirmation."""
        await oauth_apps.get_app(context.services, context.principal.tenant_id, provider)
        return ask_about(context, APPS, provider, "app.delete", name=product_of(context, provider))

    @post("/{provider:str}/delete", opt=signed_in_as(OAuthAppController.delete_oauth_app))
    async def delete_app(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
        provider: PathProvider,
    ) -> Response[Any]:
        """Handle POST /ui/oauth-apps/{provider}/delete."""
        await oauth_apps.delete_app(context.services, context.principal.tenant_id, provider)
        return APPS.finish("deleted")


def _products(context: Context) -> list[tuple[str, str]]:
    """Return the names and titles of the products that are connected by OAuth 2."""
    catalog = context.services.catalog
    return [(name, title) for name in catalog.providers() if (title := _oauth_title(context, name)) is not None]


def _oauth_title(context: Context, name: str) -> str | None:
    try:
        provider = context.services.catalog.provider(name)
        oauth_apps.oauth_rules(provider)
    except (CatalogError, ProviderDisabled, ValidationFailed):
        return None
    return provider.title


def _title(context: Context, provider: str) -> str:
    title = _oauth_title(context, provider)
    if title is None:
        raise NotFound("no product with OAuth apps has this name")
    return title


async def _form(context: Context, provider: str, fields: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    services, tenant_id = context.services, context.principal.tenant_id
    own = (
        await oauth_apps.get_app(services, tenant_id, provider)
        if await oauth_apps.has_own(services, tenant_id, provider)
        else None
    )
    return show_form(
        context,
        APPS.tab,
        "oauth_app",
        refusal,
        provider=provider,
        product=_title(context, provider),
        own=own,
        client_id=fields.get("client_id", ""),
        scopes=fields.get("scopes", " ".join((own.scopes or ()) if own else ())),
        redirect_uri=redirect_uri(services.settings, provider) if public_base_url(services.settings) else None,
    )
