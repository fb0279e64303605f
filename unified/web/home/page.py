"""The home page of signed-in people: what needs attention, or that nothing does."""

from typing import Any

from litestar import Response, get

from unified.api.declarations import signed_in
from unified.api.dependencies import ContextDependency
from unified.web.home.attention import sections
from unified.web.html.rendering import render_page
from unified.web.session.layout import HOME, frame


@get(HOME, opt=signed_in("sign_in"))
async def show_home(context: ContextDependency) -> Response[Any]:
    """Handle GET /ui."""
    return render_page("home", sections=await sections(context), **frame(context, "home"))
