"""An MCP client, to try a server the way an agent uses it."""

from typing import Any

import msgspec
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from unified.errors.configuration import ConfigurationError


class ServerTrial(msgspec.Struct, frozen=True, kw_only=True):
    """The tools of a server, and the result of one call."""

    tools: dict[str, str]
    """Tool name → description."""
    result: Any = None
    """Structured result of the tool that was called."""
    is_error: bool = False


async def try_server(url: str, http: Any, tool: str | None, arguments: dict[str, Any]) -> ServerTrial:
    """List the tools of a server and call one of them.

    Args:
        url: the server's address, with its token.
        http: the HTTP client, with the API key among its headers if the server requires one.
        tool: the tool to call; None to call none.
        arguments: the arguments of the tool.

    Raises:
        ConfigurationError: the server cannot be reached, or refused a request.
    """
    try:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            return await _list_and_call(client, tool, arguments)
    except Exception as problem:  # noqa: BLE001 - the text of an HTTP error would show the token
        raise ConfigurationError(_why(problem)) from None


async def _list_and_call(client: Client, tool: str | None, arguments: dict[str, Any]) -> ServerTrial:
    tools = await _tools(client)
    if tool is None:
        return ServerTrial(tools=tools)
    answer = await client.call_tool(tool, arguments)
    return ServerTrial(tools=tools, result=answer.structured_content, is_error=bool(answer.is_error))


async def _tools(client: Client) -> dict[str, str]:
    """Return all tools, page by page."""
    page = await client.list_tools()
    tools = list(page.tools)
    while page.next_cursor is not None:
        page = await client.list_tools(cursor=page.next_cursor)
        tools += page.tools
    return {one.name: one.description or "" for one in tools}


def _why(problem: BaseException) -> str:
    """Return the reason in one line; of an exception group, the first one; without the text of other exceptions."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    if isinstance(problem, MCPError):
        return f"the MCP server answered: {problem.error.message}"
    return f"cannot reach the MCP server ({type(problem).__name__}): check its address, and that it is running"
