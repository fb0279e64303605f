"""The content of the connect page: the product, its settings and credentials as form fields, and the access requested."""

import re
from collections.abc import Mapping

import msgspec

from unified.catalog.authentication import CredentialPart, SetupHint
from unified.catalog.provider import Provider
from unified.catalog.provider import Setting as SettingRule
from unified.errors import UnifiedError
from unified.service.connect import KindOffer, ProviderOffer
from unified.service.runtime.services import Services
from unified.transport.auth import name_of, parts_of, rules_for
from unified.web.html.messages import CATEGORIES, MESSAGES
from unified.web.html.permission_summary import Ability, summarize_permissions
from unified.web.html.rendering import t_plain

SETTING, CREDENTIAL = "setting.", "credential."
"""Prefixes of form fields, so that a product's setting cannot be mistaken for another field."""
SECRET = frozenset({"token", "password", "key", "client_secret"})


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form."""

    name: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = True
    secret: bool = False
    problem: str = ""
    choices: tuple[str, ...] = ()
    """The only values, shown as a list to choose from."""
    has_lines: bool = False
    """Whether the value has several lines, such as a key in PEM form."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Another way to authorise, as a link below the form."""

    kind: str
    text: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page of one product shows and asks for."""

    provider: str
    product: str
    kind: str
    abilities: tuple[Ability, ...]
    settings: tuple[FormField, ...]
    extras: tuple[FormField, ...]
    """Optional settings."""
    credentials: tuple[FormField, ...]
    credentials_title: str
    credentials_hint: str
    ways: tuple[Way, ...]

    @property
    def problems(self) -> tuple[FormField, ...]:
        """The fields with a problem."""
        return tuple(one for one in (*self.settings, *self.extras, *self.credentials) if one.problem)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product in the list."""

    name: str
    title: str
    categories: str


def list_products(offers: tuple[ProviderOffer, ...]) -> tuple[Product, ...]:
    """Return the products of a link, sorted by title."""
    listed = (Product(name=one.name, title=one.title, categories=_categories(one)) for one in offers)
    return tuple(sorted(listed, key=lambda one: one.title.casefold()))


def _categories(offer: ProviderOffer) -> str:
    names = dict.fromkeys(one.model.partition(".")[0] for one in offer.models)
    return ", ".join(CATEGORIES.get(name, name) for name in names)


def search_products(listed: tuple[Product, ...], text: str) -> tuple[Product, ...]:
    """Return the products with the text in their title or category."""
    wanted = text.strip().casefold()
    return tuple(one for one in listed if wanted in f"{one.title} {one.categories}".casefold())


def select_kind(offer: ProviderOffer, kind: str | None) -> KindOffer | None:
    """Return the offered way to authorise named `kind`, else sign-in, else the first one; None when nothing is offered."""
    by_kind = {one.kind: one for one in offer.kinds}
    return by_kind.get(kind or "") or by_kind.get("oauth2") or next(iter(offer.kinds), None)


def build_consent(
    services: Services,
    offer: ProviderOffer,
    kind: KindOffer,
    values: Mapping[str, str],
    problems: Mapping[str, str],
) -> Consent:
    """Build the page of a product and a way to authorise; `problems` are messages by field name."""
    provider = services.catalog.provider(offer.name)
    labels = _labels(provider, kind.kind)
    parts = parts_of(rules_for(provider, kind.kind))
    settings = [_setting(name, rule, name in kind.settings, values, problems) for name, rule in offer.settings.items()]
    return Consent(
        provider=offer.name,
        product=offer.title,
        kind=kind.kind,
        abilities=summarize_permissions({one.model.id: one.methods for one in services.catalog.offered(offer.name)}),
        settings=tuple(one for one in settings if one.required),
        extras=tuple(one for one in settings if not one.required),
        credentials=tuple(_credential(name, labels, parts.get(name), problems) for name in kind.fields),
        credentials_title=labels.title or MESSAGES.get(f"connect.key.title.{kind.kind}", ""),
        credentials_hint=_sentence(labels.description),
        ways=tuple(Way(kind=one.kind, text=_way(provider, one.kind)) for one in offer.kinds if one.kind != kind.kind),
    )


def _labels(provider: Provider, kind: str) -> SetupHint:
    rules = next((one for one in provider.auth if name_of(one) == kind), None)
    labels = getattr(rules, "asked", None)
    return labels if isinstance(labels, SetupHint) else SetupHint()


def _setting(name: str, rule: SettingRule, needed: bool, values: Mapping[str, str], problems: Mapping[str, str]) -> FormField:
    field = SETTING + name
    return FormField(
        name=field,
        label=rule.title,
        hint=_hint(rule.description, rule.example),
        value=values.get(field, rule.default or ""),
        choices=rule.choices if rule.required or needed or not rule.choices else ("", *rule.choices),
        required=rule.required or needed,
        problem=problems.get(field, ""),
    )


def _credential(name: str, labels: SetupHint, part: CredentialPart | None, problems: Mapping[str, str]) -> FormField:
    field = CREDENTIAL + name
    if part is not None:
        return FormField(
            name=field,
            label=part.title,
            hint=_hint(part.description, part.example),
            secret=part.secret,
            problem=problems.get(field, ""),
            has_lines=part.form == "pem",
        )
    label = labels.fields.get(name) or MESSAGES.get(f"connect.field.{name}", name)
    # Entered credentials are never sent back, not even a user name, which may be the key.
    return FormField(name=field, label=label, secret=name in SECRET, problem=problems.get(field, ""))


def _hint(description: str, example: str) -> str:
    shown = t_plain("example", example=example) if example else ""
    return " ".join(part for part in (_sentence(description), shown) if part)


def _way(provider: Provider, kind: str) -> str:
    title = _labels(provider, kind).title
    return t_plain("connect.way.named", way=title) if title else t_plain(f"connect.way.{kind}", product=provider.title)


def _sentence(text: str) -> str:
    text = text.strip().replace("`", "")
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def problems_of(error: UnifiedError | None) -> dict[str, str]:
    """Return messages by form field, from the pointers of a ValidationFailed."""
    prefixes = {"settings": SETTING, "credentials": CREDENTIAL}
    problems = {}
    for one in error.errors if error else ():
        match = re.fullmatch(r"/(settings|credentials)/([\w-]+)", one.pointer)
        if match:
            problems[prefixes[match[1]] + match[2]] = MESSAGES.get(f"field.{one.code}", MESSAGES["field.invalid"])
    return problems
