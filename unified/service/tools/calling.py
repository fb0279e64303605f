"""Calling a tool: only what is offered exists, arguments are checked here, and whatever fails is an answer that says why."""

import copy
from typing import Any

import msgspec
import structlog

from unified.errors import Internal, ProviderProblem, UnifiedError, UnknownTool, ValidationFailed
from unified.models import MODELS
from unified.service.accounts import account_for_call
from unified.service.approvals import approval_for
from unified.service.audit_notes import note_problem, note_tool, note_use
from unified.service.principals import Principal
from unified.service.scopes import CLASSES, METHOD_CLASSES, FieldScope, Scope, hidden_fields, require_account
from unified.service.services import Services
from unified.service.tools.arguments import check_arguments, check_bounds
from unified.service.tools.choosing import chosen
from unified.service.tools.envelope import failure
from unified.service.tools.offer import offered_tool
from unified.service.tools.own import GET_APPROVAL
from unified.service.tools.permitted import known_names
from unified.service.tools.running import run
from unified.service.tools.tool import Tool, ToolOutcome
from unified.telemetry.faults import describe_fault

log = structlog.get_logger("unified.tools")
NO_TOOL = "no such tool is offered here; list the tools to see which are"


async def call_tool(
    services: Services, principal: Principal, name: str, arguments: Any, *, account_id: str | None = None
) -> ToolOutcome:
    """Do what a tool stands for; a refusal or failure is an outcome that says so, for the caller to read.

    `account_id` names the account beside the arguments, in place of `account` among them.

    Raises:
        UnknownTool: the tool is not offered to this principal. No provider is reached, and no argument looked at.
        OutsideAccounts, NotFound: `account_id` is none that the principal may use.
        Internal: a fault of ours.
    """
    known = name == GET_APPROVAL.name or name in known_names(services.catalog)
    note_tool(name if known else None, principal.server)
    seen = principal if account_id is None else await for_account(services, principal, account_id)
    tool = await offered_tool(services, seen, name)
    if tool is None:
        unknown = UnknownTool(NO_TOOL)
        note_problem(unknown)  # for a face that answers it, where it does not end the request
        raise unknown
    try:
        return await _called(services, principal, tool, arguments)
    except UnifiedError as problem:
        note_problem(problem)
        told = _told_to(principal, tool, problem)
        return ToolOutcome(structured=failure(told), is_error=True, problem=told)
    except Exception as fault:  # noqa: BLE001 - its text may hold values of a caller or a provider and goes no further
        log.error("fault", **describe_fault(fault))  # noqa: TRY400 - a traceback would hold values
        raise Internal("something went wrong here; the request id finds it in the log") from None


async def for_account(services: Services, principal: Principal, account_id: str) -> Principal:
    """The principal with one account only; OutsideAccounts, or NotFound for one that is unknown or another tenant's."""
    require_account(principal.scopes, account_id)
    await account_for_call(services, principal.tenant_id, account_id)
    return narrowed_to(principal, Scope(accounts=(account_id,), methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES)))


def narrowed_to(principal: Principal, scope: Scope) -> Principal:
    """The principal with one more scope that must allow; it cannot become wider by that, whatever the scope says."""
    return msgspec.structs.replace(principal, also=(*principal.also, scope))


async def _called(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    if not tool.definitions:
        return await _own(services, principal, tool, arguments)
    account = tool.accounts[0] if len(tool.accounts) == 1 else None
    try:
        account, given = chosen(tool, check_bounds(arguments))
        definition = tool.definitions[account.id]
        check_arguments(definition.input_schema, given)
    except ValidationFailed:
        if account is not None:
            note_use(account.id, tool.model, tool.method)
        raise
    return await run(services, principal, account, definition, given)


async def _own(services: Services, principal: Principal, tool: Tool, arguments: Any) -> ToolOutcome:
    """`get_approval`, the only tool of the service itself."""
    given = check_bounds(arguments)
    check_arguments(tool.input_schema, given)
    row = await approval_for(services, principal, given["approval_id"])
    told = {
        "status": row.status,
        "summary": row.summary,
        "expires_at": row.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "result": {"id": row.result_id} if row.result_id else None,
    }
    return ToolOutcome(structured=told)


def _told_to(principal: Principal, tool: Tool, problem: UnifiedError) -> UnifiedError:
    """The refusal without the provider's own words where they could tell of a hidden field."""
    if problem.provider is None or not tool.definitions or not hidden_fields(principal.scopes, MODELS[tool.model]):
        return problem
    told = copy.copy(problem)
    told.provider = ProviderProblem(name=problem.provider.name, status=problem.provider.status)
    return told
