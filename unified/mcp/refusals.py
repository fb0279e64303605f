"""Errors as JSON-RPC errors, with the HTTP status of the error and the problem document of the REST API as `data`.

MCP clients show the message of a JSON-RPC error, and ignore other bodies.
"""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from unified.api.problems import handle_unexpected, problem_answer, problem_of, request_id_of, translated
from unified.errors.error import UnifiedError
from unified.errors.service import Internal
from unified.mcp.host_allowlist import allowed_origin, host_allowlist
from unified.mcp.message import Id, InvalidMessage
from unified.service.runtime.services import Services

REFUSED = -32000
"""Error code in the range that JSON-RPC reserves for servers (JSON-RPC 2.0, 5.1)."""
AnyRequest = Request[Any, Any, Any]
EXPOSED = "Retry-After, WWW-Authenticate, X-Request-Id"


def refuse(request: AnyRequest, error: UnifiedError) -> Response[bytes]:
    """Return the response for an error of the service."""
    data = msgspec.to_builtins(problem_of(error, request_id_of(request)))
    headers = dict(problem_answer(request, error).headers)
    return rpc_error(request, error.status, REFUSED, error.detail, data=data, headers=headers)


def refuse_invalid(request: AnyRequest, error: InvalidMessage) -> Response[bytes]:
    """Return the response for a body that is not a valid message."""
    return rpc_error(request, 400, error.rpc_code, error.detail, rpc_id=error.rpc_id)


def _framework(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    return refuse(request, translated(error, request.scope.get("route_handler")))


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    handle_unexpected(request, error)
    return refuse(request, Internal("internal error; search the log for the request id"))


REFUSALS: ExceptionHandlersMap = {UnifiedError: refuse, HTTPException: _framework, Exception: _unexpected}


def rpc_error(
    request: AnyRequest,
    status: int,
    code: int,
    message: str,
    *,
    data: Any = None,
    rpc_id: Id = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Return a JSON-RPC error; `data` is left out if it is None."""
    error = {"code": code, "message": message, **({} if data is None else {"data": data})}
    content = msgspec.json.encode({"jsonrpc": "2.0", "id": rpc_id, "error": error})
    return rpc_response(request, status, content, headers=headers)


def rpc_response(
    request: AnyRequest, status: int, content: bytes | None, *, headers: dict[str, str] | None = None
) -> Response[Any]:
    """Return a response of the endpoint: not cacheable, and readable by pages of allowed origins."""
    all_headers = {"Cache-Control": "no-store", **(headers or {}), **origin_headers(request)}
    return Response(content=content or b"", status_code=status, media_type="application/json", headers=all_headers)


def origin_headers(request: AnyRequest) -> dict[str, str]:
    """Return the CORS headers that let a page of an allowed origin read the response (Fetch, 3.2), without cookies."""
    services: Services = request.app.state.services
    origin = allowed_origin(host_allowlist(services.settings), request.scope["headers"])
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED, "Vary": "Origin"}
