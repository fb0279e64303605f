"""Handlers of the MCP routes: read one message, pass it to the protocol server, and return its response."""

import hashlib
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response

from unified.api.answers.answers import Answer
from unified.api.requests.context import JSON_TYPES, Context
from unified.api.requests.dependencies import ContextDependency
from unified.errors.requests import MalformedRequest, NotAcceptable, UnsupportedMediaType
from unified.mcp.endpoint import get_endpoint
from unified.mcp.host_allowlist import allowed_origin, host_allowlist, require_allowed
from unified.mcp.message import InvalidMessage, Message, TooManyValues, read_message, require_matching_version
from unified.mcp.refusals import origin_headers, refused_message
from unified.telemetry.recording import record_content, record_problem
from unified.telemetry.request_scope import request_id

ALLOWED_HEADERS = "accept, authorization, content-type, idempotency-key, mcp-method, mcp-name, mcp-protocol-version, x-api-key"
ACCEPTED_TYPES = frozenset({"*/*", "application/*", "application/json"})
PREFLIGHT = {
    "Allow": "POST",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": ALLOWED_HEADERS,
    "Access-Control-Max-Age": "600",
}


async def handle_message(context: ContextDependency) -> Answer:
    """Answer one message of an authenticated agent."""
    request = context.request
    _require_json(context)
    content = await context.raw()
    try:
        message = read_message(content)
        require_matching_version(message, request.headers.getall("mcp-protocol-version", []))
    except InvalidMessage as problem:
        if isinstance(problem, TooManyValues):
            record_content(hashlib.sha256(content).hexdigest().encode())  # the audit trail would read the body itself
        record_problem(MalformedRequest(problem.detail))
        return refused_message(request, problem)
    record_content(_audited_content(message))
    endpoint = get_endpoint(request.app, context.services)
    response = await endpoint.answer(context.services, context.principal, message, request.scope, request_id())
    return Answer(response.content, status_code=response.status, headers=origin_headers(request))


async def answer_preflight(context: ContextDependency) -> Response[Any]:
    """Answer a CORS preflight with what a page of an allowed origin may send; other origins get no details."""
    allowed, headers = host_allowlist(context.services.settings), context.request.scope["headers"]
    require_allowed(allowed, headers)
    more = {**PREFLIGHT, **origin_headers(context.request)} if allowed_origin(allowed, headers) else {"Allow": "POST"}
    return Response(content=None, status_code=HTTPStatus.NO_CONTENT, headers=more)


def _audited_content(message: Message) -> bytes:
    """Return the content for the audit digest: the call, without the id of the message."""
    content = {"method": message.method} if message.tool is None else {"tool": message.tool, "arguments": message.arguments}
    return msgspec.json.encode(content)


def _require_json(context: Context) -> None:
    headers = context.request.headers
    kind, _, options = headers.get("content-type", "").partition(";")
    charset = options.lower().replace(" ", "").replace('"', "")
    if kind.strip().lower() not in JSON_TYPES or ("charset=" in charset and "charset=utf-8" not in charset):
        raise UnsupportedMediaType("body: expected Content-Type: application/json in UTF-8")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("body: expected no Content-Encoding")
    accepted = {one.partition(";")[0].strip().lower() for one in headers.get("accept", "").split(",")}
    if not accepted & ACCEPTED_TYPES:
        raise NotAcceptable("Accept: expected application/json among the types")
