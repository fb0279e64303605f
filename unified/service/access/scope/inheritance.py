"""How a scope is made: read strictly, filled from its parent, and refused unless it lies within the parent.

What is omitted is never wider than the parent: accounts, models, tags, resources and conditions on records are the parent's,
hidden fields stay hidden, `methods` is `["read"]`, the classes are never `sensitive` or `secret`, and `manage` is empty.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.models import METHOD_CLASS, MODELS, method_class, needed_methods
from unified.service.access.conditions.inheritance import asks_unseen, filled_from, wider_than
from unified.service.access.conditions.reading import require_readable
from unified.service.access.scope.field_rules import classes_of, hidden_fields
from unified.service.access.scope.scopes import (
    DEFAULT_CLASSES,
    METHOD_CLASSES,
    Chosen,
    FieldScope,
    Scope,
    chosen_of,
    manage_of,
    reaches_model,
    records_of,
    rules_of,
)
from unified.service.access.scope.write_rules import MAX_RULES, WriteRule, capped, exceeding, fits
from unified.service.validation import validation_error
from unified.transform.catalog import Catalog

LISTS = ("accounts", "methods", "tags", "models")


class ScopeVocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The words that scopes may use."""

    methods: frozenset[str]
    tags: frozenset[str]


def scope_vocabulary(catalog: Catalog) -> ScopeVocabulary:
    """Return every method and tag of the models and of the mappings of this catalog."""
    mappings = [one for provider in catalog.providers() for one in catalog.outlines(provider)]
    customs = {name for one in MODELS.values() for name in one.custom}
    customs |= {name for one in mappings for name in one.methods if needed_methods(name) == (name,)}
    tags = {tag for one in MODELS.values() for tag in one.tags} | {tag for one in mappings for tag in one.tags}
    return ScopeVocabulary(methods=frozenset({*METHOD_CLASSES, *METHOD_CLASS, *customs}), tags=frozenset(tags))


def read_scope(given: Any, words: ScopeVocabulary, *, place: str = "scope") -> Scope:
    """Decode a scope.

    Args:
        given: the JSON value.
        words: the words that it may use.
        place: what error messages call it: its key in the body.

    Raises:
        ValidationFailed: it is not a scope, or uses an unknown word.
        EmptyScope: a list is empty, which would allow nothing.
    """
    try:
        scope = msgspec.convert(given, Scope)
    except msgspec.ValidationError as problem:
        raise validation_error(Scope, problem, what=place) from None
    for name in LISTS:
        if getattr(scope, name) == ():
            raise EmptyScope.at(
                f"{place}.{name}", "an empty list allows nothing; leave the key out to allow all of the parent's"
            )
    if scope.fields.classes == ():
        raise EmptyScope.at(f"{place}.fields.classes", "an empty list allows nothing")
    _check_words(scope, words, place)
    for name, chosen in chosen_of(scope).items():
        if not chosen.ids:
            raise EmptyScope.at(f"{place}.resources.{name}.ids", "an empty list allows nothing")
    require_readable(records_of(scope), f"{place}.records")
    return scope


def _check_words(scope: Scope, words: ScopeVocabulary, place: str) -> None:
    _refuse_unknown(f"{place}.methods", scope.methods, words.methods)
    _refuse_unknown(f"{place}.tags", _given(scope.tags), words.tags)
    _refuse_unknown(f"{place}.models", _given(scope.models), MODELS)
    fields = {name for one in MODELS.values() for field in one.fields for name in (field.name, f"{one.id}.{field.name}")}
    _refuse_unknown(f"{place}.fields.hide", scope.fields.hide, fields)
    _refuse_unknown(f"{place}.fields.show", scope.fields.show, fields)
    _check_rules(scope, words, f"{place}.write_rules")
    _refuse_unknown(f"{place}.resources", tuple(chosen_of(scope)), [one.id for one in MODELS.values() if one.is_resource])


def _check_rules(scope: Scope, words: ScopeVocabulary, place: str) -> None:
    rules = rules_of(scope).rules
    if len(rules) > MAX_RULES:
        raise ValidationFailed.at(place, f"expected at most {MAX_RULES} rules, got {len(rules)}")
    writing = {one for one in words.methods if one in METHOD_CLASSES or method_class(one) != "read"} - {"read"}
    for index, rule in enumerate(rules):
        for name, known in (("methods", writing), ("models", MODELS)):
            given = getattr(rule, name)
            if given == ():
                raise EmptyScope.at(f"{place}[{index}].{name}", "an empty list fits no write; leave the key out for all")
            _refuse_unknown(f"{place}[{index}].{name}", _given(given), known)


def _refuse_unknown(place: str, given: tuple[str, ...], known: Any) -> None:
    """Raise ValidationFailed for an unknown word: a misspelt limit must be neither ignored nor wider than intended."""
    for word in given:
        if word not in known:
            raise ValidationFailed.at(place, unknown_name("word", word, known))


def _given(value: tuple[str, ...] | msgspec.UnsetType) -> tuple[str, ...]:
    return () if isinstance(value, msgspec.UnsetType) else value


def restrict_to_parent(child: Scope, parent: Scope) -> Scope:
    """Return the child completed from its parent, so that it can be read without the parent.

    Raises:
        ScopeExceedsParent: it asks for more than the parent allows.
    """
    filled = fill_from_parent(child, parent)
    require_subset(filled, parent)
    for model in MODELS.values():
        shown = {name.removeprefix(f"{model.id}.") for name in child.fields.show}
        if shown & hidden_fields((parent,), model):
            raise _exceeds("fields")
    refuse_unseen_conditions(child, parent)
    return filled


def refuse_unseen_conditions(child: Scope, parent: Scope) -> None:
    """Refuse conditions by which the holder of the parent could learn what is hidden from it.

    Raises:
        ScopeExceedsParent: a condition uses a hidden field, or related records that the parent does not reach.
    """
    unseen = asks_unseen(
        records_of(child),
        records_of(parent),
        lambda model: hidden_fields((parent,), model),
        lambda model: not reaches_model(parent, model),
    )
    if unseen is not None:
        raise ScopeExceedsParent.at(f"scope.records.{unseen}", "the key that makes it does not see what the condition is on")


def fill_from_parent(child: Scope, parent: Scope) -> Scope:
    """Return the child with everything omitted filled from the parent, never wider than the parent."""
    omitted = {
        name: getattr(parent, name)
        for name in ("accounts", "tags", "models", "writes")
        if getattr(child, name) is msgspec.UNSET
    }
    resources = {**chosen_of(parent), **chosen_of(child)}
    records = filled_from(records_of(child), records_of(parent))
    classes = child.fields.classes
    if isinstance(classes, msgspec.UnsetType):
        classes = tuple(one for one in DEFAULT_CLASSES if one in classes_of(parent.fields))
    fields = FieldScope(
        hide=tuple(dict.fromkeys((*child.fields.hide, *parent.fields.hide))), show=child.fields.show, classes=classes
    )
    manage = manage_of(child) or ()
    omitted |= {"write_rules": rules} if (rules := _inherited_rules(child, parent)) else {}
    limits: dict[str, Any] = {"resources": resources or msgspec.UNSET, "records": records or msgspec.UNSET}
    return msgspec.structs.replace(child, **omitted, **limits, fields=fields, manage=manage)


def _inherited_rules(child: Scope, parent: Scope) -> tuple[WriteRule, ...]:
    """Return the parent's rules for a child that sets no rules, none of them wider than the child's `writes`."""
    if not isinstance(child.write_rules, msgspec.UnsetType):
        return ()
    rules = rules_of(parent).rules
    return rules if isinstance(child.writes, msgspec.UnsetType) else capped(rules, child.writes)


def lies_within(child: Scope, parents: Iterable[Scope]) -> bool:
    """Return whether `require_subset` accepts a scope under each of the parents."""
    try:
        for parent in parents:
            require_subset(child, parent)
    except ScopeExceedsParent:
        return False
    return True


def require_subset(child: Scope, parent: Scope) -> None:
    """Require that the parent allows everything that the child allows.

    Raises:
        ScopeExceedsParent: it does not; the text names the key of the scope.
    """
    for name in ("accounts", "tags", "models"):
        ours, theirs = getattr(child, name), getattr(parent, name)
        if theirs is not msgspec.UNSET and (ours is msgspec.UNSET or not set(ours) <= set(theirs)):
            raise _exceeds(name)
    if not all(method_within(method, parent) for method in child.methods):
        raise _exceeds("methods")
    if any(hidden_fields((parent,), model) - hidden_fields((child,), model) for model in MODELS.values()):
        raise _exceeds("fields")
    if not _resources_within(chosen_of(child), chosen_of(parent)):
        raise _exceeds("resources")
    require_records_within(child, parent)
    _require_writes_within(child, parent)
    if not set(manage_of(child) or ()) <= set(manage_of(parent) or ()):
        raise _exceeds("manage")


def _require_writes_within(child: Scope, parent: Scope) -> None:
    """Require that each write that a child may make goes no further than the parent's."""
    ours, theirs = rules_of(child), rules_of(parent)
    for model_id, method in exceeding(ours, theirs, child.methods):
        if not any(fits(one, model_id, method) for one in ours.rules):
            raise _exceeds("writes")
        is_included = isinstance(child.models, msgspec.UnsetType) or model_id in child.models
        if is_included and {method, method_class(method)} & set(child.methods):
            raise _exceeds("write_rules")


def _resources_within(ours: dict[str, Chosen], theirs: dict[str, Chosen]) -> bool:
    return all(kind in ours and set(ours[kind].ids) <= set(one.ids) for kind, one in theirs.items())


def require_records_within(child: Scope, parent: Scope) -> None:
    """Require that the conditions of a child surely allow no record that the parent's do not.

    Raises:
        ScopeExceedsParent: they may; the text names the condition.
    """
    wider = wider_than(records_of(child), records_of(parent))
    if wider is not None:
        raise ScopeExceedsParent.at(
            f"scope.records.{wider}",
            "not certainly within the condition of the key that makes it: repeat that condition, narrow it, or add to it",
        )


def _exceeds(name: str) -> ScopeExceedsParent:
    return ScopeExceedsParent.at(f"scope.{name}", "more than the key that makes it has")


def method_within(method: str, parent: Scope) -> bool:
    """Return whether a parent allows everything that a method, or a class of methods, allows."""
    if method in parent.methods:
        return True
    if method not in METHOD_CLASSES:  # a class is not a method: without this, `read` would count as a custom one
        return method_class(method) in parent.methods
    members = [name for name, kind in METHOD_CLASS.items() if kind == method]
    return bool(members) and set(members) <= set(parent.methods)


def refuse_empty_intersection(scope: Scope, catalog: Catalog) -> None:
    """Refuse a scope with methods, models and tags that have no operation in common: it would allow nothing.

    Raises:
        EmptyScope: no operation of any model meets all of them.
    """
    mappings = [one for provider in catalog.providers() for one in catalog.outlines(provider)]
    tags = {one.id: set(one.tags) for one in MODELS.values()}
    methods = {one.id: {*one.operations, *one.custom} for one in MODELS.values()}
    for mapping in mappings:
        tags[mapping.model.id] |= set(mapping.tags)
        methods[mapping.model.id] |= set(mapping.methods)
    for model in MODELS.values():
        is_included = isinstance(scope.models, msgspec.UnsetType) or model.id in scope.models
        has_tag = isinstance(scope.tags, msgspec.UnsetType) or bool(set(scope.tags) & tags[model.id])
        if is_included and has_tag and any({one, method_class(one)} & set(scope.methods) for one in methods[model.id]):
            return
    raise EmptyScope.at(
        "scope", "no operation of any model meets all of its methods, models and tags, so it would allow nothing"
    )
