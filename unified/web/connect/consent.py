"""The content of the connect page: the product, its settings and credentials as form fields, and the access requested."""

import re
from collections.abc import Iterator, Mapping

import msgspec

from unified.catalog.authentication import CredentialPart, SetupHint
from unified.catalog.provider import Provider
from unified.catalog.provider import Setting as SettingRule
from unified.errors.error import UnifiedError
from unified.service.access.conditions.words import records_in_words
from unified.service.connect import KindOffer, ProviderOffer
from unified.service.languages import Language
from unified.transport.auth import name_of, parts_of, rules_for
from unified.web.html.messages import messages_in
from unified.web.html.monograms import Sign
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
    sign: Sign


def list_products(offers: tuple[ProviderOffer, ...], signs: Mapping[str, Sign], language: Language) -> tuple[Product, ...]:
    """Return the products of a link, sorted by title."""
    listed = (
        Product(name=one.name, title=one.title, categories=_categories(one, language), sign=signs[one.name]) for one in offers
    )
    return tuple(sorted(listed, key=lambda one: one.title.casefold()))


def _categories(offer: ProviderOffer, language: Language) -> str:
    names = dict.fromkeys(one.model.partition(".")[0] for one in offer.models)
    return ", ".join(messages_in(language).get(f"category.{name}", name) for name in names)


def search_products(listed: tuple[Product, ...], text: str) -> tuple[Product, ...]:
    """Return the products with the text in their title or category."""
    wanted = text.strip().casefold()
    return tuple(one for one in listed if wanted in f"{one.title} {one.categories}".casefold())


def select_kind(offer: ProviderOffer, kind: str | None) -> KindOffer | None:
    """Return the offered way to authorise named `kind`, else sign-in, else the first one; None when nothing is offered."""
    by_kind = {one.kind: one for one in offer.kinds}
    return by_kind.get(kind or "") or by_kind.get("oauth2") or next(iter(offer.kinds), None)


class ConsentForm(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a product's page."""

    provider: Provider
    offer: ProviderOffer
    kind: KindOffer
    values: Mapping[str, str]
    problems: Mapping[str, str]
    """Messages by field name."""
    language: Language

    def say(self, key: str, **values: object) -> str:
        """Return a message in the language of the page; empty for an unknown key."""
        return t_plain(key, language=self.language, **values) if key in messages_in(self.language) else ""

    def own(self, text: str) -> str:
        """Return a text of the provider file in the language of the page, if the file has it."""
        return text if self.language == "en" else self.provider.translations.get(self.language, {}).get(text, text)


def build_consent(form: ConsentForm) -> Consent:
    """Build the page of a product and a way to authorise."""
    offer, kind = form.offer, form.kind
    labels = _labels(form.provider, kind.kind)
    parts = parts_of(rules_for(form.provider, kind.kind))
    asked = {*kind.settings, *kind.optional}
    settings = [_setting(form, name, rule) for name, rule in offer.settings.items() if name in asked]
    return Consent(
        provider=offer.name,
        product=offer.title,
        kind=kind.kind,
        abilities=(
            *summarize_permissions({one.model: one.methods for one in offer.models}, form.language),
            *_conditions(form),
            *_raw(form),
        ),
        settings=tuple(one for one in settings if one.required),
        extras=tuple(one for one in settings if not one.required),
        credentials=tuple(_credential(form, name, labels, parts.get(name)) for name in kind.fields),
        credentials_title=form.own(labels.title) or form.say(f"connect.key.title.{kind.kind}"),
        credentials_hint=_sentence(form.own(labels.description)),
        ways=tuple(Way(kind=one.kind, text=_way(form, one.kind)) for one in offer.kinds if one.kind != kind.kind),
    )


def _conditions(form: ConsentForm) -> Iterator[Ability]:
    """Yield a line for each model if the form asks for only some of its records."""
    offered, words = {one.model for one in form.offer.models}, records_in_words(form.offer.records, form.language)
    for model in sorted(offered & words.keys()):
        things = messages_in(form.language).get(f"noun.{model}", model)
        yield Ability(kind="read", verb=form.say("connect.only", things=things, conditions=", ".join(words[model])), things=())


def _raw(form: ConsentForm) -> tuple[Ability, ...]:
    """Return the line about the provider's own API, which reaches more than the models; none if it may not be used."""
    if not form.offer.raw:
        return ()
    text = form.say("connect.raw.write" if "write" in form.offer.raw else "connect.raw.read", product=form.offer.title)
    return (Ability(kind="custom" if "write" in form.offer.raw else "read", verb=text, things=()),)


def _labels(provider: Provider, kind: str) -> SetupHint:
    rules = next((one for one in provider.auth if name_of(one) == kind), None)
    labels = getattr(rules, "labels", None)
    return labels if isinstance(labels, SetupHint) else SetupHint()


def _setting(form: ConsentForm, name: str, rule: SettingRule) -> FormField:
    field, needed = SETTING + name, name in form.kind.settings
    return FormField(
        name=field,
        label=form.own(rule.title),
        hint=_hint(form, rule.description, rule.example),
        value=form.values.get(field, rule.default or ""),
        choices=rule.choices if rule.required or needed or not rule.choices else ("", *rule.choices),
        required=rule.required or needed,
        problem=form.problems.get(field, ""),
    )


def _credential(form: ConsentForm, name: str, labels: SetupHint, part: CredentialPart | None) -> FormField:
    field = CREDENTIAL + name
    if part is not None:
        return FormField(
            name=field,
            label=form.own(part.title),
            hint=_hint(form, part.description, part.example),
            value="" if part.secret or part.form == "pem" else form.values.get(field, ""),
            secret=part.secret,
            problem=form.problems.get(field, ""),
            has_lines=part.form == "pem",
        )
    label = form.own(labels.fields.get(name, "")) or form.say(f"connect.field.{name}") or name
    value = form.values.get(field, "") if name in labels.not_secret else ""
    return FormField(name=field, label=label, value=value, secret=name in SECRET, problem=form.problems.get(field, ""))


def _hint(form: ConsentForm, description: str, example: str) -> str:
    shown = form.say("example", example=example) if example else ""
    return " ".join(part for part in (_sentence(form.own(description)), shown) if part)


def _way(form: ConsentForm, kind: str) -> str:
    title = form.own(_labels(form.provider, kind).title)
    return title or form.say(f"connect.way.{kind}", product=form.provider.title)


def _sentence(text: str) -> str:
    text = text.strip().replace("`", "")
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def problems_of(error: UnifiedError | None, language: Language) -> dict[str, str]:
    """Return messages by form field, from the pointers of a ValidationFailed."""
    prefixes, messages = {"settings": SETTING, "credentials": CREDENTIAL}, messages_in(language)
    problems = {}
    for one in error.errors if error else ():
        match = re.fullmatch(r"/(settings|credentials)/([\w-]+)", one.pointer)
        if match:
            problems[prefixes[match[1]] + match[2]] = messages.get(f"field.{one.code}", messages["field.invalid"])
    return problems
