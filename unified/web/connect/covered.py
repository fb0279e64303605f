"""The page on which a customer chooses one of several that a consent covers, such as a site; in the browser that consented."""

from typing import Any
from urllib.parse import quote

from litestar import Controller, Response, get, post

from unified.api.answers.faults import nothing_done
from unified.api.middleware.audit import address_of as visitor_address
from unified.api.requests.context import Context
from unified.api.requests.declarations import secret_in_request
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import ConnectFailed, ValidationFailed
from unified.errors.service import RateLimited
from unified.service.connect import Choosing, choose_covered, open_choice
from unified.web.connect.page import connected
from unified.web.failures import LINK_PAGES
from unified.web.html.forms import CONNECT_COOKIE, FormDependency, form_token, read_cookie_secret, reads_form
from unified.web.html.monograms import signs_of
from unified.web.html.rendering import language_of, render_page, t


def address_of(link_id: str) -> str:
    """Return the address of the page for a link."""
    return f"/connect/{quote(link_id, safe='')}/choice"


class CoveredController(Controller):
    """The choice among what a consent covers."""

    path = "/connect/{id:str}/choice"
    opt = secret_in_request()
    dependencies = reads_form(CONNECT_COOKIE)
    exception_handlers = LINK_PAGES

    @get()
    async def show_choice(self, context: ContextDependency, link_id: PathId) -> Response[Any]:
        """Handle GET /connect/{id}/choice."""
        return _page(context, await open_choice(context.services, link_id, read_cookie_secret(context, CONNECT_COOKIE)))

    @post()
    async def take_choice(self, context: ContextDependency, form: FormDependency, link_id: PathId) -> Response[Any]:
        """Handle POST /connect/{id}/choice: connect what was chosen, or show the list again with what went wrong."""
        browser = read_cookie_secret(context, CONNECT_COOKIE)
        with nothing_done():
            choosing = await open_choice(context.services, link_id, browser)
        try:
            number, address = form.get("covered", ""), visitor_address(context.request)
            outcome = await choose_covered(context.services, link_id, browser, number, address)
        except RateLimited as problem:
            problem.language = choosing.language
            raise
        except (ConnectFailed, ValidationFailed) as problem:
            return _page(context, choosing, problem)
        return await connected(context, outcome)


def _page(context: Context, choosing: Choosing, problem: ConnectFailed | ValidationFailed | None = None) -> Response[Any]:
    language, product = language_of(context.request, choosing.language), choosing.provider.title
    reason = "covered.none" if problem is None or isinstance(problem, ValidationFailed) else f"outcome.{problem.reason}"
    return render_page(
        "covered",
        status=200 if problem is None else problem.status,
        language=language,
        form_token=form_token(read_cookie_secret(context, CONNECT_COOKIE) or ""),
        action=address_of(choosing.link_id),
        tenant=choosing.tenant_name,
        product=product,
        sign=signs_of(context.services)[choosing.provider.name],
        covered=choosing.covered,
        remark=t(reason, language=language, product=product) if problem is not None else "",
    )
