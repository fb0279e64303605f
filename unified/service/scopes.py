"""Scopes: what a key may do. Enforced below the model, on the one way to a provider; see `open_call`."""

from typing import Any, Literal

import msgspec

from unified.errors import (
    EmptyScope,
    FieldHidden,
    MethodNotAllowedByScope,
    OutsideAccounts,
    OutsideModels,
    OutsideTags,
    ScopeExceedsParent,
    ValidationFailed,
    WritesDenied,
    known_names,
)
from unified.models import MODELS, Model, method_class
from unified.service.bodies import refusal

SensitivityClass = Literal["none", "personal", "sensitive", "secret"]
CLASSES: tuple[SensitivityClass, ...] = ("none", "personal", "sensitive", "secret")
DEFAULT_CLASSES: tuple[SensitivityClass, ...] = ("none", "personal")
INHERITED = ("accounts", "tags", "models", "writes")
"""Parts of a scope that are the parent's when they are omitted."""
METHOD_CLASSES = ("read", "write", "custom")


class FieldScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which fields may be seen: none of `hide`, and only these sensitivity classes."""

    hide: tuple[str, ...] = ()
    classes: tuple[SensitivityClass, ...] = DEFAULT_CLASSES


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scope; what is omitted is as the parent has it. docs/quickstart-agents-and-security.md shows the JSON form."""

    accounts: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    methods: tuple[str, ...] = ("read",)
    tags: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    models: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    fields: FieldScope = FieldScope()
    writes: Literal["deny", "approve", "direct"] | msgspec.UnsetType = msgspec.UNSET


UNLIMITED = Scope(methods=METHOD_CLASSES, fields=FieldScope(classes=CLASSES), writes="direct")
"""The scope of a key that was made without one."""


def read_scope(given: Any) -> Scope:
    """Decode a scope; ValidationFailed names the place; an empty list allows nothing and is EmptyScope."""
    try:
        scope = msgspec.convert(given, Scope)
    except msgspec.ValidationError as problem:
        raise refusal(Scope, problem, what="scope") from None
    for name in ("accounts", "methods", "tags", "models"):
        if getattr(scope, name) == ():
            raise EmptyScope(f"scope.{name}: an empty list allows nothing; leave the key out to allow all of the parent's")
    if not scope.fields.classes:
        raise EmptyScope("scope.fields.classes: an empty list allows nothing")
    _check_words(scope)
    return scope


def _check_words(scope: Scope) -> None:
    for method in scope.methods:
        if not method.isidentifier():
            raise ValidationFailed(
                f"scope.methods: expected read, write, custom or a method's name, got {len(method)} characters"
            )
    for name in scope.models or () if scope.models is not msgspec.UNSET else ():
        if name not in MODELS:
            raise ValidationFailed(f"scope.models: unknown model. Known: {known_names(MODELS)}")


def stored_scope(given: dict[str, Any] | None) -> Scope:
    """The scope of a stored key; without one the key is unlimited."""
    return UNLIMITED if given is None else msgspec.convert(given, Scope)


def within(child: Scope, parent: Scope) -> None:
    """Raise ScopeExceedsParent unless everything that the child allows is allowed by the parent."""
    for name in ("accounts", "tags", "models"):
        ours, theirs = getattr(child, name), getattr(parent, name)
        if theirs is not msgspec.UNSET and ours is not msgspec.UNSET and not set(ours) <= set(theirs):
            raise ScopeExceedsParent(f"scope.{name}: more than the key that makes it has")
    if not all(_method_within(method, parent) for method in child.methods):
        raise ScopeExceedsParent("scope.methods: more than the key that makes it has")
    if not set(child.fields.classes) <= set(parent.fields.classes) or not set(parent.fields.hide) <= set(child.fields.hide):
        raise ScopeExceedsParent("scope.fields: more than the key that makes it has")
    if child.writes is not msgspec.UNSET and _WRITES.index(child.writes) > _WRITES.index(_writes(parent)):
        raise ScopeExceedsParent("scope.writes: more than the key that makes it has")


_WRITES = ("deny", "approve", "direct")


def _writes(scope: Scope) -> str:
    return "direct" if scope.writes is msgspec.UNSET else scope.writes


def _method_within(method: str, parent: Scope) -> bool:
    return method in parent.methods or method_class(method) in parent.methods


def inherited(child: Scope, parent: Scope) -> Scope:
    """The child with everything omitted filled from the parent, so that it stands by itself."""
    omitted = {name: getattr(parent, name) for name in INHERITED if getattr(child, name) is msgspec.UNSET}
    return msgspec.structs.replace(child, **omitted)


def require_account(scope: Scope, account_id: str) -> None:
    """Raise OutsideAccounts unless the account is in the scope."""
    if scope.accounts is not msgspec.UNSET and account_id not in scope.accounts:
        raise OutsideAccounts("the key's scope does not include this account")


def require(scope: Scope, model: Model, method: str, tags: tuple[str, ...]) -> None:
    """Raise the refusal that fits unless the scope allows this method of this model."""
    if method not in scope.methods and method_class(method) not in scope.methods:
        raise MethodNotAllowedByScope(f"the key's scope does not include {method} ({method_class(method)})")
    if scope.models is not msgspec.UNSET and model.id not in scope.models:
        raise OutsideModels(f"the key's scope does not include {model.id}")
    if scope.tags is not msgspec.UNSET and not set(scope.tags) & set(tags):
        raise OutsideTags(f"the key's scope includes none of the tags of {model.id}: {', '.join(tags)}")
    if method_class(method) != "read":
        require_direct_writes(scope)


def require_direct_writes(scope: Scope) -> None:
    """Raise WritesDenied unless writes go straight to the provider."""
    if _writes(scope) == "deny":
        raise WritesDenied("the key's scope denies writes; it needs `writes: direct`")
    if _writes(scope) == "approve":
        raise WritesDenied("the key's scope asks for an approval of each write, which this version does not have yet")


def hidden_fields(scope: Scope, model: Model) -> frozenset[str]:
    """Fields of the model that this scope must not see; the id is never hidden."""
    by_class = {field.name for field in model.fields if field.sensitivity not in scope.fields.classes}
    by_name = {name.removeprefix(f"{model.id}.") for name in scope.fields.hide}
    return frozenset(name for name in by_class | by_name if name not in {"id", "remote_id"})


def refuse_hidden(hidden: frozenset[str], asked: frozenset[str], model: Model) -> None:
    """Raise FieldHidden when a hidden field is asked for, filtered or sorted by, or written."""
    bad = sorted(hidden & asked)
    if bad:
        raise FieldHidden(f"{model.id}: hidden from this key: {', '.join(bad)}")
