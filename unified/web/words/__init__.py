"""Every word of the pages, in one place: what a person reads is edited here and nowhere else.

`{name}` is filled with a value that is shown as text, whatever it holds; see `say` and `plain` in `rendering.py`.
"""

from unified.web.words.accounts import ACCOUNTS, CHECKS, REASONS
from unified.web.words.approvals import APPROVALS, ENDINGS
from unified.web.words.catalog import CATEGORIES, CUSTOM_VERBS, NOUNS, VERBS
from unified.web.words.coverage import COVERAGE
from unified.web.words.everyone import EVERYONE
from unified.web.words.keys import KEYS
from unified.web.words.mcp import MCP
from unified.web.words.resources import RESOURCES
from unified.web.words.trail import DEEDS, OUTCOMES, TRAIL

WORDS: dict[str, str] = {**EVERYONE, **ACCOUNTS, **COVERAGE, **TRAIL, **MCP, **APPROVALS, **RESOURCES, **KEYS}

__all__ = [
    "CATEGORIES",
    "CHECKS",
    "CUSTOM_VERBS",
    "DEEDS",
    "ENDINGS",
    "NOUNS",
    "OUTCOMES",
    "REASONS",
    "VERBS",
    "WORDS",
]
