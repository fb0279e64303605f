"""What the connect page shows of a link: the product, its settings and credentials as fields, what will be possible."""

import re
from collections.abc import Mapping

import msgspec

from unified.catalog.provider import Asked, Provider
from unified.catalog.provider import Setting as SettingRule
from unified.errors import UnifiedError
from unified.service.connect import KindOffer, ProviderOffer
from unified.service.runtime.services import Services
from unified.transport.auth import name_of
from unified.web.html.messages import CATEGORIES, WORDS
from unified.web.html.permission_summary import Ability, abilities
from unified.web.html.rendering import t_plain

SETTING, CREDENTIAL = "setting.", "credential."
"""How the fields of the form begin, so that no product's setting can be taken for another field."""
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


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to authorise, as a link beside the form."""

    kind: str
    text: str


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of one product says and asks."""

    provider: str
    product: str
    kind: str
    abilities: tuple[Ability, ...]
    settings: tuple[FormField, ...]
    extras: tuple[FormField, ...]
    """Settings that may be left out."""
    credentials: tuple[FormField, ...]
    credentials_title: str
    credentials_hint: str
    ways: tuple[Way, ...]

    @property
    def problems(self) -> tuple[FormField, ...]:
        """The fields that need another look."""
        return tuple(one for one in (*self.settings, *self.extras, *self.credentials) if one.problem)


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product in the list to choose from."""

    name: str
    title: str
    categories: str


def products(offers: tuple[ProviderOffer, ...]) -> tuple[Product, ...]:
    """The products of a link by their titles."""
    found = (Product(name=one.name, title=one.title, categories=_categories(one)) for one in offers)
    return tuple(sorted(found, key=lambda one: one.title.casefold()))


def _categories(offer: ProviderOffer) -> str:
    names = dict.fromkeys(one.model.partition(".")[0] for one in offer.models)
    return ", ".join(CATEGORIES.get(name, name) for name in names)


def searched(found: tuple[Product, ...], text: str) -> tuple[Product, ...]:
    """The products whose title or category has the text."""
    wanted = text.strip().casefold()
    return tuple(one for one in found if wanted in f"{one.title} {one.categories}".casefold())


def offered_kind(offer: ProviderOffer, kind: str | None) -> KindOffer | None:
    """The way that was chosen; otherwise sign-in, where it is set up, or the provider file's first; None when there is none."""
    by_kind = {one.kind: one for one in offer.kinds}
    return by_kind.get(kind or "") or by_kind.get("oauth2") or next(iter(offer.kinds), None)


def consent(
    services: Services,
    offer: ProviderOffer,
    kind: KindOffer,
    values: Mapping[str, str],
    problems: Mapping[str, str],
) -> Consent:
    """The page for a product and a way; `problems` are words by the names of fields."""
    provider = services.catalog.provider(offer.name)
    words = _asked(provider, kind.kind)
    settings = [_setting(name, rule, name in kind.settings, values, problems) for name, rule in offer.settings.items()]
    return Consent(
        provider=offer.name,
        product=offer.title,
        kind=kind.kind,
        abilities=abilities({one.model.id: one.methods for one in services.catalog.offered(offer.name)}),
        settings=tuple(one for one in settings if one.required),
        extras=tuple(one for one in settings if not one.required),
        credentials=tuple(_credential(name, words, problems) for name in kind.fields),
        credentials_title=words.title or WORDS.get(f"connect.key.title.{kind.kind}", ""),
        credentials_hint=_sentence(words.description),
        ways=tuple(Way(kind=one.kind, text=_way(provider, one.kind)) for one in offer.kinds if one.kind != kind.kind),
    )


def _asked(provider: Provider, kind: str) -> Asked:
    rules = next((one for one in provider.auth if name_of(one) == kind), None)
    found = getattr(rules, "asked", None)
    return found if isinstance(found, Asked) else Asked()


def _setting(name: str, rule: SettingRule, needed: bool, values: Mapping[str, str], problems: Mapping[str, str]) -> FormField:
    example = t_plain("example", example=rule.example) if rule.example else ""
    field = SETTING + name
    return FormField(
        name=field,
        label=rule.title,
        hint=" ".join(part for part in (_sentence(rule.description), example) if part),
        value=values.get(field, ""),
        required=rule.required or needed,
        problem=problems.get(field, ""),
    )


def _credential(name: str, words: Asked, problems: Mapping[str, str]) -> FormField:
    field = CREDENTIAL + name
    label = words.fields.get(name) or WORDS.get(f"connect.field.{name}", name)
    # Nothing that was entered is sent back: not even a user name, which may be the key.
    return FormField(name=field, label=label, secret=name in SECRET, problem=problems.get(field, ""))


def _way(provider: Provider, kind: str) -> str:
    title = _asked(provider, kind).title
    return t_plain("connect.way.named", way=title) if title else t_plain(f"connect.way.{kind}", product=provider.title)


def _sentence(text: str) -> str:
    text = text.strip().replace("`", "")
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def problems_of(error: UnifiedError | None) -> dict[str, str]:
    """What is wrong with which field, from the pointers of a ValidationFailed."""
    places = {"settings": SETTING, "credentials": CREDENTIAL}
    found = {}
    for one in error.errors if error else ():
        place = re.fullmatch(r"/(settings|credentials)/([\w-]+)", one.pointer)
        if place:
            found[places[place[1]] + place[2]] = WORDS.get(f"field.{one.code}", WORDS["field.invalid"])
    return found
