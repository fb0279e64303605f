"""Describes the consent of an account's owner on the connect page: the account keeps it, and it limits every caller.

A link asks for a scope, at most that of the key that creates it; its page lists what that allows, and the account keeps it.
Every way to a provider adds it to the scopes of the caller with `with_consent`, so one function decides for both.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.models import METHOD_CLASS, method_class, needed_methods
from unified.service.access.conditions.inheritance import filled_from, wider_than
from unified.service.access.principals import Principal
from unified.service.access.scope.inheritance import (
    method_within,
    read_scope,
    refuse_empty_intersection,
    refuse_unseen_conditions,
    require_records_within,
    scope_vocabulary,
)
from unified.service.access.scope.scopes import (
    CLASSES,
    METHOD_CLASSES,
    Consent,
    FieldScope,
    Scope,
    Scopes,
    allows,
    records_of,
    scope_values,
    write_policies,
)
from unified.store.accounts import AccountRow
from unified.transform.catalog import Catalog
from unified.transform.mapping import Mapping as ModelMapping
from unified.transform.outline import Outline

LIMITS = ("methods", "models", "tags", "records")
"""The keys of a scope that a consent has."""


class LinkScope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The access that a link asks for; models and tags that are left out are those of the API key that creates the link."""

    methods: tuple[str, ...] | UnsetType = UNSET
    """Methods or classes of them: `read`, `write`, `custom`; reading only if left out."""
    models: tuple[str, ...] | UnsetType = UNSET
    """Models, such as `crm.contacts`; `GET /catalog/models` lists them."""
    tags: tuple[str, ...] | UnsetType = UNSET
    """Tags of models; `GET /catalog/models` lists them."""
    records: dict[str, dict[str, Any]] | UnsetType = UNSET
    """Conditions on records by model, in the words of list filters: `{"crm.opportunities": {"close_date": "this_month"}}`."""


class LinkChoices(msgspec.Struct, frozen=True, kw_only=True):
    """The access that the links of a key can ask for; the key may do each value alone at an installed provider."""

    providers: tuple[str, ...]
    classes: tuple[str, ...]
    """Classes of methods that may be asked for as a whole."""
    methods: tuple[str, ...]
    """Single methods, also those of the classes."""
    models: tuple[str, ...]
    tags: tuple[str, ...]


def stored_consent(values: Mapping[str, Any] | None) -> Scopes:
    """Return the consent of an account or a link as scopes: none if there is no consent."""
    if values is None:
        return ()
    consent = msgspec.convert({name: values[name] for name in LIMITS if name in values}, Consent)
    return (msgspec.structs.replace(consent, fields=FieldScope(classes=CLASSES)),)


def consent_values(scope: Scope) -> dict[str, Any]:
    """Return the limits of a scope as they are stored and shown."""
    values = scope_values(scope)
    return {name: values[name] for name in LIMITS if not isinstance(getattr(scope, name), UnsetType)}


def with_consent(principal: Principal, account: AccountRow) -> Principal:
    """Return the caller within what the owner of the account agreed to."""
    consent = tuple(one for one in stored_consent(account.consent) if one not in principal.extra_scopes)
    return msgspec.structs.replace(principal, extra_scopes=(*principal.extra_scopes, *consent)) if consent else principal


def scopes_within(scopes: Scopes, account: AccountRow) -> Scopes:
    """Return the scopes of a caller together with the consent of the account's owner."""
    return (*scopes, *stored_consent(account.consent))


def consents_of(scopes: Scopes) -> Scopes:
    """Return what the owner agreed to, of the scopes of a call."""
    return tuple(one for one in scopes if isinstance(one, Consent))


def link_consent(catalog: Catalog, scopes: Scopes, asked: LinkScope) -> Scope:
    """Return the access that a link asks for, within the scopes of the key that creates it; without `methods`, reading only.

    Raises:
        ValidationFailed: an unknown word; the text names the known ones.
        EmptyScope: it would allow nothing.
        ScopeExceedsParent: more than the key may do.
    """
    given = {name: value for name in LIMITS if not isinstance(value := getattr(asked, name), UnsetType)}
    scope = read_scope(given, scope_vocabulary(catalog)) if given else Scope()
    if "methods" not in given:
        scope = msgspec.structs.replace(scope, methods=_reading_methods(catalog, scopes))
    return _narrowed(catalog, scopes, scope)


def widest_consent(catalog: Catalog, scopes: Scopes) -> Scope:
    """Return the most that a link of a key with these scopes can ask for.

    Raises:
        EmptyScope: the key may not call anything.
    """
    methods = _all_methods(catalog, scopes)
    if not methods:
        raise EmptyScope.at("scope.methods", "the key may not call any method, so its links would allow nothing")
    return _narrowed(catalog, scopes, Scope(methods=methods))


def _reading_methods(catalog: Catalog, scopes: Scopes) -> tuple[str, ...]:
    methods = tuple(one for one in _all_methods(catalog, scopes) if one == "read" or method_class(one) == "read")
    if not methods:
        raise EmptyScope.at("scope.methods", "the key may not read; name the methods that the link asks for")
    return methods


def _narrowed(catalog: Catalog, scopes: Scopes, scope: Scope) -> Scope:
    """Return a scope within others, filling in models and tags that are left out; refuse more than they allow."""
    for parent in scopes:
        scope = _within(scope, parent)
    refuse_empty_intersection(scope, catalog)
    return scope


def link_choices(catalog: Catalog, scopes: Scopes) -> LinkChoices:
    """Return what links of a key with these scopes can ask for, so that a form offers neither more nor less.

    Raises:
        EmptyScope: the key may not call anything.
    """
    widest = widest_consent(catalog, scopes)
    outlines = ((name, one) for name in catalog.providers() for one in catalog.outlines(name))
    offered = [(name, one) for name, one in outlines if allowed_methods((widest,), one)]
    found = {method for _, one in offered for method in allowed_methods((widest,), one)}
    methods = sorted({single for one in found for single in needed_methods(one)}, key=_usual_order)
    kinds: set[str] = {method_class(one) for one in methods}
    tags = {tag for _, one in offered for tag in one.tags}
    return LinkChoices(
        providers=tuple(dict.fromkeys(name for name, _ in offered)),
        classes=tuple(one for one in METHOD_CLASSES if one in widest.methods and one in kinds),
        methods=tuple(methods),
        models=tuple(sorted({one.model.id for _, one in offered})),
        tags=tuple(sorted(tags if isinstance(widest.tags, UnsetType) else tags & set(widest.tags))),
    )


def _usual_order(method: str) -> tuple[int, str]:
    """Return what sorts the standard methods as they are always listed, and a provider's own after them."""
    standard = tuple(METHOD_CLASS)
    return (standard.index(method) if method in standard else len(standard), method)


def _all_methods(catalog: Catalog, scopes: Scopes) -> tuple[str, ...]:
    """Return every method that all scopes allow; those of a class that is allowed as a whole by the name of the class."""
    known = scope_vocabulary(catalog).methods
    classes = tuple(one for one in METHOD_CLASSES if _may(one, scopes))
    single = (one for one in sorted(known) if one not in METHOD_CLASSES and method_class(one) not in classes)
    return (*classes, *(one for one in single if _may(one, scopes)))


def _may(method: str, scopes: Scopes) -> bool:
    kind = method if method in METHOD_CLASSES else method_class(method)
    return all(method_within(method, one) for one in scopes) and (kind == "read" or write_policies(scopes) != {"deny"})


def _within(scope: Scope, parent: Scope) -> Scope:
    if not all(_may(one, (parent,)) for one in scope.methods):
        raise ScopeExceedsParent.at("scope.methods", "more than the key that makes the link has")
    changes = {}
    for name in ("models", "tags"):
        ours, theirs = getattr(scope, name), getattr(parent, name)
        if ours is UNSET:
            changes[name] = theirs
        elif theirs is not UNSET and not set(ours) <= set(theirs):
            raise ScopeExceedsParent.at(f"scope.{name}", "more than the key that makes the link has")
    refuse_unseen_conditions(scope, parent)
    records = filled_from(records_of(scope), records_of(parent))
    scope = msgspec.structs.replace(scope, **changes, records=records or UNSET)
    require_records_within(scope, parent)
    return scope


def covers(wide: Scope, narrow: Scope) -> bool:
    """Return whether everything that one consent allows is allowed by the other."""
    for name in ("models", "tags"):
        ours, theirs = getattr(narrow, name), getattr(wide, name)
        if theirs is not UNSET and (ours is UNSET or not set(ours) <= set(theirs)):
            return False
    if wider_than(records_of(narrow), records_of(wide)) is not None:
        return False
    return all(method_within(one, wide) for one in narrow.methods)


def may_ask_for(scopes: Scopes, consent: Scope) -> bool:
    """Return whether a key with these scopes could make a link that asks for this consent."""
    return all(_may(one, scopes) for one in consent.methods) and all(covers(one, consent) for one in scopes)


def allowed_methods(scopes: Scopes, mapping: ModelMapping | Outline) -> tuple[str, ...]:
    """Return the methods of a mapping that the scopes allow: all of them if there are no scopes."""
    return tuple(one for one in mapping.methods if not scopes or allows(scopes, mapping.model, one, mapping.tags))
