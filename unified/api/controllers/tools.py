"""Routes of tools: what a key is offered as functions to call, and calling one."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from unified.api.answers.responses import NO_STORE
from unified.api.requests.declarations import requires
from unified.api.requests.dependencies import NamedAccountDependency, PrincipalDependency, ServicesDependency
from unified.api.views.lists import ListView, list_view
from unified.errors.requests import ValidationFailed
from unified.service import tools as service
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import read_scope, scope_vocabulary
from unified.service.access.scope.scopes import CLASSES, METHOD_CLASSES, FieldScope
from unified.service.approvals import ApprovalRequired
from unified.service.runtime.services import Services
from unified.service.tools.calling import restrict_to_account, restrict_to_scope
from unified.service.tools.formats import FORMATS

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A tool that writes does so once per key. Kept for 24 hours: digests, status, id; no body.",
    ),
]
EVERY_FIELD = FieldScope(classes=CLASSES)


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a tool call, and the account if the arguments do not name it."""

    account_id: str | None = None
    """The account, if `arguments` has none."""
    arguments: Any = msgspec.field(default_factory=dict)
    """As the `input_schema` of the tool says."""


@get("/tools", opt=requires("call", calls_tools=True), tags=["tools"], response_headers=NO_STORE)
async def list_tools(
    services: ServicesDependency,
    principal: PrincipalDependency,
    named_account: NamedAccountDependency,
    *,
    account_id: FromQuery[str | None] = None,  # noqa: ARG001 - declared here, read by `named_account` with the header
    methods: FromQuery[str | None] = None,
    tags: FromQuery[str | None] = None,
    form: Annotated[str, QueryParameter(name="format")] = "mcp",
) -> ListView[dict[str, Any]]:
    """List the operations that the key can call, as tools of MCP or as functions (format: mcp, openai, anthropic)."""
    shape = FORMATS.get(form)
    if shape is None:
        raise ValidationFailed.at("format", f"expected one of {', '.join(FORMATS)}")
    named = {name: text for name, text in (("methods", methods), ("tags", tags)) if text is not None}
    tools = await service.listed_tools(services, await _narrowed(services, principal, named_account, named))
    written: list[Any] = [shape.write(one) for one in tools]  # JSON already, which the framework sends as it is
    return list_view(written)


async def _narrowed(services: Services, caller: Principal, account_id: str | None, named: dict[str, str]) -> Principal:
    """Restrict the caller to what the request names; it cannot widen the key's own scope."""
    if account_id:
        caller = await restrict_to_account(services, caller, account_id)
    words = {name: [one.strip() for one in text.split(",") if one.strip()] for name, text in named.items()}
    if not words:
        return caller
    scope = read_scope({"methods": METHOD_CLASSES, **words}, scope_vocabulary(services.catalog))
    return restrict_to_scope(caller, msgspec.structs.replace(scope, fields=EVERY_FIELD))


@post(
    "/tools/{name:str}",
    opt=requires("call", metered=True, keyed=True, calls_tools=True),
    tags=["tools"],
    response_headers=NO_STORE,
    status_code=200,
    responses={202: ResponseSpec(ApprovalRequired, generate_examples=False, description="The write waits for an approval.")},
)
async def call_tool(
    services: ServicesDependency,
    principal: PrincipalDependency,
    named_account: NamedAccountDependency,
    *,
    name: FromPath[str],
    data: JSONBody[ToolCall],
    key: IdempotencyKey = None,
) -> Response[dict[str, Any]]:
    """Call a tool; 202 when the write waits for an approval."""
    if data.account_id and named_account and data.account_id != named_account:
        raise ValidationFailed.at("account_id", "the body names another account than the query or header; give one of them")
    account_id = data.account_id or named_account
    outcome = await service.call_tool(services, principal, name, data.arguments, account_id=account_id, key=key)
    if outcome.problem is not None:
        raise outcome.problem
    headers = {"Idempotent-Replayed": "true"} if outcome.is_repeated else {}
    if outcome.approval is not None:
        return _written(msgspec.Raw(outcome.content), status=202, headers=headers)
    return _written({"result": msgspec.Raw(outcome.content)}, headers=headers)


def _written(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[Any]:
    """Return a response with parts that are JSON already."""
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json", headers=headers)
