"""All texts of the pages: edit what operators read here, what end users read in `unified/service/texts`, nothing elsewhere.

A `{name}` placeholder is filled with a value that is shown as text, whatever it contains; see `t` and `t_plain` in
`rendering.py`.
"""

from functools import cache

from unified.service.languages import DEFAULT, Language, texts, texts_below
from unified.web.html.messages.accounts import ACCOUNTS, REASONS
from unified.web.html.messages.approvals import APPROVALS, ENDINGS
from unified.web.html.messages.apps import APPS
from unified.web.html.messages.audit import ACTION_LABELS, AUDIT, OUTCOMES
from unified.web.html.messages.catalog import CATEGORIES, CUSTOM_VERBS, NOUNS, VERBS
from unified.web.html.messages.coverage import COVERAGE
from unified.web.html.messages.forms import FORMS
from unified.web.html.messages.home import HOME
from unified.web.html.messages.keys import KEYS
from unified.web.html.messages.links import LINKS
from unified.web.html.messages.mcp import MCP
from unified.web.html.messages.resources import RESOURCES
from unified.web.html.messages.shared import SHARED_MESSAGES
from unified.web.html.messages.tenant import TENANT
from unified.web.html.messages.webhooks import DELIVERY_ERRORS, EVENT_LABELS, WEBHOOKS

MESSAGES: dict[str, str] = {
    **texts(DEFAULT),
    **SHARED_MESSAGES,
    **FORMS,
    **HOME,
    **ACCOUNTS,
    **LINKS,
    **APPROVALS,
    **MCP,
    **KEYS,
    **WEBHOOKS,
    **APPS,
    **TENANT,
    **RESOURCES,
    **COVERAGE,
    **AUDIT,
}

CHECKS: dict[str, str] = texts_below(DEFAULT, "check.")
"""Results of a failed check in English, shown after the account's name."""


@cache
def messages_in(language: Language) -> dict[str, str]:
    """Return the messages in a language; those of pages that only operators see are in English."""
    return {**MESSAGES, **texts(language)}


__all__ = [
    "ACTION_LABELS",
    "CATEGORIES",
    "CHECKS",
    "CUSTOM_VERBS",
    "DELIVERY_ERRORS",
    "ENDINGS",
    "EVENT_LABELS",
    "MESSAGES",
    "NOUNS",
    "OUTCOMES",
    "REASONS",
    "VERBS",
    "messages_in",
]
