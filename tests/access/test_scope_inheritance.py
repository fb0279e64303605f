"""A child's scope can only narrow its parent's, whatever both ask for: over random scopes, and word by word."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from tests.world import catalog
from unified.errors.access import EmptyScope, ScopeExceedsParent
from unified.errors.error import UnifiedError
from unified.errors.requests import ValidationFailed
from unified.models import MODELS, method_class
from unified.service.access.permissions import granted
from unified.service.access.scope import field_rules, scopes
from unified.service.access.scope.inheritance import read_scope, restrict_to_parent, scope_vocabulary
from unified.service.access.scope.scopes import UNLIMITED, Chosen, FieldScope, Scope
from unified.service.access.scope.write_rules import POLICIES, WriteRule
from unified.service.records.visibility.boundary.boundary import boundary_of

WORDS = scope_vocabulary(catalog())
ACCOUNTS = ("acc_a", "acc_b", "acc_c")
METHODS = ("read", "write", "custom", "list", "get", "create", "update", "delete", "cancel")
TAGS = ("crm", "hris", "support", "directory", "payroll")
SOME_MODELS = ("crm.contacts", "hris.employees", "hris.bank_accounts", "ticketing.tickets", "ticketing.comments")
FIELDS = ("emails", "crm.contacts.emails", "hris.employees.date_of_birth", "description", "hris.bank_accounts.iban")
RESOURCES = ("ticketing.collections", "hris.groups")


def some(of, least=1):
    return st.lists(st.sampled_from(of), min_size=least, max_size=3, unique=True).map(tuple)


def maybe(strategy):
    return st.one_of(st.just(msgspec.UNSET), strategy)


SCOPES = st.builds(
    Scope,
    accounts=maybe(some(ACCOUNTS)),
    methods=some(METHODS),
    tags=maybe(some(TAGS)),
    models=maybe(some(SOME_MODELS)),
    fields=st.builds(FieldScope, hide=some(FIELDS, 0), show=some(FIELDS, 0), classes=maybe(some(scopes.CLASSES))),
    resources=maybe(st.dictionaries(st.sampled_from(RESOURCES), st.builds(Chosen, ids=some(("1", "2", "3"), 0)), max_size=2)),
    writes=maybe(st.sampled_from(POLICIES)),
    write_rules=maybe(
        st.lists(
            st.builds(
                WriteRule,
                methods=maybe(some(("write", "custom", "create", "update", "delete", "cancel", "convert"))),
                models=maybe(some(SOME_MODELS)),
                writes=st.sampled_from(POLICIES),
            ),
            max_size=3,
        ).map(tuple)
    ),
    manage=maybe(some(scopes.PERMISSIONS, 0)),
)


def allowed(scope):
    """Everything that a scope lets its holder do: (account, model, method, policy)."""
    found = set()
    for account in ACCOUNTS:
        for model in MODELS.values():
            for method in ("list", "get", "create", "update", "upsert", "delete", "cancel"):
                try:
                    scopes.require_account((scope,), account)
                    scopes.require((scope,), model, method, model.tags)
                except UnifiedError:
                    continue
                found.add((account, model.id, method))
    return found


def seen(scope):
    return {f"{one.id}.{field.name}" for one in MODELS.values() for field in one.fields} - {
        f"{one.id}.{name}" for one in MODELS.values() for name in field_rules.hidden_fields((scope,), one)
    }


@settings(max_examples=examples(150))
@given(parent=SCOPES, child=SCOPES)
def test_a_child_never_does_or_sees_more_than_its_parent(parent, child):
    try:
        made = restrict_to_parent(child, parent)
    except ScopeExceedsParent:
        return
    assert allowed(made) <= allowed(parent)
    assert seen(made) <= seen(parent)
    for _, model_id, method in allowed(made):
        ours, theirs = (scopes.write_policy((one,), model_id, method) for one in (made, parent))
        assert method_class(method) == "read" or POLICIES.index(ours) <= POLICIES.index(theirs)
    assert all(set(granted(role, made)) <= set(granted(role, parent)) for role in ("admin", "app"))
    ours, theirs = boundary_of(None, (made,)).chosen, boundary_of(None, (parent,)).chosen
    assert all(name in ours and ours[name] <= ids for name, ids in theirs.items())


@settings(max_examples=examples(150))
@given(several=st.lists(SCOPES, min_size=1, max_size=2).map(tuple))
def test_an_upsert_needs_create_and_update(several):
    """Whatever the scopes are: it is both in one, and no scope can name it."""
    for model in MODELS.values():
        both = all(scopes.allows(several, model, method, model.tags) for method in ("create", "update"))
        assert scopes.allows(several, model, "upsert", model.tags) == both, model.id
        reached = all(scopes.reaches(several, model, method, model.tags) for method in ("create", "update"))
        assert scopes.reaches(several, model, "upsert", model.tags) == reached, model.id


def test_an_upsert_is_not_a_word_of_a_scope():
    with pytest.raises(ValidationFailed) as refused:
        read_scope({"methods": ["upsert"]}, WORDS)
    assert refused.value.errors[0].message == (
        "unknown word. Known: cancel, convert, create, custom, delete, download, get, list, make_private, read, update, write"
    )


@settings(max_examples=examples(100))
@given(parent=SCOPES)
def test_an_empty_child_of_any_parent_is_within_it_or_reads_what_it_may_not(parent):
    if {"read"} <= set(parent.methods) or {"list", "get"} <= set(parent.methods):
        made = restrict_to_parent(Scope(), parent)
        assert allowed(made) <= allowed(parent)
        assert made.manage == ()
        assert all(method_class(method) == "read" for _, _, method in allowed(made))


@settings(max_examples=examples(100))
@given(first=SCOPES, second=SCOPES)
def test_two_scopes_together_allow_what_both_allow(first, second):
    both = set()
    for account in ACCOUNTS:
        for model in MODELS.values():
            for method in ("list", "get", "create", "update", "upsert", "delete", "cancel"):
                try:
                    scopes.require_account((first, second), account)
                    scopes.require((first, second), model, method, model.tags)
                except UnifiedError:
                    continue
                both.add((account, model.id, method))
    assert both == allowed(first) & allowed(second)


def test_the_narrowest_is_what_an_omitted_part_means():
    made = restrict_to_parent(read_scope({}, WORDS), UNLIMITED)
    assert made.methods == ("read",)
    assert field_rules.classes_of(made.fields) == ("none", "personal")


@pytest.mark.parametrize(
    ("given_scope", "place"),
    [
        ({"methods": ["reed"]}, "scope.methods"),
        ({"methods": ["read", "READ"]}, "scope.methods"),
        ({"tags": ["suport"]}, "scope.tags"),
        ({"models": ["ticketing.ticket"]}, "scope.models"),
        ({"fields": {"hide": ["ticketing.tickets.descripton"]}}, "scope.fields.hide"),
        ({"fields": {"show": ["salary"]}}, "scope.fields.show"),
        ({"resources": {"ticketing.tickets": {"ids": ["1"]}}}, "scope.resources"),
    ],
)
def test_an_unknown_word_is_refused_with_its_place_and_the_known_ones(given_scope, place):
    with pytest.raises(ValidationFailed) as refused:
        read_scope(given_scope, WORDS)
    assert refused.value.detail.startswith(f"{place}: unknown word.")
    assert "Known: " in refused.value.detail
    assert refused.value.errors[0].pointer == place


@pytest.mark.parametrize("key", ["accounts", "methods", "tags", "models"])
def test_an_empty_list_allows_nothing_and_is_refused(key):
    with pytest.raises(EmptyScope, match=rf"^scope\.{key}: an empty list allows nothing"):
        read_scope({key: []}, WORDS)
    with pytest.raises(EmptyScope, match=r"^scope\.fields\.classes: an empty list allows nothing$"):
        read_scope({"fields": {"classes": []}}, WORDS)


@pytest.mark.parametrize("key", ["accounts", "methods", "tags", "models", "fields", "resources", "writes"])
def test_null_is_not_a_value(key):
    with pytest.raises(ValidationFailed, match=rf"^scope: /{key}: "):
        read_scope({key: None}, WORDS)


@pytest.mark.parametrize("method", ["cancel", "make_private", "convert", "download"])
def test_custom_methods_of_models_and_mappings_are_words(method):
    assert read_scope({"methods": [method]}, WORDS).methods == (method,)


def test_a_field_is_granted_by_name_without_its_class():
    parent = Scope(methods=("read",), fields=FieldScope(show=("hris.employees.date_of_birth",)))
    employees = MODELS["hris.employees"]
    assert "date_of_birth" not in field_rules.hidden_fields((parent,), employees)
    assert "date_of_birth" in field_rules.hidden_fields((Scope(),), employees)
    assert "date_of_birth" in field_rules.hidden_fields((Scope(), parent), employees)
    with pytest.raises(ScopeExceedsParent, match=r"^scope\.fields: more than the key that makes it has$"):
        restrict_to_parent(Scope(fields=FieldScope(show=("hris.employees.date_of_birth",))), Scope())


def test_what_is_nested_counts_with_what_is_around_it():
    only_plain = Scope(fields=FieldScope(classes=("none",)))
    for model in MODELS.values():
        hidden = field_rules.hidden_fields((only_plain,), model)
        for field in model.fields:
            if field.name not in {"id", "remote_id"} and field_rules.sensitivities(field) != {"none"}:
                assert field.name in hidden
