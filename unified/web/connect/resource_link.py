"""The choose page of whoever just connected an account, in the browser in which that was done."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.context import Context
from unified.service.chosen_resources import resource_kinds
from unified.service.connect import Connected, ResourceSelection, audited, new_selection_pass, open_selection
from unified.store import accounts
from unified.web.accounts.resources import MAX_FIELDS, choose_values, save, saved_address
from unified.web.connect.auto_redirect import back_to
from unified.web.html.forms import cookie, form_token, kept_secret, read_form
from unified.web.html.rendering import page, redirect
from unified.web.session.return_paths import COOKIE_SECONDS

PASS_COOKIE = "__Host-unified-choose"  # noqa: S105 - a cookie's name


async def redirect_to_selection(context: Context, done: Connected) -> tuple[str, Cookie] | None:
    """Where whoever connected a new account chooses, and the cookie for it; None when there is nothing to choose."""
    account = await accounts.get(context.services.database, done.tenant_id, done.account_id)
    if not done.is_new or account is None or not resource_kinds(context.services, account):
        return None
    told_partly = f"?{urlencode({'partly': 1})}" if done.missing_scopes else ""
    # Lax: it is read on the way back from the product's site (RFC 6265bis, 5.6.7.1).
    kept = cookie(PASS_COOKIE, await new_selection_pass(context.services, done), same_site="lax", seconds=COOKIE_SECONDS)
    return f"{_address(done.link_id)}{told_partly}", kept


def _address(link_id: str) -> str:
    return f"/connect/{quote(link_id, safe='')}/resources"


async def show_choosing(context: Context) -> Response[Any]:
    """GET /connect/{id}/resources."""
    given = kept_secret(context, PASS_COOKIE) or ""
    choosing = await open_selection(context.services, context.path("id"), given)
    async with audited(context.services, choosing, changes=False):
        values = await choose_values(context, choosing.account, _address(choosing.link_id))
    return page(
        "choose_resources",
        form_token=form_token(given),
        tenant=choosing.tenant_name,
        partly="partly" in dict(context.query()),
        now=context.services.clock(),
        **values,
    )


async def save_choosing(context: Context) -> Response[Any]:
    """POST /connect/{id}/resources: kept, and on when that was asked for."""
    given = kept_secret(context, PASS_COOKIE)
    fields = await read_form(context, given, most=MAX_FIELDS)
    choosing = await open_selection(context.services, context.path("id"), given or "")
    async with audited(context.services, choosing, changes=True):
        notice = await save(context.services, choosing.account, fields, caller=None)
    if notice != "saved" or fields.get("go") != "on":
        return redirect(saved_address(_address(choosing.link_id), fields, notice))
    return _onward(context, choosing)


def _onward(context: Context, choosing: ResourceSelection) -> Response[Any]:
    """Back to the tenant's application, or to the page that says that it is done; the pass ends."""
    ended = (cookie(PASS_COOKIE, "", seconds=0),)
    provider = choosing.account.provider
    if choosing.return_url is None:
        return redirect(f"/connect/done?{urlencode({'provider': provider})}", cookies=ended)
    return back_to(context, provider, choosing.return_url, ended)
