"""The results of `tools/list` and `tools/call`: as values for the SDK, and as bytes for `direct_answers`.

The bytes are those that the SDK would send: a listing is written by the SDK itself, once for each era of the protocol and each
definition, and what is the caller's own is put in when it is sent.
"""

import codecs
import json
import secrets
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

import msgspec
from mcp_types.methods import serialize_server_result
from mcp_types.version import LATEST_HANDSHAKE_VERSION, LATEST_MODERN_VERSION
from pydantic_core import to_json

from unified.mcp.interface import OfferedTool, ToolAnswer, ToolListing
from unified.mcp.tool_requests import InputRequired, ToolPage
from unified.service.tools.arguments import with_account_argument
from unified.service.tools.by_identity import ByIdentity

DIGEST = "unified/digest"
COMPLETE = {"resultType": "complete"}
MAX_LISTED = 1_024
"""Listings in the cache, of some 3 KB each; as many for each era."""
_PLACE = secrets.token_hex(16)
"""Takes the place of the names of the caller's accounts in a listing that is written for all callers."""


def list_result(page: ToolPage) -> dict[str, Any]:
    """Return a page of tools as values."""
    more = {} if page.next_cursor is None else {"nextCursor": page.next_cursor}
    return {**COMPLETE, "tools": [_listed(one.listing, one.accounts) for one in page.tools], **more}


def _listed(tool: ToolListing, accounts: tuple[str, ...] = ()) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": with_account_argument(tool.input_schema, accounts) if accounts else tool.input_schema,
        "annotations": tool.annotations,
    }
    if tool.output_schema is not None:
        listed["outputSchema"] = tool.output_schema
    if tool.digest is not None:
        listed["_meta"] = {DIGEST: tool.digest}
    return listed


def call_result(answer: ToolAnswer | InputRequired) -> dict[str, Any]:
    """Return the result of a call as values."""
    if isinstance(answer, InputRequired):
        return {"resultType": "input_required", "inputRequests": answer.requests, "requestState": answer.state}
    content, text = _structured_and_text(answer)
    result: dict[str, Any] = {**COMPLETE, "content": [{"type": "text", "text": text}], "isError": answer.is_error}
    if content is not None:
        result["structuredContent"] = msgspec.json.decode(content)
    return result


def _structured_and_text(answer: ToolAnswer) -> tuple[msgspec.Raw | None, str]:
    """Return the structured content as JSON, and the text next to it, which is the same if the answer has no other."""
    structured = answer.structured
    content = structured if isinstance(structured, msgspec.Raw | None) else msgspec.Raw(msgspec.json.encode(structured))
    if answer.text is not None:
        return content, answer.text
    return content, "null" if content is None else bytes(content).decode()


class Era:
    """How the revisions of one era of the protocol write results: those since 2026-07-28, or those before."""

    def __init__(self, *, is_modern: bool) -> None:
        self.is_modern = is_modern
        self._version = LATEST_MODERN_VERSION if is_modern else LATEST_HANDSHAKE_VERSION
        self._tools = ByIdentity(self._tool, MAX_LISTED)
        self._around_accounts = ByIdentity(self._split_tool, MAX_LISTED)

    def page(self, page: ToolPage, hint: dict[str, Any], meta: dict[str, Any]) -> bytes:
        """Return a page of tools as JSON, with hints for caches and the server's `_meta`, which only the modern era has."""
        tools = msgspec.Raw(b"[" + b",".join(map(self._offered, page.tools)) + b"]")
        more = {} if page.next_cursor is None else {"nextCursor": page.next_cursor}
        if not self.is_modern:
            return msgspec.json.encode({**more, "tools": tools})
        scope, ttl = hint["cacheScope"], hint["ttlMs"]
        return msgspec.json.encode({"cacheScope": scope, **more, **COMPLETE, "tools": tools, "ttlMs": ttl, "_meta": meta})

    def result(self, answer: ToolAnswer | InputRequired, meta: dict[str, Any]) -> bytes:
        """Return the result of a call as JSON."""
        if isinstance(answer, InputRequired):
            dumped = serialize_server_result("tools/call", self._version, call_result(answer))
            return msgspec.json.encode({**dumped, "_meta": meta})
        content, text = _structured_and_text(answer)
        if not self.is_modern:
            return msgspec.json.encode(_result(text, content, is_error=answer.is_error))
        marked = None if content is None or answer.text is not None else _marked(text)
        if marked is None:
            return msgspec.json.encode({**_result(text, content, COMPLETE, is_error=answer.is_error), "_meta": meta})
        result = _result(marked, msgspec.Raw(marked.encode()), COMPLETE, is_error=answer.is_error)
        return msgspec.json.encode({**result, "_meta": meta}).replace(_MARK, b"\\")

    def text(self, content: bytes) -> bytes:
        """Return JSON as the era writes texts: the modern one in ASCII, as the SDK has it."""
        return in_ascii(content) if self.is_modern else content

    def _offered(self, tool: OfferedTool) -> bytes:
        if not tool.accounts:
            return self._tools(tool.listing)
        before, after = self._around_accounts(tool.listing)
        return before + self._encode([*tool.accounts]) + after

    def _tool(self, listing: ToolListing, *, accounts: tuple[str, ...] = ()) -> bytes:
        result = {**COMPLETE, "tools": [_listed(listing, accounts)], "ttlMs": 0, "cacheScope": "private"}
        return self._encode(serialize_server_result("tools/list", self._version, result)["tools"][0])

    def _split_tool(self, listing: ToolListing) -> tuple[bytes, bytes]:
        before, _, after = self._tool(listing, accounts=(_PLACE,)).partition(self._encode([_PLACE]))
        return before, after

    def _encode(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode() if self.is_modern else to_json(value)


def _result(text: str, content: msgspec.Raw | None, kind: dict[str, str] | None = None, *, is_error: bool) -> dict[str, Any]:
    structured = {} if content is None else {"structuredContent": content}
    return {"content": [{"text": text, "type": "text"}], "isError": is_error, **(kind or {}), **structured}


LEGACY, MODERN = Era(is_modern=False), Era(is_modern=True)


_MARK = b"\x7f"
"""DEL, in place of the backslash of an escape, which is then not escaped again where the same JSON is a text inside of JSON."""
_ESCAPES = "unified.json"


def _escaped(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    return "".join(map(_escape, problem.object[problem.start : problem.end])), problem.end


@lru_cache(maxsize=4_096)
def _escape(character: str) -> str:
    return encode_basestring_ascii(character)[1:-1].replace("\\", _MARK.decode())


codecs.register_error(_ESCAPES, _escaped)


def _marked(text: str) -> str | None:
    """Return JSON in ASCII, with marked escapes; None where there is nothing to escape, or a mark already."""
    if text.isascii() or _MARK.decode() in text:
        return None
    return text.encode("ascii", _ESCAPES).decode()


def in_ascii(content: bytes) -> bytes:
    """Return the same JSON with every character beyond printable ASCII escaped."""
    content = content.replace(_MARK, b"\\u007f")
    return content if content.isascii() else content.decode().encode("ascii", _ESCAPES).replace(_MARK, b"\\")
