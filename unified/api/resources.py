"""Handlers of an account's boundary: which of its projects, companies, groups … may be seen."""

from typing import Any

from litestar import Response

from unified.api.context import Context, json_answer
from unified.service import chosen_resources


async def get_resources(context: Context) -> Response[Any]:
    """GET /accounts/{id}/resources."""
    account_id = context.path("id")
    return json_answer(await chosen_resources.read_resources(context.services, context.principal.tenant_id, account_id))


async def set_resources(context: Context) -> Response[Any]:
    """PUT /accounts/{id}/resources."""
    caller, asked = context.principal, await context.body(chosen_resources.ChosenByModel)
    row = await chosen_resources.set_resources(context.services, caller.tenant_id, context.path("id"), asked, caller=caller)
    return json_answer(chosen_resources.shown_resources(row))
