"""Signing in and out: an API key is exchanged for a session, and is in no URL and no cookie."""

from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from unified.api.access import SESSION_COOKIE
from unified.api.context import Context
from unified.errors import Forbidden, Unauthenticated
from unified.service import sessions
from unified.web.attempts import attempts_of
from unified.web.forms import SIGN_IN_COOKIE, cookie, form_token, kept_secret, new_form_secret, read_form
from unified.web.rendering import go, page

HOME = "/ui/accounts"
REMARKS = {"ended": "sign_in.ended", "left": "sign_in.left"}
"""What `?after=` may say about how a person came to the sign-in page."""


async def show_sign_in(context: Context) -> Response[Any]:
    """GET /ui/sign-in."""
    after = dict(context.query()).get("after", "")
    return _form(context, remark=REMARKS.get(after))


async def sign_in(context: Context) -> Response[Any]:
    """POST /ui/sign-in."""
    fields = await read_form(context, kept_secret(context, SIGN_IN_COOKIE))
    attempts, place = attempts_of(context.request), context.request.client
    who = place.host if place else ""
    if not attempts.allowed(who):
        return _form(context, status=429, problem="sign_in.often")
    try:
        token = await sessions.sign_in(context.services, fields.get("key", "").strip())
    except Unauthenticated:
        attempts.failed(who)
        return _form(context, status=401, problem="sign_in.wrong")
    except Forbidden:
        return _form(context, status=403, problem="sign_in.role")
    seconds = int(sessions.LIFETIME.total_seconds())
    return go(HOME, cookies=(cookie(SESSION_COOKIE, token, seconds=seconds), cookie(SIGN_IN_COOKIE, "", seconds=0)))


async def sign_out(context: Context) -> Response[Any]:
    """POST /ui/sign-out."""
    token = context.request.cookies.get(SESSION_COOKIE)
    await read_form(context, token)
    await sessions.sign_out(context.services, token)
    return go("/ui/sign-in?after=left", cookies=(cookie(SESSION_COOKIE, "", seconds=0),))


async def go_home(_context: Context) -> Response[Any]:
    """GET / and GET /ui."""
    return go(HOME)


def _form(context: Context, *, status: int = 200, problem: str | None = None, remark: str | None = None) -> Response[Any]:
    known = kept_secret(context, SIGN_IN_COOKIE)
    secret = known or new_form_secret()
    cookies: tuple[Cookie, ...] = () if known else (cookie(SIGN_IN_COOKIE, secret),)
    return page("sign_in", status=status, cookies=cookies, form_token=form_token(secret), problem=problem, remark=remark)
