"""Implements `tools/list` and `tools/call`, for answers written by the SDK or by `direct_answers`.

Every function ends in a result or an `MCPError` with a message of this service: other exceptions would appear in the SDK's log
and, for clients of the older revisions, in its response.
"""

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

import msgspec
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from unified.errors.error import UnifiedError
from unified.errors.requests import InvalidCursor, UnknownTool
from unified.errors.service import Internal
from unified.mcp.elicitation import declared_capabilities, is_supported
from unified.mcp.interface import CallMeta, InputRequest, OfferedTool, ToolAnswer, ToolProvider
from unified.mcp.message import Message
from unified.mcp.sealed_state import StateRefused, open_offset, open_state, seal_offset, seal_state
from unified.service.runtime.services import Services
from unified.store.engine.failures import describe_fault
from unified.telemetry.loggers import get_logger
from unified.telemetry.recording import record_problem

log = get_logger("unified.mcp")
PAGE_SIZE = 200
"""Tools per page; some clients do not request a second page."""
UNKNOWN_TOOL = "unknown tool: tools/list shows the tools that you can call"
STATE_REFUSED = (
    "requestState: expected that of the previous result, unchanged, not expired, and with the same tool and arguments"
)
KEY_META = "unified/idempotencyKey"
"""Key of `_meta` in `tools/call` with an idempotency key."""
KEY_REFUSED = f"expected text in _meta {KEY_META}, the same as in the header Idempotency-Key if both are sent"
P = ParamSpec("P")
T = TypeVar("T")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request: the caller's tools and the parsed message."""

    services: Services
    provider: ToolProvider
    message: Message
    request_id: str
    key: str | None = None
    """The header `Idempotency-Key` of the request."""


class ToolPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a caller's tools."""

    tools: tuple[OfferedTool, ...]
    next_cursor: str | None


class InputRequired(msgspec.Struct, frozen=True, kw_only=True):
    """Requests for input that the client supports, in place of a result."""

    requests: dict[str, dict[str, Any]]
    state: str
    """The state that the client sends back, sealed."""


async def refused_in_protocol(request_id: str, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what the work on a request returns.

    Raises:
        MCPError: the request is refused, or failed; its message may be sent to the client.
    """
    try:
        return await work(*args, **kwargs)
    except MCPError:
        raise
    except UnknownTool as problem:
        record_problem(problem)
        raise _invalid(problem.detail) from None
    except UnifiedError as problem:
        record_problem(problem)
        raise MCPError(code=INTERNAL_ERROR, message=problem.detail) from None
    except Exception as fault:  # noqa: BLE001 - the SDK would log its text and send it to some clients
        raise _failed(fault, request_id) from None


def _failed(fault: Exception, request_id: str) -> MCPError:
    log.error("fault", **describe_fault(fault))
    record_problem(Internal("a tool failed"))
    return MCPError(code=INTERNAL_ERROR, message=f"internal error; search the log for the request id {request_id}")


def _invalid(message: str) -> MCPError:
    return MCPError(code=INVALID_PARAMS, message=message)


async def list_tools(exchange: Exchange, cursor: str | None) -> ToolPage:
    """Return one page of the caller's tools as they are now."""
    tools = await exchange.provider.list_tools()
    if cursor is None and len(tools) <= PAGE_SIZE:
        return ToolPage(tools=tools, next_cursor=None)
    names, vault, owner = [one.listing.name for one in tools], exchange.services.vault, exchange.provider.owner
    try:
        start = 0 if cursor is None else open_offset(vault, owner, names, cursor)
    except InvalidCursor as problem:
        record_problem(problem)
        raise _invalid(
            "cursor: expected the nextCursor of the previous page, unchanged; start again without a cursor"
        ) from None
    end = start + PAGE_SIZE
    more = seal_offset(vault, owner, names, end) if end < len(tools) else None
    return ToolPage(tools=tools[start:end], next_cursor=more)


async def call_tool(exchange: Exchange, name: str, request_state: str | None, version: str) -> ToolAnswer | InputRequired:
    """Call a tool. A state sent with the call only says what to look up; it never causes an action."""
    message = exchange.message
    if message.tool is None or message.tool != name:
        raise _invalid(UNKNOWN_TOOL)
    answer = await exchange.provider.call(name, message.arguments, _call_meta(exchange, name, request_state))
    if answer.input_request is not None and version in MODERN_PROTOCOL_VERSIONS:
        return _input_required(exchange, name, answer.input_request) or answer
    return answer


def _call_meta(exchange: Exchange, name: str, request_state: str | None) -> CallMeta:
    answers = exchange.message.params.get("inputResponses")
    answers = answers if isinstance(answers, dict) else {}
    key = _key(exchange)
    if request_state is None:
        return CallMeta(answers=answers, key=key)
    services, owner, arguments = exchange.services, exchange.provider.owner, exchange.message.arguments
    try:
        state = open_state(services.vault, owner, name, arguments, request_state, now=services.clock())
    except StateRefused:
        record_problem(InvalidCursor("requestState"))
        raise _invalid(STATE_REFUSED) from None
    return CallMeta(state=state, answers=answers, key=key)


def _key(exchange: Exchange) -> str | None:
    """Return the idempotency key of a call, which a client can send in `_meta` or in a header."""
    meta = exchange.message.params.get("_meta")
    stated = meta.get(KEY_META) if isinstance(meta, dict) else None
    if stated is None:
        return exchange.key
    if not isinstance(stated, str) or exchange.key not in {None, stated}:
        raise _invalid(KEY_REFUSED)
    return stated


def _input_required(exchange: Exchange, tool: str, input_request: InputRequest) -> InputRequired | None:
    """Return the requests for input that the client supports; None if it supports none of them."""
    declared = declared_capabilities(exchange.message.params)
    requests = {key: one for key, one in input_request.requests.items() if is_supported(one, declared)}
    if not requests:
        return None
    arguments, vault, owner = exchange.message.arguments, exchange.services.vault, exchange.provider.owner
    state = seal_state(vault, owner, tool, arguments, input_request.state, until=input_request.until)
    return InputRequired(requests=requests, state=state)
