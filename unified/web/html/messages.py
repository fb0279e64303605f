"""All texts of the pages as tables. They are edited in `unified/service/texts`: for operators and for end users, nowhere else.

A `{name}` placeholder is filled with a value that is shown as text, whatever it contains; see `t` and `t_plain` in
`rendering.py`.
"""

from functools import cache

from unified.service.languages import DEFAULT, Language, operator_texts, texts, texts_below

MESSAGES: dict[str, str] = {**texts(DEFAULT), **operator_texts()}
CATEGORIES: dict[str, str] = texts_below(MESSAGES, "category.")
NOUNS: dict[str, str] = texts_below(MESSAGES, "noun.")
"""Plural nouns for the records of each common model."""
KINDS: tuple[str, ...] = ("read", "create_update", "create", "update", "delete")
"""Kinds of operations in display order; a provider's own methods follow."""
VERBS: dict[str, str] = {kind: MESSAGES[f"verb.{kind}"] for kind in KINDS}
CUSTOM_VERBS: dict[str, str] = texts_below(MESSAGES, "verb.custom.")
CHECKS: dict[str, str] = texts_below(MESSAGES, "check.")
"""Results of a failed check, shown after the account's name."""
REASONS: dict[str, str] = texts_below(MESSAGES, "account.reason.")
"""Explanations of an account's status by stable code; an unknown code is shown unchanged."""
ENDINGS: dict[str, str] = texts_below(MESSAGES, "approval.ending.")
"""Reasons why a write ended, in addition to the error codes in `OUTCOMES`."""
ACTION_LABELS: dict[str, str] = texts_below(MESSAGES, "action.")
"""Labels by method and route, as the audit trail names them; an unknown one is shown unchanged."""
OUTCOMES: dict[str, str] = texts_below(MESSAGES, "failure.")
"""Explanations of a refusal or failure by stable code, to follow "Refused: "; an unknown code is shown unchanged."""
EVENT_LABELS: dict[str, str] = texts_below(MESSAGES, "event.")
"""Labels by event; a test compares them with the events that there are."""
DELIVERY_ERRORS: dict[str, str] = texts_below(MESSAGES, "delivery.error.")
"""Explanations of a failed attempt by stable code; an unknown one is shown unchanged."""


@cache
def messages_in(language: Language) -> dict[str, str]:
    """Return the messages in a language; those of pages that only operators see are in English."""
    return {**MESSAGES, **texts(language)}
