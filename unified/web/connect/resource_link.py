"""The resource page for the person who just connected an account, in the same browser."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from unified.api.answers.faults import nothing_done
from unified.api.requests.context import Context
from unified.api.requests.declarations import secret_in_request
from unified.api.requests.dependencies import ContextDependency, provided
from unified.api.requests.path_parameters import PathId
from unified.service.chosen_resources import resource_kinds
from unified.service.connect import Connected, ResourceSelection, audited, new_selection_pass, open_selection
from unified.store import accounts
from unified.web.accounts.resources import (
    MAX_FIELDS,
    PickerDependency,
    address_after_saving,
    picker_values,
    provide_picker_query,
    save,
)
from unified.web.connect.auto_redirect import done_address, redirect_to_application
from unified.web.failures import LINK_PAGES
from unified.web.html.forms import FormDependency, cookie, form_token, read_cookie_secret, reads_form
from unified.web.html.rendering import language_of, redirect, render_page
from unified.web.session.return_paths import COOKIE_SECONDS

PASS_COOKIE = "__Host-unified-choose"  # noqa: S105 - a cookie's name


async def redirect_to_selection(context: Context, done: Connected) -> tuple[str, Cookie] | None:
    """Return the address and cookie with which the owner of a new account chooses its resources.

    Returns None when the account is not new, or when there is nothing to choose.
    """
    account = await accounts.get(context.services.database, done.tenant_id, done.account_id)
    if not done.is_new or account is None or not resource_kinds(context.services, account):
        return None
    query = f"?{urlencode({'partly': 1})}" if done.missing_scopes else ""
    # Lax: the browser must send it on the way back from the product's site (RFC 6265bis, 5.6.7.1).
    pass_cookie = cookie(PASS_COOKIE, await new_selection_pass(context.services, done), same_site="lax", seconds=COOKIE_SECONDS)
    return f"{_address(done.link_id)}{query}", pass_cookie


def _address(link_id: str) -> str:
    return f"/connect/{quote(link_id, safe='')}/resources"


class ResourceLinkController(Controller):
    """The resources of the account that this browser just connected."""

    path = "/connect/{id:str}/resources"
    opt = secret_in_request()
    dependencies = provided(picker=provide_picker_query) | reads_form(PASS_COOKIE, most=MAX_FIELDS)
    exception_handlers = LINK_PAGES

    @get()
    async def show_choosing(
        self,
        context: ContextDependency,
        picker: PickerDependency,
        link_id: PathId,
        partly: FromQuery[str | None] = None,
    ) -> Response[Any]:
        """Handle GET /connect/{id}/resources."""
        secret = read_cookie_secret(context, PASS_COOKIE) or ""
        selection = await open_selection(context.services, link_id, secret)
        async with audited(context.services, selection, changes=False):
            language = language_of(context.request, selection.language)
            values = await picker_values(context, selection.account, _address(selection.link_id), picker, language)
        return render_page(
            "link_resources",
            language=language,
            form_token=form_token(secret),
            tenant=selection.tenant_name,
            partly=partly is not None,
            now=context.services.clock(),
            **values,
        )

    @post()
    async def save_choosing(self, context: ContextDependency, form: FormDependency, link_id: PathId) -> Response[Any]:
        """Handle POST /connect/{id}/resources: save the choice, and continue if that button was used."""
        secret = read_cookie_secret(context, PASS_COOKIE)
        with nothing_done():
            selection = await open_selection(context.services, link_id, secret or "")
        async with audited(context.services, selection, changes=True):
            notice = await save(context.services, selection.account, form, caller=None)
        if notice != "saved" or form.get("go") != "on":
            return redirect(address_after_saving(_address(selection.link_id), form, notice))
        return _finish(context, selection)


def _finish(context: Context, selection: ResourceSelection) -> Response[Any]:
    """Redirect to the tenant's application or the final page, and delete the pass."""
    cleared = (cookie(PASS_COOKIE, "", seconds=0),)
    provider = selection.account.provider
    if selection.return_url is None:
        done = done_address({"provider": provider}, selection.language, is_left_here=selection.is_left_here)
        return redirect(done, cookies=cleared)
    language = language_of(context.request, selection.language)
    return redirect_to_application(context, provider, selection.return_url, cleared, language)
