"""Refusals as JSON-RPC errors, with the HTTP status of the error and the same problem as everywhere as `data`.

Clients show the message of a JSON-RPC error, and nothing of another body.
"""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from unified.api.problems import handle_unexpected, problem_answer, problem_of, request_id_of, translated
from unified.errors import Internal, UnifiedError
from unified.mcp.allowed import allowed_by, origin_of
from unified.mcp.message import Id, Unreadable
from unified.service.runtime.services import Services

REFUSED = -32000
"""Of the range that JSON-RPC leaves to servers (JSON-RPC 2.0, 5.1)."""
AnyRequest = Request[Any, Any, Any]
EXPOSED = "Retry-After, WWW-Authenticate, X-Request-Id"


def refuse(request: AnyRequest, error: UnifiedError) -> Response[bytes]:
    """The answer for an error of ours."""
    data = msgspec.to_builtins(problem_of(error, request_id_of(request)))
    headers = dict(problem_answer(request, error).headers)
    return rpc_error(request, error.status, REFUSED, error.detail, data=data, headers=headers)


def refuse_unreadable(request: AnyRequest, error: Unreadable) -> Response[bytes]:
    """The answer for a body that is no message."""
    return rpc_error(request, 400, error.rpc_code, error.detail, rpc_id=error.rpc_id)


def _framework(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    return refuse(request, translated(error))


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    handle_unexpected(request, error)
    return refuse(request, Internal("something went wrong here; the request id finds it in the log"))


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
    """One JSON-RPC error; `data` is left out when there is none."""
    error = {"code": code, "message": message, **({} if data is None else {"data": data})}
    content = msgspec.json.encode({"jsonrpc": "2.0", "id": rpc_id, "error": error})
    return rpc_answer(request, status, content, headers=headers)


def rpc_answer(
    request: AnyRequest, status: int, content: bytes | None, *, headers: dict[str, str] | None = None
) -> Response[Any]:
    """An answer of the endpoint: never cached, and readable by pages of origins that may call."""
    given = {"Cache-Control": "no-store", **(headers or {}), **origin_headers(request)}
    return Response(content=content or b"", status_code=status, media_type="application/json", headers=given)


def origin_headers(request: AnyRequest) -> dict[str, str]:
    """What lets a page of an allowed origin read the answer (Fetch, 3.2); cookies are never asked for."""
    services: Services = request.app.state.services
    origin = origin_of(allowed_by(services.settings), request.scope["headers"])
    if origin is None:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED, "Vary": "Origin"}
