"""The routes' handlers: read one message, let the protocol server answer it, give the answer as any other route does."""

from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response

from unified.api.context import JSON_TYPES, Context
from unified.api.problems import request_id_of
from unified.errors import MalformedRequest, NotAcceptable, UnsupportedMediaType
from unified.mcp.allowed import allowed_by, origin_of, require_allowed
from unified.mcp.endpoint import endpoint_of
from unified.mcp.message import Message, Unreadable, read_message, require_one_version
from unified.mcp.refusals import origin_headers, refuse_unreadable, rpc_answer
from unified.service.audit.request_context import record_content, record_problem

SENT = "accept, authorization, content-type, mcp-method, mcp-name, mcp-protocol-version, x-api-key"
TAKEN = frozenset({"*/*", "application/*", "application/json"})
PREFLIGHT = {
    "Allow": "POST",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": SENT,
    "Access-Control-Max-Age": "600",
}


async def handle_message(context: Context) -> Response[Any]:
    """Answer one message of an agent that passed the gate."""
    request = context.request
    _require_json(context)
    content = await context.raw()
    try:
        message = read_message(content)
        require_one_version(message, request.headers.getall("mcp-protocol-version", []))
    except Unreadable as problem:
        record_problem(MalformedRequest(problem.detail))
        return refuse_unreadable(request, problem)
    record_content(_asked(message))
    endpoint = endpoint_of(request.app, context.services)
    answered = await endpoint.answer(context.services, context.principal, message, request.scope, request_id_of(request))
    return rpc_answer(request, answered.status, answered.content or None)


async def answer_preflight(context: Context) -> Response[Any]:
    """Tell a browser what a page of an allowed origin may send; the others learn nothing."""
    allowed, headers = allowed_by(context.services.settings), context.request.scope["headers"]
    require_allowed(allowed, headers)
    more = {**PREFLIGHT, **origin_headers(context.request)} if origin_of(allowed, headers) else {"Allow": "POST"}
    return Response(content=None, status_code=HTTPStatus.NO_CONTENT, headers=more)


def _asked(message: Message) -> bytes:
    """What the audit's digest is of: the call, without the id of the message."""
    called = {"method": message.method} if message.tool is None else {"tool": message.tool, "arguments": message.arguments}
    return msgspec.json.encode(called)


def _require_json(context: Context) -> None:
    headers = context.request.headers
    kind, _, options = headers.get("content-type", "").partition(";")
    charset = options.lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() not in JSON_TYPES or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMediaType("body: expected Content-Type: application/json in UTF-8")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("body: expected no Content-Encoding")
    taken = {one.partition(";")[0].strip().lower() for one in headers.get("accept", "").split(",")}
    if not taken & TAKEN:
        raise NotAcceptable("Accept: expected application/json among the types")
