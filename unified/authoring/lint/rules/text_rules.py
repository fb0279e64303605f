"""The rule for `translations` of provider files: a translation belongs to a text of the file that the connect page shows."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.catalog.provider import Provider
from unified.errors.names import did_you_mean, known_names
from unified.transport.account_settings import CONSENT


def shown_texts(provider: Provider) -> tuple[str, ...]:
    """Return what the connect page shows of a provider file: titles and descriptions of settings and credentials."""
    return tuple(dict.fromkeys(text for text in _texts(provider) if text))


def _texts(provider: Provider) -> Iterator[str]:
    for rule in provider.settings.values():
        if rule.learned is None or (rule.learned.source == CONSENT and rule.required):
            yield from (rule.title, rule.description)
    for rules in provider.auth:
        labels = getattr(rules, "labels", None)
        if labels:
            yield from (labels.title, labels.description, *labels.fields.values())
        for part in (getattr(rules, "parts", None) or {}).values():
            yield from (part.title, part.description)


def _translations(subject: ProviderSubject) -> Iterator[Found]:
    shown = shown_texts(subject.provider)
    known = known_names(f'"{one}"' for one in shown) or "none"
    for language, texts in subject.provider.translations.items():
        for text in texts:
            if text not in shown:
                message = f'the connect page does not show "{text}".{did_you_mean(text, shown)} Shown: {known}'
                yield Found(place=("translations", language, text), message=message, key=True)


TEXT_RULES: tuple[Rule, ...] = (
    Rule(
        code="P024",
        title="translation of a text that is not shown",
        explanation="The connect page finds a translation by the text in this file, letter for letter; others are never shown.",
        check=_translations,
    ),
)
"""The rule on `translations` of a provider file."""
