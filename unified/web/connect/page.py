"""The connect page: an end user sees who requests access to what, chooses the product, fills in its settings and authorises."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery

from unified.api.answers.faults import nothing_done
from unified.api.middleware.audit import address_of
from unified.api.requests.context import Context
from unified.api.requests.declarations import public, secret_in_request
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.error import UnifiedError
from unified.errors.requests import ConnectFailed, NotFound, ValidationFailed
from unified.errors.service import RateLimited
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
from unified.web.connect.auto_redirect import done_address, redirect_to_application, redirect_to_provider
from unified.web.connect.consent import (
    CREDENTIAL,
    SETTING,
    ConsentForm,
    build_consent,
    list_products,
    problems_of,
    search_products,
    select_kind,
)
from unified.web.connect.link_page import LinkPage
from unified.web.connect.resource_link import redirect_to_selection
from unified.web.failures import LINK_PAGES
from unified.web.html.forms import CONNECT_COOKIE, FormDependency, cookie, form_token, read_cookie_secret, reads_form
from unified.web.html.monograms import signs_of
from unified.web.html.rendering import language_of, redirect, render_page, t_plain
from unified.web.session.return_paths import BACK_COOKIE, COOKIE_SECONDS

SEARCH_MINIMUM = 9
"""Minimum number of products for which the page offers a search."""
LINK_COOKIE = "__Host-unified-link"
"""Holds the link that this browser has open, so that the error page of a failure can lead back to it."""


class LinkQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a link's address: its secret, and the choices that the person made."""

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
    view = LinkPage.of(context, link, query.token)
    offer = _chosen(link, query.provider)
    if offer is None:
        return _choosing(view, query)
    return _consent(view, offer, kind=query.kind)


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
    with nothing_done():
        link = await open_link(context.services, link_id, token)
    view = LinkPage.of(context, link, token)
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
    except NotFound:
        await open_link(context.services, link_id, token)  # says why it is over, and who asked
        raise
    except RateLimited as problem:
        problem.language = view.language
        raise
    except UnifiedError as error:
        return _consent(view, offer, kind=choice.kind, values=form, error=error)
    if isinstance(outcome, Connected):
        return await connected(context, outcome)
    return redirect_to_provider(offer.title, outcome.url, view.language)


def _chosen(link: OpenLink, name: str | None) -> ProviderOffer | None:
    if len(link.providers) == 1:
        return link.providers[0]
    return next((one for one in link.providers if one.name == name), None)


def _part(fields: dict[str, str], prefix: str) -> dict[str, str]:
    values = {name.removeprefix(prefix): text.strip() for name, text in fields.items() if name.startswith(prefix)}
    return {name: text for name, text in values.items() if text}


def _choosing(view: LinkPage, query: LinkQuery) -> Response[Any]:
    signs = signs_of(view.context.services)
    all_products = list_products(view.link.providers, signs, view.language)
    return view.render(
        "product_choice",
        products=search_products(all_products, query.q),
        search=len(all_products) >= SEARCH_MINIMUM,
        text=query.q,
        place=view.place,
    )


def _consent(
    view: LinkPage,
    offer: ProviderOffer,
    *,
    kind: str | None,
    values: dict[str, str] | None = None,
    error: UnifiedError | None = None,
) -> Response[Any]:
    link, services = view.link, view.context.services
    secret = read_cookie_secret(view.context, CONNECT_COOKIE)
    browser = secret or new_browser_secret()
    way = select_kind(offer, kind)
    form = way and ConsentForm(
        provider=services.catalog.provider(offer.name),
        offer=offer,
        kind=way,
        values=_initial_values(link) if values is None else values,
        problems=problems_of(error, view.language),
        language=view.language,
    )
    opened = _cookies(browser, known=secret is not None, link=f"{link.id}.{view.token}")
    return view.render(
        "connect",
        status=200 if error is None else error.status,
        cookies=() if view.is_framed else opened,
        form_token=form_token(browser),
        consent=form and build_consent(form),
        product=offer.title,
        sign=signs_of(services)[offer.name],
        remark=_remark(view, offer, error, way),
        widened=link.is_wider,
        several=len(link.providers) > 1,
        place=view.place,
    )


def _initial_values(link: OpenLink) -> dict[str, str]:
    """Return the initial values of the form: the settings of the account that is being reconnected."""
    return {SETTING + name: str(value) for name, value in link.account.settings.items()} if link.account else {}


def _remark(view: LinkPage, offer: ProviderOffer, error: UnifiedError | None, way: KindOffer | None) -> str:
    """Return the notice above the form: why it is shown again, or why there is none."""
    say = partial(t_plain, language=view.language, product=offer.title, tenant=view.link.tenant_name)
    if isinstance(error, ConnectFailed):
        return say(f"outcome.{error.reason}")
    if way is None or (isinstance(error, ValidationFailed) and not problems_of(error, view.language)):
        return say("connect.unusable")
    if isinstance(error, ValidationFailed):
        return say("error.summary")
    return say("connect.silent") if error else ""


def _cookies(browser: str, *, known: bool, link: str) -> tuple[Cookie, ...]:
    """Return the page's cookies, lax so that they are sent on the return from the provider (RFC 6265bis, 5.6.7.1)."""
    opened = cookie(LINK_COOKIE, link, same_site="lax", seconds=COOKIE_SECONDS)
    return (opened,) if known else (opened, cookie(CONNECT_COOKIE, browser, same_site="lax"))


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
        language = language_of(context.request, outcome.language)
        return redirect_to_application(context, outcome.provider, outcome.return_url, (cleared, *passes), language)
    if selection is not None:
        address, pass_cookie = selection
        return redirect(address, cookies=(cleared, pass_cookie))
    query = {"provider": outcome.provider} | ({"partly": "1"} if outcome.missing_scopes else {})
    return redirect(done_address(query, outcome.language, is_left_here=outcome.is_left_here), cookies=(cleared,))


@get("/connect/done", opt=public())
async def show_done(
    context: ContextDependency,
    provider: FromQuery[str] = "",
    partly: FromQuery[str | None] = None,
    left: FromQuery[str | None] = None,
    language: FromQuery[str | None] = None,
) -> Response[Any]:
    """Handle GET /connect/done: confirm the connection, without anything confidential."""
    if provider not in context.services.catalog.providers():
        raise NotFound("unknown product")
    product = context.services.catalog.provider(provider).title
    is_operator = BACK_COOKIE in context.request.cookies
    return render_page(
        "connected",
        language=language_of(context.request, language),
        product=product,
        partly=partly is not None,
        left=left is not None,
        operator=is_operator,
    )
