"""Strict parsing of one JSON-RPC message: what two parsers could read differently is refused before the SDK sees it."""

import json
import re
from typing import Any

import msgspec

from unified.text.json_text import has_more_values_than, is_deeper_than

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
"""JSON-RPC 2.0, 5.1."""
HEADER_MISMATCH = -32020
"""MCP error code for a header that contradicts the body."""
_VERSION = "io.modelcontextprotocol/protocolVersion"
_FIRST_WITHOUT_HANDSHAKE = "2026-07-28"
MAX_DEPTH = 100
MAX_VALUES = 30_000
"""Values in one message, where an empty list or object counts twice: more than arguments may have, and read in milliseconds."""
MAX_ID = 256
"""Characters; the answer repeats the id."""
_SAFE_ID = 2**53
"""Larger integers differ between parsers (RFC 8259, 6)."""
_MEMBERS = frozenset({"jsonrpc", "id", "method", "params"})
_CALL = "tools/call"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
Id = str | int | None


class InvalidMessage(Exception):
    """A body that is not a single valid request or notification."""

    def __init__(self, detail: str, *, rpc_code: int, rpc_id: Id = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rpc_code = rpc_code
        self.rpc_id = rpc_id


class TooManyValues(InvalidMessage):
    """A body that takes too long to read."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request or notification."""

    content: bytes
    """The body for the SDK; without the tool's arguments if they are not an object, which the tool itself refuses."""
    method: str
    id: Id
    params: dict[str, Any]

    @property
    def tool(self) -> str | None:
        """The tool that a call names; None for other messages."""
        name = self.params.get("name")
        return name if self.method == _CALL and isinstance(name, str) else None

    @property
    def arguments(self) -> Any:
        """The arguments of a call as they came; an empty object if there are none."""
        return self.params.get("arguments", {})

    @property
    def version(self) -> Any:
        """The protocol version that the body names, as it came; None if it does not name one.

        The version in `initialize` is only a proposal, unless that revision has no `initialize`.
        """
        meta = self.params.get("_meta")
        if isinstance(meta, dict) and _VERSION in meta:
            return meta[_VERSION]
        proposed = self.params.get("protocolVersion") if self.method == "initialize" else None
        return proposed if isinstance(proposed, str) and proposed >= _FIRST_WITHOUT_HANDSHAKE else None


def read_message(content: bytes) -> Message:
    """Return the message in a body.

    Raises:
        InvalidMessage: the body is not one valid message; names what is wrong, and never repeats any of the body.
    """
    value = _parsed(content)
    if not isinstance(value, dict):
        raise _invalid_request("expected one JSON-RPC request or notification; batches are not supported")
    rpc_id = value.get("id")
    if "id" in value and not _is_id(rpc_id):
        raise _invalid_request(f"id: expected text of 1 to {MAX_ID} characters, or a whole number")
    _require_request(value, rpc_id)
    params = value.get("params", {})
    if not isinstance(params, dict):
        raise _invalid_request("params: expected an object", rpc_id)
    if value["method"] == _CALL and not isinstance(params.get("arguments", {}), dict):
        content = json.dumps({**value, "params": {**params, "arguments": {}}}).encode()
    return Message(content=content, method=value["method"], id=rpc_id, params=params)


def require_matching_version(message: Message, headers: list[str]) -> None:
    """Check that the body and `MCP-Protocol-Version` agree; a body without a version follows the header.

    The SDK compares them only if the header names a revision without a handshake. Without the header, the older rules
    apply, whatever the body says.

    Raises:
        InvalidMessage: they differ, or the header is repeated.
    """
    stated = message.version
    if len(headers) > 1 or (headers and stated is not None and stated != headers[0]):
        detail = "MCP-Protocol-Version: expected it once, with the same version as the body"
        raise InvalidMessage(detail, rpc_code=HEADER_MISMATCH, rpc_id=message.id)


def _require_request(value: dict[str, Any], rpc_id: Id) -> None:
    if not value.keys() <= _MEMBERS:
        raise _invalid_request("expected only the members jsonrpc, id, method and params; responses are not accepted", rpc_id)
    if value.get("jsonrpc") != "2.0":
        raise _invalid_request("jsonrpc: expected 2.0", rpc_id)
    method = value.get("method")
    if not isinstance(method, str):
        raise _invalid_request("method: expected text", rpc_id)
    if "id" not in value and not method.startswith("notifications/"):
        raise _invalid_request("id: expected an id; only notifications have none")


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 1 <= len(value) <= MAX_ID
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _SAFE_ID


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _parse_error("expected UTF-8") from None
    if has_more_values_than(content, MAX_VALUES):
        raise TooManyValues(f"body: expected JSON of at most {MAX_VALUES} values", rpc_code=PARSE_ERROR)
    if is_deeper_than(content, MAX_DEPTH):
        raise _parse_error(f"expected JSON of at most {MAX_DEPTH} levels")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_float)
        if _SURROGATE.search(content) is not None:
            msgspec.json.decode(content)  # refuses lone surrogates, which cannot be encoded again
    except InvalidMessage:
        raise
    except (ValueError, RecursionError):
        raise _parse_error("expected JSON") from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _parse_error("expected every key of an object once")
    return members


def _no_constant(_text: str) -> float:
    raise ValueError


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError
    return number


def _parse_error(detail: str) -> InvalidMessage:
    return InvalidMessage(f"body: {detail}", rpc_code=PARSE_ERROR)


def _invalid_request(detail: str, rpc_id: Id = None) -> InvalidMessage:
    return InvalidMessage(detail, rpc_code=INVALID_REQUEST, rpc_id=rpc_id)
