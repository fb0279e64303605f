"""Formats of a tool: as MCP lists it, or as a function of a function-calling API."""

from collections.abc import Callable
from typing import Any

from unified.service.tools.tool import Tool

DIGEST_KEY = "unified/digest"
"""Key of `_meta` with the digest of the reviewed definition."""


def as_mcp(tool: Tool) -> dict[str, Any]:
    """Return the tool as `tools/list` of MCP has it (2026-07-28)."""
    return {
        "name": tool.name,
        "title": tool.annotations.get("title", tool.name),
        "description": tool.description,
        "inputSchema": tool.input_schema,
        "outputSchema": tool.output_schema,
        "annotations": tool.annotations,
        "_meta": {DIGEST_KEY: tool.digest},
    }


def as_openai(tool: Tool) -> dict[str, Any]:
    """Return the tool as `tools` of OpenAI's Chat Completions and compatible APIs expects it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": function}


def as_anthropic(tool: Tool) -> dict[str, Any]:
    """Return the tool as `tools` of Anthropic's Messages API expects it."""
    return {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}


FORMATS: dict[str, Callable[[Tool], dict[str, Any]]] = {"mcp": as_mcp, "openai": as_openai, "anthropic": as_anthropic}
