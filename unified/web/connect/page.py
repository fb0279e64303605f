"""The connect page: an end user sees who asks for what, chooses the product, fills in its settings and authorises."""

from typing import Any
from urllib.parse import quote, urlencode

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.audit_middleware import address_of
from unified.api.context import Context
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
from unified.web.connect.auto_redirect import back_to, onward
from unified.web.connect.consent import CREDENTIAL, SETTING, consent, offered_kind, problems_of, products, searched
from unified.web.connect.resource_link import redirect_to_selection
from unified.web.html.forms import CONNECT_COOKIE, cookie, form_token, kept_secret, read_form
from unified.web.html.rendering import page, redirect, t_plain
from unified.web.session.return_paths import BACK_COOKIE, COOKIE_SECONDS

SEARCHED_FROM = 9
"""Products from which on a search helps."""
LINK_COOKIE = "__Host-unified-link"
"""Which link this browser has open, so that a failure at the provider can lead back to it."""


async def show_link(context: Context) -> Response[Any]:
    """GET /connect/{id}: the page of a link."""
    asked = dict(context.query())
    link = await open_link(context.services, context.path("id"), asked.get("token", ""))
    offer = _chosen(link, asked.get("provider"))
    if offer is None:
        return _choosing(context, link, asked)
    return _consent(context, link, offer, kind=asked.get("kind"))


async def use_link(context: Context) -> Response[Any]:
    """POST /connect/{id}: off to the provider, or connected with a key."""
    browser = kept_secret(context, CONNECT_COOKIE)
    fields = await read_form(context, browser)
    link = await open_link(context.services, context.path("id"), dict(context.query()).get("token", ""))
    offer = _chosen(link, fields.get("provider"))
    if offer is None or browser is None:
        raise NotFound("no such product")
    choice = ConnectChoice(
        provider=offer.name,
        kind=fields.get("kind", ""),
        settings=_part(fields, SETTING),
        credentials=_part(fields, CREDENTIAL),
    )
    try:
        outcome = await begin_authorization(context.services, link, choice, browser, address_of(context.request))
    except (NotFound, RateLimited):
        raise
    except UnifiedError as error:
        return _consent(context, link, offer, kind=choice.kind, values=fields, error=error)
    if isinstance(outcome, Connected):
        return await connected(context, outcome)
    return onward(offer.title, outcome.url)


def _chosen(link: OpenLink, name: str | None) -> ProviderOffer | None:
    if len(link.providers) == 1:
        return link.providers[0]
    return next((one for one in link.providers if one.name == name), None)


def _part(fields: dict[str, str], prefix: str) -> dict[str, str]:
    found = {name.removeprefix(prefix): text.strip() for name, text in fields.items() if name.startswith(prefix)}
    return {name: text for name, text in found.items() if text}


def _choosing(context: Context, link: OpenLink, asked: dict[str, str]) -> Response[Any]:
    every = products(link.providers)
    text = asked.get("q", "")
    return page(
        "choose",
        link=link,
        token=asked.get("token", ""),
        address=_address(context),
        products=searched(every, text),
        search=len(every) >= SEARCHED_FROM,
        text=text,
        now=context.services.clock(),
    )


def _consent(
    context: Context,
    link: OpenLink,
    offer: ProviderOffer,
    *,
    kind: str | None = None,
    values: dict[str, str] | None = None,
    error: UnifiedError | None = None,
) -> Response[Any]:
    secret = kept_secret(context, CONNECT_COOKIE)
    browser = secret or new_browser_secret()
    token = dict(context.query()).get("token", "")
    way = offered_kind(offer, kind)
    return page(
        "connect",
        status=200 if error is None else error.status,
        cookies=_cookies(browser, known=secret is not None, link=f"{link.id}.{token}"),
        link=link,
        address=_address(context),
        token=token,
        form_token=form_token(browser),
        asked=way and consent(context.services, offer, way, _known(link) if values is None else values, problems_of(error)),
        product=offer.title,
        remark=_remark(error, way, {"product": offer.title, "tenant": link.tenant_name}),
        several=len(link.providers) > 1,
        now=context.services.clock(),
    )


def _known(link: OpenLink) -> dict[str, str]:
    """What is filled in before anybody wrote: the settings of the account that is connected again."""
    return {SETTING + name: str(value) for name, value in link.account.settings.items()} if link.account else {}


def _remark(error: UnifiedError | None, way: KindOffer | None, names: dict[str, str]) -> str:
    """What stands above the form: why it is shown again, or why there is none."""
    if isinstance(error, ConnectFailed):
        return error.detail
    if way is None or (isinstance(error, ValidationFailed) and not problems_of(error)):
        return t_plain("connect.unusable", **names)
    if isinstance(error, ValidationFailed):
        return t_plain("error.summary")
    return t_plain("connect.silent", **names) if error else ""


def _cookies(browser: str, *, known: bool, link: str) -> tuple[Cookie, ...]:
    """The browser's secret comes back from the provider's site with the person, so it is lax (RFC 6265bis, 5.6.7.1)."""
    opened = cookie(LINK_COOKIE, link, same_site="lax", seconds=COOKIE_SECONDS)
    return (opened,) if known else (opened, cookie(CONNECT_COOKIE, browser, same_site="lax"))


def _address(context: Context) -> str:
    return f"/connect/{quote(context.path('id'), safe='')}"


def opened_link(context: Context) -> str | None:
    """The address of the link that this browser has open, if it still is."""
    link, _, token = context.request.cookies.get(LINK_COOKIE, "").partition(".")
    if not link or not token or not (link + token).replace("_", "").isalnum():
        return None
    return f"/connect/{link}?{urlencode({'token': token})}"


async def connected(context: Context, outcome: Connected) -> Response[Any]:
    """The end: back to the application of the link; without one to what may be used, where there is something to choose.

    An application gets its user back at once, as its link says, and may send them on to choose: the browser keeps the pass.
    """
    forgotten = cookie(LINK_COOKIE, "", seconds=0)
    choosing = await redirect_to_selection(context, outcome)
    if outcome.return_url is not None:
        passes = () if choosing is None else (choosing[1],)
        return back_to(context, outcome.provider, outcome.return_url, (forgotten, *passes))
    if choosing is not None:
        address, kept = choosing
        return redirect(address, cookies=(forgotten, kept))
    told = {"provider": outcome.provider} | ({"partly": "1"} if outcome.missing_scopes else {})
    return redirect(f"/connect/done?{urlencode(told)}", cookies=(forgotten,))


async def show_done(context: Context) -> Response[Any]:
    """GET /connect/done: it is connected; says nothing that only the person may know."""
    told = dict(context.query())
    name = told.get("provider", "")
    if name not in context.services.catalog.providers():
        raise NotFound("no such product")
    product = context.services.catalog.provider(name).title
    return page("done", product=product, partly="partly" in told, operator=BACK_COOKIE in context.request.cookies)
