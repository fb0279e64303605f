"""Tool definitions as pure data, derived from a mapping and its common model.

Which tools a caller may use, and for which accounts, is decided in `unified.service.tools`.
"""

from unified.transform.tools.definition import ToolDefinition, define, documented, reviewed_digest
from unified.transform.tools.descriptions import MAX_NAME, tool_name
from unified.transform.tools.requirements import blocked_by, required_filters

__all__ = [
    "MAX_NAME",
    "ToolDefinition",
    "blocked_by",
    "define",
    "documented",
    "required_filters",
    "reviewed_digest",
    "tool_name",
]
