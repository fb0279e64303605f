"""The switches of the home page: all agents of the tenant and all its writes, paused and resumed with one question each."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath

from unified.api.controllers.tenant import TenantController
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import NotFound, ValidationFailed
from unified.service.access.permissions import may_reach
from unified.service.pausing import REASONS, OfTenant, PauseReason, pause_tenant
from unified.service.tenants import get_tenant
from unified.store.access_pauses import Pause, pause_of
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import redirect
from unified.web.outcomes import ask_first
from unified.web.session.layout import HOME

ADDRESS = "/ui/pauses"
SWITCHES: tuple[OfTenant, ...] = get_args(OfTenant)
ACTS = ("pause", "resume")


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """Something that can be paused for the whole tenant, prepared for display."""

    name: OfTenant
    paused: Pause | None


def chosen_reason(form: Mapping[str, str]) -> PauseReason:
    """Return the reason that a form names.

    Raises:
        ValidationFailed: it is not one of those that the form offers.
    """
    reason = next((one for one in REASONS if one == form.get("reason")), None)
    if reason is None:
        raise ValidationFailed.at("/reason", "expected a reason that the form offers")
    return reason


async def switches(context: Context) -> tuple[Switch, ...]:
    """Return the switches of the tenant; none for a caller that may not use them."""
    if not may_reach(context.principal, "tenant", "tenant"):
        return ()
    row = await get_tenant(context.services, context.principal.tenant_id)
    kept = {"agents": row.agents_paused, "writes": row.writes_paused}
    return tuple(Switch(name=one, paused=pause_of(kept[one])) for one in SWITCHES)


class PauseController(Controller):
    """The switches of the tenant of the caller."""

    path = f"{ADDRESS}/{{name:str}}/{{action:str}}"
    opt = signed_in_as(TenantController.pause_agents)

    @get()
    async def ask(self, context: ContextDependency, name: FromPath[str], action: FromPath[str]) -> Response[Any]:
        """Handle GET /ui/pauses/{name}/{action}."""
        what = _known(name, action)
        return ask_first(
            context,
            "home",
            f"pauses.{what}.{action}",
            name=MESSAGES[f"pauses.{what}"],
            action=f"{ADDRESS}/{what}/{action}",
            back=HOME,
            is_destructive=action == "pause",
            reasons=REASONS if action == "pause" else (),
        )

    @post()
    async def act(
        self, context: ContextDependency, form: FormDependency, name: FromPath[str], action: FromPath[str]
    ) -> Response[Any]:
        """Handle POST /ui/pauses/{name}/{action}."""
        what, caller = _known(name, action), context.principal
        reason = chosen_reason(form) if action == "pause" else None
        await pause_tenant(context.services, caller.tenant_id, what, reason, caller=caller)
        return redirect(HOME)


def _known(name: str, action: str) -> OfTenant:
    what = next((one for one in SWITCHES if one == name), None)
    if what is None or action not in ACTS:
        raise NotFound("unknown action")
    return what
