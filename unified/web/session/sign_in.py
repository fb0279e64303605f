"""Signing in and out: an API key is exchanged for a session. The key never appears in a URL or cookie."""

from typing import Annotated, Any

from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery, QueryParameter

from unified.api.answers.faults import nothing_done
from unified.api.answers.problems import whole_seconds
from unified.api.middleware.audit import address_of
from unified.api.requests.access import SESSION_COOKIE
from unified.api.requests.context import Context
from unified.api.requests.declarations import public, signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.preferences import wants_json
from unified.errors.access import REFUSED_FOR_NOW, Forbidden, Unauthenticated
from unified.service.access import sessions
from unified.web.html.forms import (
    SIGN_IN_COOKIE,
    FormDependency,
    cookie,
    form_token,
    new_form_secret,
    read_cookie_secret,
    reads_form,
)
from unified.web.html.rendering import redirect, render_page
from unified.web.session.layout import HOME
from unified.web.session.return_paths import FIELD, safe_return_path, sign_in_address

FOR_PEOPLE = "this address is for people; programs call the API with an API key, see /openapi.json"
REMARKS = {"ended": "sign_in.ended", "left": "sign_in.left", "unsent": "sign_in.unsent"}
"""Messages by `?after=`, which says why the sign-in page is shown."""


class SignInController(Controller):
    """The sign-in page; its form belongs to no session yet."""

    path = "/ui/sign-in"
    opt = public()
    dependencies = reads_form(SIGN_IN_COOKIE)

    @get()
    async def show_sign_in(
        self,
        context: ContextDependency,
        after: FromQuery[str] = "",
        return_path: Annotated[str, QueryParameter(name=FIELD)] = "",
    ) -> Response[Any]:
        """Handle GET /ui/sign-in."""
        return _form(context, remark=REMARKS.get(after), return_path=safe_return_path(return_path))

    @post()
    async def sign_in(self, context: ContextDependency, form: FormDependency) -> Response[Any]:
        """Handle POST /ui/sign-in."""
        return_path = safe_return_path(form.get(FIELD, ""))
        try:
            with nothing_done():
                token = await sessions.sign_in(context.services, form.get("key", "").strip())
        except Unauthenticated:
            wait = context.services.attempts.sign_ins.failed(address_of(context.request))
            if wait is not None:
                return _form(context, status=429, problem="sign_in.often", return_path=return_path, wait=wait)
            return _form(context, status=401, problem="sign_in.wrong", return_path=return_path)
        except REFUSED_FOR_NOW:
            raise
        except Forbidden:
            return _form(context, status=403, problem="sign_in.role", return_path=return_path)
        seconds = int(sessions.LIFETIME.total_seconds())
        cookies = (cookie(SESSION_COOKIE, token, seconds=seconds), cookie(SIGN_IN_COOKIE, "", seconds=0))
        return redirect(return_path or HOME, cookies=cookies)


@post("/ui/sign-out", opt=signed_in("sign_in"))
async def sign_out(
    context: ContextDependency,
    form: FormDependency,  # noqa: ARG001 - read, so that a forged one is refused
) -> Response[Any]:
    """Handle POST /ui/sign-out."""
    token = context.request.cookies.get(SESSION_COOKIE)
    await sessions.sign_out(context.services, token)
    return redirect(sign_in_address(after="left"), cookies=(cookie(SESSION_COOKIE, "", seconds=0),))


@get("/", opt=public())
async def go_home(context: ContextDependency) -> Response[Any]:
    """Handle GET /.

    Raises:
        Unauthenticated: the client asks for JSON.
    """
    if wants_json(context.request):
        raise Unauthenticated(FOR_PEOPLE)
    return redirect(HOME)


def _form(
    context: Context,
    *,
    status: int = 200,
    problem: str | None = None,
    remark: str | None = None,
    return_path: str | None = None,
    wait: float | None = None,
) -> Response[Any]:
    existing = read_cookie_secret(context, SIGN_IN_COOKIE)
    secret = existing or new_form_secret()
    cookies: tuple[Cookie, ...] = () if existing else (cookie(SIGN_IN_COOKIE, secret),)
    token = form_token(secret)
    headers = {} if wait is None else {"Retry-After": whole_seconds(wait)}
    return render_page(
        "sign_in",
        status=status,
        cookies=cookies,
        headers=headers,
        form_token=token,
        problem=problem,
        remark=remark,
        return_path=return_path,
    )
