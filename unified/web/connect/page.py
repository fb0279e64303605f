"""The connect page: an end user sees who requests access to what, chooses the product, fills in its settings and authorises."""

from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from unified.api.audit_middleware import address_of
from unified.api.context import Context
from unified.api.declarations import public, secret_in_request
from unified.api.dependencies import ContextDependency
from unified.api.path_parameters import PathId
from unified.errors import ConnectFailed, NotFound, RateLimited, UnifiedError, ValidationFailed
from unified.service.connect import (
    ConnectChoice,
    Connected,
    KindOffer,
    OpenLink,
    ProviderOffer,
    begin_authorization,
    new_browser_secret,
    open_link,
)
from unified.web.connect.auto_redirect import redirect_to_application, redirect_to_provider
from unified.web.connect.consent import (
    CREDENTIAL,
    SETTING,
    build_consent,
    list_products,
    problems_of,
    search_products,
    select_kind,
)
from unified.web.connect.resource_link import redirect_to_selection
from unified.web.failures import LINK_PAGES
from unified.web.html.forms import CONNECT_COOKIE, FormDependency, cookie, form_token, read_cookie_secret, reads_form
from unified.web.html.rendering import redirect, render_page, t_plain
from unified.web.session.return_paths import BACK_COOKIE, COOKIE_SECONDS

SEARCH_MINIMUM = 9
"""Minimum number of products for which the page offers a search."""
LINK_COOKIE = "__Host-unified-link"
"""Holds the link that this browser has open, so that the error page of a failure can lead back to it."""


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the address of a link's page names: its secret, and the choices that the person made."""

    token: str = ""
    provider: str | None = None
    kind: str | None = None
    q: str = ""


async def show_link(context: Context) -> Response[Any]:
    """Handle GET /connect/{id}: show the page of a link.

    It takes the place of a handler of the API, so it declares its query as a struct instead of parameters.
    """
    query = msgspec.convert(dict(context.query()), LinkQuery)
    link = await open_link(context.services, context.path("id"), query.token)
    offer = _chosen(link, query.provider)
    if offer is None:
        return _choosing(context, link, query)
    return _consent(context, link, offer, token=query.token, kind=query.kind)


@post(
    "/connect/{id:str}",
    opt=secret_in_request(),
    include_in_schema=False,
    dependencies=reads_form(CONNECT_COOKIE),
    exception_handlers=LINK_PAGES,
)
async def use_link(
    context: ContextDependency, form: FormDependency, link_id: PathId, token: FromQuery[str] = ""
) -> Response[Any]:
    """Handle POST /connect/{id}: redirect to the provider, or connect with the entered credentials."""
    browser = read_cookie_secret(context, CONNECT_COOKIE)
    link = await open_link(context.services, link_id, token)
    offer = _chosen(link, form.get("provider"))
    if offer is None or browser is None:
        raise NotFound("the link does not offer this product")
    choice = ConnectChoice(
        provider=offer.name,
        kind=form.get("kind", ""),
        settings=_part(form, SETTING),
        credentials=_part(form, CREDENTIAL),
    )
    try:
        outcome = await begin_authorization(context.services, link, choice, browser, address_of(context.request))
    except (NotFound, RateLimited):
        raise
    except UnifiedError as error:
        return _consent(context, link, offer, token=token, kind=choice.kind, values=form, error=error)
    if isinstance(outcome, Connected):
        return await connected(context, outcome)
    return redirect_to_provider(offer.title, outcome.url)


def _chosen(link: OpenLink, name: str | None) -> ProviderOffer | None:
    if len(link.providers) == 1:
        return link.providers[0]
    return next((one for one in link.providers if one.name == name), None)


def _part(fields: dict[str, str], prefix: str) -> dict[str, str]:
    values = {name.removeprefix(prefix): text.strip() for name, text in fields.items() if name.startswith(prefix)}
    return {name: text for name, text in values.items() if text}


def _choosing(context: Context, link: OpenLink, query: LinkQuery) -> Response[Any]:
    all_products = list_products(link.providers)
    return render_page(
        "product_choice",
        link=link,
        token=query.token,
        address=_address(link),
        products=search_products(all_products, query.q),
        search=len(all_products) >= SEARCH_MINIMUM,
        text=query.q,
        now=context.services.clock(),
    )


def _consent(
    context: Context,
    link: OpenLink,
    offer: ProviderOffer,
    *,
    token: str,
    kind: str | None,
    values: dict[str, str] | None = None,
    error: UnifiedError | None = None,
) -> Response[Any]:
    secret = read_cookie_secret(context, CONNECT_COOKIE)
    browser = secret or new_browser_secret()
    way = select_kind(offer, kind)
    return render_page(
        "connect",
        status=200 if error is None else error.status,
        cookies=_cookies(browser, known=secret is not None, link=f"{link.id}.{token}"),
        link=link,
        address=_address(link),
        token=token,
        form_token=form_token(browser),
        consent=way
        and build_consent(
            context.services, offer, way, _initial_values(link) if values is None else values, problems_of(error)
        ),
        product=offer.title,
        remark=_remark(error, way, {"product": offer.title, "tenant": link.tenant_name}),
        several=len(link.providers) > 1,
        now=context.services.clock(),
    )


def _initial_values(link: OpenLink) -> dict[str, str]:
    """Return the initial values of the form: the settings of the account that is being reconnected."""
    return {SETTING + name: str(value) for name, value in link.account.settings.items()} if link.account else {}


def _remark(error: UnifiedError | None, way: KindOffer | None, names: dict[str, str]) -> str:
    """Return the notice above the form: why it is shown again, or why there is none."""
    if isinstance(error, ConnectFailed):
        return error.detail
    if way is None or (isinstance(error, ValidationFailed) and not problems_of(error)):
        return t_plain("connect.unusable", **names)
    if isinstance(error, ValidationFailed):
        return t_plain("error.summary")
    return t_plain("connect.silent", **names) if error else ""


def _cookies(browser: str, *, known: bool, link: str) -> tuple[Cookie, ...]:
    """Return the page's cookies, lax so that they are sent on the return from the provider (RFC 6265bis, 5.6.7.1)."""
    opened = cookie(LINK_COOKIE, link, same_site="lax", seconds=COOKIE_SECONDS)
    return (opened,) if known else (opened, cookie(CONNECT_COOKIE, browser, same_site="lax"))


def _address(link: OpenLink) -> str:
    return f"/connect/{quote(link.id, safe='')}"


def opened_link(context: Context) -> str | None:
    """Return the address of the link that this browser has open, or None."""
    link, _, token = context.request.cookies.get(LINK_COOKIE, "").partition(".")
    if not link or not token or not (link + token).replace("_", "").isalnum():
        return None
    return f"/connect/{link}?{urlencode({'token': token})}"


async def connected(context: Context, outcome: Connected) -> Response[Any]:
    """Finish a connection: redirect to the application of the link, to the resource page, or to the final page.

    An application gets its user back at once. It may send them to the resource page later: the browser keeps the pass.
    """
    cleared = cookie(LINK_COOKIE, "", seconds=0)
    selection = await redirect_to_selection(context, outcome)
    if outcome.return_url is not None:
        passes = () if selection is None else (selection[1],)
        return redirect_to_application(context, outcome.provider, outcome.return_url, (cleared, *passes))
    if selection is not None:
        address, pass_cookie = selection
        return redirect(address, cookies=(cleared, pass_cookie))
    query = {"provider": outcome.provider} | ({"partly": "1"} if outcome.missing_scopes else {})
    return redirect(f"/connect/done?{urlencode(query)}", cookies=(cleared,))


@get("/connect/done", opt=public())
async def show_done(
    context: ContextDependency, provider: FromQuery[str] = "", partly: FromQuery[str | None] = None
) -> Response[Any]:
    """Handle GET /connect/done: confirm the connection, without anything confidential."""
    if provider not in context.services.catalog.providers():
        raise NotFound("unknown product")
    product = context.services.catalog.provider(provider).title
    is_operator = BACK_COOKIE in context.request.cookies
    return render_page("connected", product=product, partly=partly is not None, operator=is_operator)
