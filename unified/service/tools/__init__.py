"""Tools: what a caller is offered of the unified models as things to call, and calling one.

MCP and function calling are faces of this; what may be called is decided by scopes, as everywhere.
"""

from unified.service.tools.calling import call_tool
from unified.service.tools.catalog import offered_tools
from unified.service.tools.tool import Tool, ToolOutcome

__all__ = ["Tool", "ToolOutcome", "call_tool", "offered_tools"]
