"""Handlers of an account's boundary: which of its projects, companies, groups … may be seen."""

from typing import Any

from litestar import Response

from unified.api.context import Context, json_answer
from unified.service import resources
from unified.service.principals import require_role
from unified.service.scopes import require_account


async def get_resources(context: Context) -> Response[Any]:
    """GET /accounts/{id}/resources."""
    require_role(context.principal, "admin", "app")
    account_id = context.path("id")
    require_account(context.principal.scopes, account_id)
    return json_answer(await resources.read_resources(context.services, context.principal.tenant_id, account_id))


async def set_resources(context: Context) -> Response[Any]:
    """PUT /accounts/{id}/resources."""
    require_role(context.principal, "admin")
    account_id = context.path("id")
    require_account(context.principal.scopes, account_id)
    asked = await context.body(resources.ChosenByModel)
    row = await resources.set_resources(context.services, context.principal.tenant_id, account_id, asked)
    return json_answer(resources.shown_resources(row))
