"""The form for how much the agents of an MCP server may do, and at which hours: numbers and ticks, no JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from msgspec import UNSET

from unified.api.controllers.mcp_servers import McpServerController
from unified.api.requests.context import Context
from unified.api.requests.declarations import signed_in_as
from unified.api.requests.dependencies import ContextDependency
from unified.api.requests.path_parameters import PathId
from unified.errors.requests import ValidationFailed
from unified.service.access.use.use_limits import SECONDS, Quota, UseLimits, levels_of, own_level
from unified.service.access.use.windows import DAYS, Hours, Window
from unified.service.mcp_servers import servers
from unified.service.mcp_servers.config import McpServerPatch
from unified.store.mcp_servers import McpServerRow
from unified.web.html.choosers import choice, ticked
from unified.web.html.forms import FormDependency
from unified.web.html.messages import MESSAGES
from unified.web.html.rendering import redirect
from unified.web.mcp.page import SERVERS
from unified.web.outcomes import REFUSED, Refusal, explain_refusal, show_form

COUNTED = UseLimits.__struct_fields__
PERIODS = tuple(SECONDS)
DAY = "day."
PLACES = {
    **{f"limits.{one}": f"{one}-minute" for one in COUNTED},
    "time_zone": "time_zone",
    "hours": "start",
    "window": "start",
}
"""The fields of the form by the keys of `PATCH /mcp-servers/{id}`."""


class ServerLimitsController(Controller):
    """The limits of one server."""

    path = f"{SERVERS.address}/{{id:str}}/limits"
    opt = signed_in_as(McpServerController)

    @get()
    async def show_form(self, context: ContextDependency, server_id: PathId) -> Response[Any]:
        """Handle GET /ui/mcp/{id}/limits."""
        row = await _server(context, server_id)
        return _form(context, row, _saved(row))

    @post()
    async def save(self, context: ContextDependency, form: FormDependency, server_id: PathId) -> Response[Any]:
        """Handle POST /ui/mcp/{id}/limits."""
        row, caller = await _server(context, server_id), context.principal
        try:
            patch = McpServerPatch(limits=_limits(form), window=_window(form, row))
            await servers.update_server(context.services, caller.tenant_id, row.id, patch, caller=caller)
        except REFUSED as problem:
            return _form(context, row, form, explain_refusal(problem, PLACES))
        return redirect(f"{SERVERS.address}/{row.id}")


async def _server(context: Context, server_id: str) -> McpServerRow:
    caller = context.principal
    return await servers.get_server(context.services, caller.tenant_id, server_id, caller=caller)


def _limits(fields: Mapping[str, str]) -> UseLimits:
    """Return the limits that a form asks for; a kind whose fields are all empty has no limit."""
    wanted: dict[str, dict[str, int]] = {one: {} for one in COUNTED}
    for counted in COUNTED:
        for period in PERIODS:
            if text := fields.get(f"{counted}-{period}", "").strip():
                wanted[counted][period] = _count(counted, text)
    return msgspec.convert({one: given or None for one, given in wanted.items()}, UseLimits)


def _count(counted: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= len(text) <= len("999999999") or int(text) == 0:
        raise ValidationFailed.at(f"/limits/{counted}", "expected a whole number from 1 on, or nothing")
    return int(text)


def _window(fields: Mapping[str, str], row: McpServerRow) -> Window | msgspec.UnsetType | None:
    """Return the window that a form asks for; what it cannot show stays, and no hours at all mean always."""
    before = own_level(levels_of(row), row.id).window
    if before is not None and len(before.hours) > 1:
        return UNSET
    days = tuple(one for one in DAYS if one in ticked(fields, DAY))
    start, end = fields.get("start", "").strip(), fields.get("end", "").strip()
    not_before = None if before is None else before.not_before
    hours: tuple[Hours, ...] = ()
    if days or start or end:
        given = {"start": start, "end": end, "days": days or DAYS}
        hours = (_hours(given),)
    if not hours and not_before is None:
        return None
    return Window(not_before=not_before, time_zone=fields.get("time_zone", "").strip() or "UTC", hours=hours)


def _hours(given: dict[str, Any]) -> Hours:
    try:
        return msgspec.convert(given, Hours)
    except msgspec.ValidationError:
        raise ValidationFailed.at("/window/hours", "expected times such as 08:00") from None


def _saved(row: McpServerRow) -> dict[str, str]:
    """Return the fields of the form as they are saved."""
    own = own_level(levels_of(row), row.id)
    saved: dict[str, str] = {}
    for counted in COUNTED:
        quota = getattr(own.limits, counted)
        for period in PERIODS:
            most = getattr(quota, period) if isinstance(quota, Quota) else UNSET
            saved[f"{counted}-{period}"] = "" if most is UNSET else str(most)
    if own.window is not None and own.window.hours:
        first = own.window.hours[0]
        saved |= {"start": first.start, "end": first.end, "time_zone": own.window.time_zone}
        saved |= {f"{DAY}{one}": "1" for one in first.days}
    return saved


def _form(context: Context, row: McpServerRow, fields: Mapping[str, str], refusal: Refusal | None = None) -> Response[Any]:
    own = own_level(levels_of(row), row.id)
    return show_form(
        context,
        SERVERS.tab,
        "mcp_limits",
        refusal,
        server=row,
        fields=fields,
        counted=COUNTED,
        periods=PERIODS,
        days=[choice(DAY + one, MESSAGES[f"mcp.limits.{one}"], fields) for one in DAYS],
        has_many_hours=own.window is not None and len(own.window.hours) > 1,
    )
