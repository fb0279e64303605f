"""All texts of the pages: edit what people read here and nowhere else.

A `{name}` placeholder is filled with a value that is shown as text, whatever it contains; see `t` and `t_plain` in
`rendering.py`.
"""

from unified.web.html.messages.accounts import ACCOUNTS, CHECKS, REASONS
from unified.web.html.messages.approvals import APPROVALS, ENDINGS
from unified.web.html.messages.audit import ACTION_LABELS, AUDIT, OUTCOMES
from unified.web.html.messages.catalog import CATEGORIES, CUSTOM_VERBS, NOUNS, VERBS
from unified.web.html.messages.coverage import COVERAGE
from unified.web.html.messages.keys import KEYS
from unified.web.html.messages.mcp import MCP
from unified.web.html.messages.resources import RESOURCES
from unified.web.html.messages.shared import SHARED_MESSAGES

MESSAGES: dict[str, str] = {**SHARED_MESSAGES, **ACCOUNTS, **COVERAGE, **AUDIT, **MCP, **APPROVALS, **RESOURCES, **KEYS}

__all__ = [
    "ACTION_LABELS",
    "CATEGORIES",
    "CHECKS",
    "CUSTOM_VERBS",
    "ENDINGS",
    "MESSAGES",
    "NOUNS",
    "OUTCOMES",
    "REASONS",
    "VERBS",
]
