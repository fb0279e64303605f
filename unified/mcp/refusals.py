"""Errors as JSON-RPC errors, with the HTTP status of the error and the problem document of the REST API as `data`.

MCP clients show the message of a JSON-RPC error, and ignore other bodies.
"""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from unified.api.answers.answers import Answer
from unified.api.answers.problems import handle_unexpected, problem_answer, problem_of, translated
from unified.errors.error import UnifiedError
from unified.errors.service import Internal
from unified.mcp.host_allowlist import allowed_origin, host_allowlist
from unified.mcp.message import Id, InvalidMessage
from unified.service.runtime.services import Services
from unified.telemetry.request_scope import request_id

REFUSED = -32000
"""Error code in the range that JSON-RPC reserves for servers (JSON-RPC 2.0, 5.1)."""
AnyRequest = Request[Any, Any, Any]
EXPOSED = "Retry-After, WWW-Authenticate, X-Request-Id"


def refuse(request: AnyRequest, error: UnifiedError) -> Response[bytes]:
    """Return the response for an error of the service."""
    data = msgspec.to_builtins(problem_of(error, request_id()))
    headers = {"Cache-Control": "no-store", **dict(problem_answer(error).headers), **origin_headers(request)}
    content = _rpc_error(REFUSED, error.detail, data=data)
    return Response(content=content, status_code=error.status, media_type="application/json", headers=headers)


def refused_message(request: AnyRequest, error: InvalidMessage) -> Answer:
    """Return the answer to a body that is not a valid message."""
    content = _rpc_error(error.rpc_code, error.detail, rpc_id=error.rpc_id)
    return Answer(content, status_code=HTTPStatus.BAD_REQUEST, headers=origin_headers(request))


def _framework(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    return refuse(request, translated(error, request.scope))


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    handle_unexpected(request, error)
    return refuse(request, Internal("internal error; search the log for the request id"))


REFUSALS: ExceptionHandlersMap = {UnifiedError: refuse, HTTPException: _framework, Exception: _unexpected}


def _rpc_error(code: int, message: str, *, data: Any = None, rpc_id: Id = None) -> bytes:
    """Return a JSON-RPC error; `data` is left out if it is None."""
    error = {"code": code, "message": message, **({} if data is None else {"data": data})}
    return msgspec.json.encode({"jsonrpc": "2.0", "id": rpc_id, "error": error})


def origin_headers(request: AnyRequest) -> dict[str, str]:
    """Return the CORS headers that let a page of an allowed origin read the response (Fetch, 3.2), without cookies."""
    services: Services = request.app.state.services
    origin = allowed_origin(host_allowlist(services.settings), request.scope["headers"])
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED, "Vary": "Origin"}
