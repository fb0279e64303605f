"""Tools: the operations of the unified models as functions that a caller can list and call.

MCP and function calling are built on this package. Scopes decide which tools a caller has.
"""

from unified.service.tools.calling import call_tool
from unified.service.tools.catalog import ListedTool, listed_tools, offered_tools
from unified.service.tools.tool import Tool, ToolOutcome

__all__ = ["ListedTool", "Tool", "ToolOutcome", "call_tool", "listed_tools", "offered_tools"]
