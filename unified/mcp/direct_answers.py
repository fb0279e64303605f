"""Answers to what agents send most, `tools/list` and `tools/call`, without the sessions, streams and models of the SDK.

The SDK's own functions decide whether a request is valid. Only what they accept is answered here, and with the same bytes; all
else, such as a handshake, a notification, a missing header or malformed parameters, is the SDK's to answer.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    InboundLadderRejection,
    classify_inbound_request,
    validate_mcp_param_headers,
)
from mcp_types import (
    DEFAULT_NEGOTIATED_VERSION,
    SERVER_INFO_META_KEY,
    CallToolRequestParams,
    PaginatedRequestParams,
    RequestParams,
)
from mcp_types.methods import validate_client_request
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import ValidationError

from unified.mcp.answer_json import LEGACY, MODERN, Era
from unified.mcp.tool_requests import Exchange, call_tool, list_tools, refused_in_protocol

CALL, LIST = "tools/call", "tools/list"
MODELS: dict[str, type[RequestParams]] = {CALL: CallToolRequestParams, LIST: PaginatedRequestParams}
VERSION, METHOD, NAME, ACCEPT, CONTENT_TYPE = "mcp-protocol-version", "mcp-method", "mcp-name", "accept", "content-type"
READ = {name.encode(): name for name in (VERSION, METHOD, NAME, ACCEPT, CONTENT_TYPE)}
JSON_ACCEPTED = frozenset({"*/*", "application/*", "application/json"})
Headers = list[tuple[bytes, bytes]]


class DirectAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The response to one request."""

    status: int
    content: bytes


class DirectAnswers:
    """Answers for one protocol server, with its name and hints for caches."""

    def __init__(self, server: Server[Any]) -> None:
        self._meta = {SERVER_INFO_META_KEY: server.server_info_stamp}
        hint = server.cache_hints[LIST]
        self._hint = {"ttlMs": hint.ttl_ms, "cacheScope": hint.scope}

    async def answer(self, exchange: Exchange, headers: Headers) -> DirectAnswer | None:
        """Return the answer to a request; None if it is for the SDK."""
        version = plain_version(exchange, headers)
        if version is None:
            return None
        message = exchange.message
        era = LEGACY if version in HANDSHAKE_PROTOCOL_VERSIONS else MODERN
        try:
            result = await refused_in_protocol(exchange.request_id, self._result, exchange, version, era)
        except MCPError as problem:
            status = ERROR_CODE_HTTP_STATUS.get(problem.code, HTTPStatus.OK) if era.is_modern else HTTPStatus.OK
            error = {"code": problem.code, "message": problem.message}
            content = msgspec.json.encode({"jsonrpc": "2.0", "id": message.id, "error": error})
            return DirectAnswer(status=status, content=era.text(content))
        content = msgspec.json.encode({"jsonrpc": "2.0", "id": message.id, "result": msgspec.Raw(result)})
        return DirectAnswer(status=HTTPStatus.OK, content=era.text(content))

    async def _result(self, exchange: Exchange, version: str, era: Era) -> bytes:
        params = exchange.message.params
        if exchange.message.method == LIST:
            return era.page(await list_tools(exchange, params.get("cursor")), self._hint, self._meta)
        answer = await call_tool(exchange, params["name"], params.get("requestState"), version)
        return era.result(answer, self._meta)


def plain_version(exchange: Exchange, headers: Headers) -> str | None:
    """Return the protocol version of a request that the SDK would hand to the handler of a tool; None for any other one."""
    message = exchange.message
    if message.method not in MODELS or message.id is None:
        return None
    stated = _stated(headers)
    if stated is None or not _takes_json(stated):
        return None
    # Other values than objects are refused by the tool itself, with its own message.
    params = message.params if isinstance(message.arguments, dict) else {**message.params, "arguments": {}}
    version = stated.get(VERSION, DEFAULT_NEGOTIATED_VERSION)
    if version not in HANDSHAKE_PROTOCOL_VERSIONS and not _is_enveloped(exchange, params, stated, headers):
        return None
    try:
        validate_client_request(message.method, version, params)
        MODELS[message.method].model_validate(params, by_name=False)
    except ValidationError:
        return None
    return version


def _stated(headers: Headers) -> dict[str, str] | None:
    """Return the headers that decide, by name; None if one of them is repeated."""
    stated: dict[str, str] = {}
    for name, value in headers:
        read = READ.get(name)
        if read is not None:
            if read in stated:
                return None
            stated[read] = value.decode("latin-1")
    return stated


def _takes_json(stated: Mapping[str, str]) -> bool:
    accepted = {one.partition(";")[0].strip().lower() for one in stated.get(ACCEPT, "").split(",")}
    kind = stated.get(CONTENT_TYPE, "").lower().partition(";")[0].strip()
    return kind == "application/json" and bool(accepted & JSON_ACCEPTED)


def _is_enveloped(exchange: Exchange, params: dict[str, Any], stated: Mapping[str, str], headers: Headers) -> bool:
    """Return whether the request carries what the modern era requires of it, the same in its headers and its body."""
    message = exchange.message
    verdict = classify_inbound_request({"method": message.method, "params": params}, headers=stated)
    if isinstance(verdict, InboundLadderRejection):
        return False
    schema = exchange.provider.input_schema(message.tool) if message.tool is not None else None
    if schema is None:
        return True
    mirrored = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return len(mirrored) == len(headers) and validate_mcp_param_headers(schema, params.get("arguments", {}), mirrored) is None
