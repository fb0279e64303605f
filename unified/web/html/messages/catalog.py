"""Display names of categories, models and methods in English; the pages for end users have them in their own language."""

from unified.service.languages import DEFAULT, texts_below

CATEGORIES: dict[str, str] = texts_below(DEFAULT, "category.")
NOUNS: dict[str, str] = texts_below(DEFAULT, "noun.")
"""Plural nouns for the records of each common model."""
KINDS: tuple[str, ...] = ("read", "create_update", "create", "update", "delete")
"""Kinds of operations in display order; a provider's own methods follow."""
VERBS: dict[str, str] = {kind: texts_below(DEFAULT, "verb.")[kind] for kind in KINDS}
CUSTOM_VERBS: dict[str, str] = texts_below(DEFAULT, "verb.custom.")
