"""The user as whom an account is connected: the id that the provider's answer to its check request gives."""

from typing import Any

from unified.catalog.provider import Provider
from unified.transport.account_settings import text_at

MAX_CHARACTERS = 200
"""The longest id; a longer text is not taken for one."""
SEVERAL = frozenset(",;|*")
"""Characters that make several ids of one, or any, where a provider reads conditions out of text."""


def connected_user(provider: Provider, answer: Any) -> str | None:
    """Return the id of the user; None if the provider does not report it, or reports something that cannot be an id."""
    if provider.check.user is None:
        return None
    found = text_at(provider.check.user, answer)
    return found if found is not None and _is_id(found) else None


def _is_id(text: str) -> bool:
    return 0 < len(text) <= MAX_CHARACTERS and text.isprintable() and text == text.strip() and not SEVERAL & set(text)
