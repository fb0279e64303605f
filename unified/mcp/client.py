"""A client of the same SDK, to try an MCP server as an agent would meet it."""

from typing import Any

import msgspec
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from unified.errors import ConfigurationError


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What a server answered."""

    tools: dict[str, str]
    """Name → description."""
    result: Any = None
    """Of the tool that was called."""
    is_error: bool = False


async def tried(url: str, http: Any, tool: str | None, arguments: dict[str, Any]) -> Tried:
    """List the tools of a server and call one of them; ConfigurationError says why that could not be done.

    Args:
        url: the server's, with its token.
        http: the HTTP client, with the API key among its headers where one is asked for.
        tool: the tool to call; None to call none.
        arguments: of the tool.
    """
    try:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            return await _tried(client, tool, arguments)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the text of an HTTP error would show the token
        raise ConfigurationError(_why(problem)) from None


async def _tried(client: Client, tool: str | None, arguments: dict[str, Any]) -> Tried:
    tools = await _tools(client)
    if tool is None:
        return Tried(tools=tools)
    answer = await client.call_tool(tool, arguments)
    return Tried(tools=tools, result=answer.structured_content, is_error=bool(answer.is_error))


async def _tools(client: Client) -> dict[str, str]:
    """All of them: a server may give them page by page."""
    page = await client.list_tools()
    found = list(page.tools)
    while page.next_cursor is not None:
        page = await client.list_tools(cursor=page.next_cursor)
        found += page.tools
    return {one.name: one.description or "" for one in found}


def _why(problem: BaseException) -> str:
    """The first of what was raised together, in one line; others by their kind only."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if isinstance(problem, MCPError):
        return f"the MCP server answered: {problem.error.message}"
    return f"the MCP server could not be asked ({type(problem).__name__}); is its address right, and does it run?"
