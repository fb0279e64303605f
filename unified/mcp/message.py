"""One JSON-RPC message, read strictly: what two parsers could read in two ways is refused before the SDK sees it."""

import json
import re
from typing import Any

import msgspec

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
"""JSON-RPC 2.0, 5.1."""
HEADER_MISMATCH = -32020
"""Of the protocol: a header says something else than the body."""
_VERSION = "io.modelcontextprotocol/protocolVersion"
_FIRST_WITHOUT_HANDSHAKE = "2026-07-28"
MAX_DEPTH = 100
MAX_ID = 256
"""Characters; an id comes back in the answer."""
_SAFE_ID = 2**53
"""Beyond it numbers are not the same in all parsers (RFC 8259, 6)."""
_MEMBERS = frozenset({"jsonrpc", "id", "method", "params"})
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""One string, or an open one to the end; no place is looked at twice, whatever comes."""
_BRACKETS = re.compile(r"[\[\]{}]")
_CALL = "tools/call"
Id = str | int | None


class Unreadable(Exception):
    """A body that is not one request or notification."""

    def __init__(self, detail: str, *, rpc_code: int, rpc_id: Id = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.rpc_code = rpc_code
        self.rpc_id = rpc_id


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A request or notification."""

    content: bytes
    """For the SDK; without the arguments of a tool when they are no object, which the tool itself has to refuse."""
    method: str
    id: Id
    params: dict[str, Any]

    @property
    def tool(self) -> str | None:
        """The name that a call names."""
        name = self.params.get("name")
        return name if self.method == _CALL and isinstance(name, str) else None

    @property
    def arguments(self) -> Any:
        """The arguments of a call as they came; an empty object for none."""
        return self.params.get("arguments", {})

    @property
    def version(self) -> Any:
        """The protocol version that the body is written in, as it came; None where it names none.

        What `initialize` names is a proposal, unless it is a revision that has no such method.
        """
        meta = self.params.get("_meta")
        if isinstance(meta, dict) and _VERSION in meta:
            return meta[_VERSION]
        proposed = self.params.get("protocolVersion") if self.method == "initialize" else None
        return proposed if isinstance(proposed, str) and proposed >= _FIRST_WITHOUT_HANDSHAKE else None


def read_message(content: bytes) -> Message:
    """The message of a body; Unreadable names what is wrong, and never repeats any of it."""
    value = _parsed(content)
    if not isinstance(value, dict):
        raise _invalid("expected one JSON-RPC request or notification; batches are not taken")
    rpc_id = value.get("id")
    if "id" in value and not _is_id(rpc_id):
        raise _invalid(f"id: expected a text of 1 to {MAX_ID} characters, or a whole number")
    _require_request(value, rpc_id)
    params = value.get("params", {})
    if not isinstance(params, dict):
        raise _invalid("params: expected an object", rpc_id)
    if value["method"] == _CALL and not isinstance(params.get("arguments", {}), dict):
        content = json.dumps({**value, "params": {**params, "arguments": {}}}).encode()
    return Message(content=content, method=value["method"], id=rpc_id, params=params)


def require_one_version(message: Message, headers: list[str]) -> None:
    """Raise Unreadable unless body and `MCP-Protocol-Version` agree; a body without a version follows the header.

    The SDK compares them only where the header names a revision without a handshake. Without the header the older
    rules hold, whatever the body says.
    """
    stated = message.version
    if len(headers) > 1 or (headers and stated is not None and stated != headers[0]):
        told = "MCP-Protocol-Version: expected it once, and the version of the body"
        raise Unreadable(told, rpc_code=HEADER_MISMATCH, rpc_id=message.id)


def _require_request(value: dict[str, Any], rpc_id: Id) -> None:
    if not value.keys() <= _MEMBERS:
        raise _invalid("expected the members jsonrpc, id, method and params and no others; answers are not taken", rpc_id)
    if value.get("jsonrpc") != "2.0":
        raise _invalid("jsonrpc: expected 2.0", rpc_id)
    method = value.get("method")
    if not isinstance(method, str):
        raise _invalid("method: expected a text", rpc_id)
    if "id" not in value and not method.startswith("notifications/"):
        raise _invalid("id: expected one; only notifications go without")


def _is_id(value: Any) -> bool:
    if isinstance(value, str):
        return 1 <= len(value) <= MAX_ID
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _SAFE_ID


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _broken("expected UTF-8") from None
    _require_shallow(text)
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_float)
        msgspec.json.decode(content)  # refuses lone surrogates, which cannot be sent on
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise _broken("expected JSON") from None
    return value


def _require_shallow(text: str) -> None:
    """Count the brackets outside of strings, for a parser that is not asked cannot run out of stack."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise _broken(f"expected JSON of at most {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _broken("expected every key of an object once")
    return found


def _no_constant(_text: str) -> float:
    raise ValueError


def _float(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise ValueError
    return number


def _broken(detail: str) -> Unreadable:
    return Unreadable(f"body: {detail}", rpc_code=PARSE_ERROR)


def _invalid(detail: str, rpc_id: Id = None) -> Unreadable:
    return Unreadable(detail, rpc_code=INVALID_REQUEST, rpc_id=rpc_id)
