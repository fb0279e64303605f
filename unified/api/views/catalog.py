"""Shows the catalog in responses: providers with the settings of their accounts, and the common models."""

from typing import Literal

import msgspec

from unified.catalog.authentication import CredentialPart
from unified.catalog.provider import Setting
from unified.models import Access, Field, Kind, MethodClass, Model, Sensitivity, method_class
from unified.transform.catalog import Catalog
from unified.transform.outline import Outline
from unified.transport.account_settings import CONSENT
from unified.transport.auth import name_of, parts_of


class SettingView(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an account of a provider needs besides its credentials."""

    title: str
    """For people."""
    description: str
    """The meaning of the value and where to find it."""
    example: str
    """How it looks."""
    pattern: str | None
    """Regular expression for the whole value; without it, the value must be one DNS label."""
    addresses: tuple[str, ...]
    """Addresses that are understood in its place, with the value at `{}`."""
    choices: tuple[str, ...]
    """The only values; empty if others are allowed."""
    default: str | None
    """The value that is used when none is given."""
    required: bool
    """Whether every account must have it."""
    learned: bool
    """Whether the provider says it itself, so that no one has to enter it."""


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One part of multi-part credentials."""

    title: str
    """For people."""
    description: str
    """The meaning of the value and where to find it."""
    example: str
    """How it looks."""
    secret: bool
    """False for what may be shown, such as the number of an account."""
    form: Literal["line", "pem"]
    """`pem` for keys and certificates, which have several lines (RFC 7468)."""
    pattern: str | None
    """Regular expression for the whole value."""


class OfferedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model as one provider has it."""

    model: str
    """The model, such as `crm.contacts`."""
    methods: tuple[str, ...]
    """The methods that the provider has."""
    upsert_by: tuple[str, ...]
    """External keys by which the provider creates or updates a record, for `upsert`."""
    tags: tuple[str, ...]
    """Its tags, with those that the mapping adds."""


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """An installed provider."""

    name: str
    """Such as `hubspot`, in `provider` of accounts."""
    title: str
    """For people."""
    docs: str
    """The documentation of the provider's API."""
    tier: Literal["bronze", "silver", "gold"]
    """How much of its mappings is proven."""
    auth: tuple[str, ...]
    """The types of credentials that it takes."""
    parts: dict[str, dict[str, PartView]]
    """By type of credentials, the values that these have besides those of the type itself."""
    settings: dict[str, SettingView]
    """Values that an account needs besides credentials, by the key in `settings` of accounts."""
    models: tuple[OfferedModel, ...]
    """The models that it has."""
    disabled: bool = False
    """Whether its files could not be loaded: it cannot be called, and only its name is known."""


class MethodView(msgspec.Struct, frozen=True, kw_only=True):
    """A method of a model."""

    name: str
    """The method, such as `list`."""
    method_class: MethodClass = msgspec.field(name="class")
    """Its class, which scopes can name instead."""


class FieldView(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a common model."""

    name: str
    """Its name in records."""
    kind: Kind
    """Kind of the value, or of each element of a list."""
    is_list: bool
    """Whether it has a list of such values."""
    required: bool
    """Whether every record has it, not null."""
    access: Access
    """`rw`: written by creates and updates; `c`: by creates only; `ro`: read only."""
    reference: str | None
    """The model that its id refers to, such as `crm.users`."""
    enum: tuple[str, ...]
    """The words that it may have; empty if others are allowed."""
    sensitivity: Sensitivity
    """Its sensitivity class, which scopes can name."""
    description: str
    """The meaning of the field."""


class ModelView(msgspec.Struct, frozen=True, kw_only=True):
    """A common model."""

    id: str
    """Such as `crm.contacts`."""
    description: str
    """The meaning of its records."""
    tags: tuple[str, ...]
    """Its tags, which scopes can name."""
    methods: tuple[MethodView, ...]
    """All methods; a provider may have fewer."""
    fields: tuple[FieldView, ...]
    """All fields; a provider may have fewer."""


def provider_view(catalog: Catalog, name: str) -> ProviderView:
    """Return an installed provider."""
    provider = catalog.provider(name)
    parts = {name_of(rules): parts_of(rules) for rules in provider.auth}
    return ProviderView(
        name=provider.name,
        title=provider.title,
        docs=provider.docs,
        tier=provider.tier,
        auth=tuple(name_of(rules) for rules in provider.auth),
        parts={kind: {key: _part_view(one) for key, one in own.items()} for kind, own in parts.items() if own},
        settings={key: _setting_view(one) for key, one in provider.settings.items()},
        models=tuple(_offered_model(one) for one in catalog.outlines(name)),
    )


def disabled_view(name: str) -> ProviderView:
    """Return a provider whose files could not be loaded."""
    return ProviderView(name=name, title=name, docs="", tier="bronze", auth=(), parts={}, settings={}, models=(), disabled=True)


def model_view(model: Model) -> ModelView:
    """Return a common model."""
    names = (*model.operations, *model.custom)
    return ModelView(
        id=model.id,
        description=model.description,
        tags=model.tags,
        methods=tuple(MethodView(name=name, method_class=method_class(name)) for name in names),
        fields=tuple(_field_view(one) for one in model.fields),
    )


def _is_never_asked(setting: Setting) -> bool:
    return setting.learned is not None and not (setting.learned.source == CONSENT and setting.required)


def _setting_view(setting: Setting) -> SettingView:
    return SettingView(**{**msgspec.structs.asdict(setting), "learned": _is_never_asked(setting)})


def _part_view(part: CredentialPart) -> PartView:
    return PartView(**msgspec.structs.asdict(part))


def _offered_model(outline: Outline) -> OfferedModel:
    return OfferedModel(model=outline.model_id, methods=outline.methods, upsert_by=outline.keys, tags=outline.tags)


def _field_view(field: Field) -> FieldView:
    return FieldView(**{name: getattr(field, name) for name in FieldView.__struct_fields__})
