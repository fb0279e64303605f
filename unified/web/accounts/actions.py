"""Actions on an account: reconnect, check, disable, enable, delete. Each is a form, never a link.

Reconnect and check have their own routes, because they need other permissions than changing an account.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import NotFound
from unified.service.accounts.account_changes import AccountPatch, update_account
from unified.service.accounts.accounts import delete_account
from unified.service.accounts.checking import check_account
from unified.service.connect import NewLink, create_link
from unified.store.accounts import AccountRow, AccountStatus
from unified.web.accounts.page import ADDRESS, account_of, address
from unified.web.html.forms import FormDependency, cookie
from unified.web.html.rendering import redirect
from unified.web.outcomes import ask_first
from unified.web.session.layout import product_of
from unified.web.session.return_paths import BACK_COOKIE, COOKIE_SECONDS

Fields = dict[str, str]
Action = Callable[[Context, AccountRow, Fields], Awaitable[Response[Any]]]


class AccountActionController(Controller):
    """The forms of the accounts page."""

    path = f"{ADDRESS}/{{id:str}}"
    opt = signed_in("accounts", "account")

    @post("/{action:str}")
    async def act_on_account(
        self, context: ContextDependency, form: FormDependency, account_id: PathId, action: FromPath[str]
    ) -> Response[Any]:
        """Handle POST /ui/accounts/{id}/{action}."""
        act = ACTIONS.get(action)
        if act is None:
            raise NotFound("unknown action")
        return await act(context, await account_of(context, account_id), form)

    @post("/reconnect", opt=signed_in("connect", "account"))
    async def reconnect(
        self,
        context: ContextDependency,
        form: FormDependency,  # noqa: ARG002 - read, so that a forged one is refused
        account_id: PathId,
    ) -> Response[Any]:
        """Handle POST /ui/accounts/{id}/reconnect: create a connect link and open it."""
        return await _reconnect(context, await account_of(context, account_id))

    @post("/check", opt=signed_in("call", "account"))
    async def check(self, context: ContextDependency, form: FormDependency, account_id: PathId) -> Response[Any]:
        """Handle POST /ui/accounts/{id}/check: ask the product whether it still accepts the account."""
        return await _check(context, await account_of(context, account_id), form)

    @get("/{action:str}")
    async def ask_about_account(self, context: ContextDependency, account_id: PathId, action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/accounts/{id}/{action}: ask for confirmation before a deletion, the only action that needs it."""
        if action != "delete":
            raise NotFound("this action has no confirmation page")
        row = await account_of(context, account_id)
        return ask_first(
            context,
            "accounts",
            "accounts.delete",
            name=row.name,
            action=f"{ADDRESS}/{row.id}/delete",
            back=ADDRESS,
            product=product_of(context, row.provider),
        )


async def _reconnect(context: Context, row: AccountRow) -> Response[Any]:
    _, url = await create_link(context.services, context.principal, NewLink(provider=row.provider, account_id=row.id))
    parts = urlsplit(url)
    return redirect(
        f"{parts.path}?{parts.query}", cookies=(cookie(BACK_COOKIE, "accounts", same_site="lax", seconds=COOKIE_SECONDS),)
    )


async def _check(context: Context, row: AccountRow, fields: Fields) -> Response[Any]:
    result = await check_account(context.services, row.tenant_id, row.id)
    if result.ok:
        return redirect(address(fields, notice="works", account=row.id))
    return redirect(address(fields, notice="fails", account=row.id, reason=result.detail.partition(":")[0]))


def _set_status(status: AccountStatus, notice: str) -> Action:
    async def run(context: Context, row: AccountRow, fields: Fields) -> Response[Any]:
        await update_account(context.services, row.tenant_id, row.id, AccountPatch(status=status))
        return redirect(address(fields, notice=notice, account=row.id))

    return run


async def _delete(context: Context, row: AccountRow, _fields: Fields) -> Response[Any]:
    await delete_account(context.services, row.tenant_id, row.id)
    return redirect(address({}, notice="deleted"))


ACTIONS: dict[str, Action] = {
    "disable": _set_status("disabled", "disabled"),
    "enable": _set_status("active", "enabled"),
    "delete": _delete,
}
