"""The table of providers in README.md: their models by category, and how an account authenticates."""

import re
from collections.abc import Sequence

from unified.authoring.reference_pages.connecting import AUTH, kind_of
from unified.authoring.reference_pages.provider_page import page_of
from unified.authoring.reference_pages.tables import table
from unified.models import MODELS
from unified.transform.mapping import Mapping

PAGE = "README.md"
BEGIN, END = "<!-- providers -->\n", "<!-- /providers -->"


def with_provider_table(page: str, mappings: Sequence[Mapping]) -> str:
    """Return the page with the table of all providers that have mappings between its two marks."""
    order = list(MODELS)
    by_provider: dict[str, list[Mapping]] = {}
    for mapping in sorted(mappings, key=lambda one: order.index(one.model.id)):
        by_provider.setdefault(mapping.provider.name, []).append(mapping)
    owned = sorted(by_provider.values(), key=lambda own: (own[0].model.category, own[0].provider.title))
    rows = [(_linked(own[0]), _models(own), _auth(own[0])) for own in owned]
    shown = table(("provider", "models", "authentication"), rows)
    return re.sub(f"(?s)(?<={re.escape(BEGIN)}).*?(?={re.escape(END)})", lambda _: shown, page)


def _linked(mapping: Mapping) -> str:
    return f"[{mapping.provider.title}]({page_of(mapping.provider.name)})"


def _models(own: Sequence[Mapping]) -> str:
    categories: dict[str, list[str]] = {}
    for mapping in own:
        categories.setdefault(mapping.model.category, []).append(mapping.model.plural)
    return "; ".join(f"`{category}` {', '.join(names)}" for category, names in categories.items())


def _auth(mapping: Mapping) -> str:
    return ", ".join(AUTH[one] for one in dict.fromkeys(kind_of(rules) for rules in mapping.provider.auth))
