"""Formats of a tool: as MCP lists it, or as a function of a function-calling API."""

from collections.abc import Callable
from typing import Any

import msgspec

from unified.service.tools.arguments import with_account_argument
from unified.service.tools.by_identity import ByIdentity
from unified.service.tools.catalog import ListedTool
from unified.service.tools.tool import Tool
from unified.transform.tools import ToolDefinition

DIGEST_KEY = "unified/digest"
"""Key of `_meta` with the digest of the reviewed definition."""
MAX_WRITTEN = 512
"""Tools in the cache of each format, of some 3 KB each."""
Definition = ToolDefinition | Tool
Schema = dict[str, Any]


def as_mcp(tool: Definition, input_schema: Schema) -> dict[str, Any]:
    """Return the tool as `tools/list` of MCP has it (2026-07-28)."""
    return {
        "name": tool.name,
        "title": tool.annotations.get("title", tool.name),
        "description": tool.description,
        "inputSchema": input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
        "_meta": {DIGEST_KEY: tool.digest},
    }


def as_openai(tool: Definition, input_schema: Schema) -> dict[str, Any]:
    """Return the tool as `tools` of OpenAI's Chat Completions and compatible APIs expects it."""
    function = {"name": tool.name, "description": tool.description, "parameters": input_schema}
    return {"type": "function", "function": function}


def as_anthropic(tool: Definition, input_schema: Schema) -> dict[str, Any]:
    """Return the tool as `tools` of Anthropic's Messages API expects it."""
    return {"name": tool.name, "description": tool.description, "input_schema": input_schema}


class ToolFormat:
    """Writes tools in one format; parts that do not depend on the caller are written once for each definition."""

    def __init__(self, shape: Callable[[Definition, Schema], dict[str, Any]]) -> None:
        self._shape = shape
        self._without_accounts = ByIdentity(lambda tool: self._encode(tool, tool.input_schema), MAX_WRITTEN)

    def write(self, tool: ListedTool) -> msgspec.Raw:
        """Return a tool as JSON."""
        if not tool.accounts:
            return self._without_accounts(tool.definition)
        return self._encode(tool.definition, with_account_argument(tool.definition.input_schema, tool.accounts))

    def _encode(self, tool: Definition, input_schema: Schema) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(self._shape(tool, input_schema)))


FORMATS: dict[str, ToolFormat] = {
    "mcp": ToolFormat(as_mcp),
    "openai": ToolFormat(as_openai),
    "anthropic": ToolFormat(as_anthropic),
}
