"""Every word of the pages, in one place: what a person reads is edited here and nowhere else.

`{name}` is filled with a value that is shown as text, whatever it holds; see `say` and `plain` in `rendering.py`.
"""

from unified.web.html.messages.accounts import ACCOUNTS, CHECKS, REASONS
from unified.web.html.messages.approvals import APPROVALS, ENDINGS
from unified.web.html.messages.audit import ACTION_LABELS, AUDIT, OUTCOMES
from unified.web.html.messages.catalog import CATEGORIES, CUSTOM_VERBS, NOUNS, VERBS
from unified.web.html.messages.coverage import COVERAGE
from unified.web.html.messages.keys import KEYS
from unified.web.html.messages.mcp import MCP
from unified.web.html.messages.resources import RESOURCES
from unified.web.html.messages.shared import EVERYONE

WORDS: dict[str, str] = {**EVERYONE, **ACCOUNTS, **COVERAGE, **AUDIT, **MCP, **APPROVALS, **RESOURCES, **KEYS}

__all__ = [
    "ACTION_LABELS",
    "CATEGORIES",
    "CHECKS",
    "CUSTOM_VERBS",
    "ENDINGS",
    "NOUNS",
    "OUTCOMES",
    "REASONS",
    "VERBS",
    "WORDS",
]
