"""Fields that tell the same are hidden together: every model declares them, and no mapping reads two that are not declared.

That two fields read one path of the provider does not always mean that one tells the other. The reason is given here where it
holds for the fields of a model, and in the provider's `known.yaml` where it holds for the path; everything else must be declared
in `unified.models`.
"""

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated

import msgspec
import pytest

from tests.conformance.known import SHARED_PATHS
from tests.world import catalog
from unified.errors.access import ScopeExceedsParent
from unified.models import MODELS, fields_of, meta
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.inheritance import restrict_to_parent
from unified.service.access.scope.scopes import CLASSES, UNLIMITED, FieldScope, Scope
from unified.transform.coverage import repeated
from unified.transform.writes.write import BUILT_FROM

NEVER_HIDDEN = frozenset({"id", "remote_id"})
"""A caller sees these of every record, so a field that shares their path tells nothing more."""
OWN_FIELDS = frozenset({"custom_fields", "mapped_fields", "remote_data"})
"""`$customFields` leaves out what the mapping reads itself; the raw record is refused where anything is hidden."""
APART: dict[str, dict[frozenset[str], str]] = {
    "crm.notes": {
        frozenset({"content", "content_type"}): "the type says only whether the text has mark-up",
        frozenset({"content", "remote_content_type"}): "the type says only whether the text has mark-up",
    },
    "hris.bank_accounts": {
        frozenset({"account_number", "account_number_last4"}): "the last digits are made to be shown in the number's place",
        frozenset({"routing_number", "routing_type"}): "the type says only what kind of number it is",
        frozenset({"routing_number", "remote_routing_type"}): "the type says only what kind of number it is",
    },
    "hris.employments": {
        frozenset({"effective_date", "is_active"}): "is_active says only on which side of today the day is",
    },
    "hris.time_off_requests": {
        frozenset({"created_at", "updated_at"}): "a request that never changed; every record has both times",
    },
    "ticketing.comments": {
        frozenset({"attachments", "author_type"}): "an uploader's id does not say what kind of author that is",
    },
    "ticketing.tickets": {
        frozenset({"created_at", "first_responded_at"}): "the time of an answer does not say how long it took",
    },
}
"""Model → two fields → why neither tells the other, whatever path of the provider they read."""
GONE = "is_deleted"
"""It tells only that a record is gone, whatever else its path tells."""


def test_no_mapping_reads_one_path_for_two_fields_that_are_not_twins():
    undeclared = {
        f"{provider} {model}: `{one}` and `{other}` both read {path}"
        for provider, model, one, other, path in shared_paths()
        if path not in SHARED_PATHS.get(f"{provider}/{model}", {}) and frozenset({one, other}) not in APART.get(model, {})
    }
    advice = "declare them as twins in unified.models, or say why not under shared_paths of known.yaml (docs/conformance.md)"
    assert not undeclared, "\n".join((*sorted(undeclared), advice))


def test_no_reason_is_given_for_fields_that_need_none():
    shared = list(shared_paths())
    paths = {(f"{provider}/{model}", path) for provider, model, _, _, path in shared}
    pairs = {(model, frozenset({one, other})) for _, model, one, other, _ in shared}
    assert {(subject, path) for subject, known in SHARED_PATHS.items() for path in known} <= paths
    assert {(model, pair) for model, known in APART.items() for pair in known} <= pairs


def shared_paths() -> Iterator[tuple[str, str, str, str, str]]:
    """Every path that two fields read which are not twins: provider, model, both fields, and the path."""
    installed = catalog()
    for provider, model in installed.mappings():
        twins = {field.name: field.twins for field in MODELS[model].fields}
        for one, other, path in _sharing(installed.compiled(provider, model)):
            if {one, other} <= twins.keys() and other not in twins[one] and GONE not in {one, other}:
                yield provider, model, one, other, path


def _sharing(mapping) -> Iterator[tuple[str, str, str]]:
    calls = (*mapping.lists, *mapping.operations.values())
    for expression in (mapping.record, *(one.record for one in calls if one.record is not None)):
        read: dict[str, set[tuple[str, ...]]] = {}
        for write in expression.analysis.writes or ():
            read.setdefault(write.key, set()).update(one.path for one in write.reads if one.path)
        shown = set().union(*(read.get(name, set()) for name in NEVER_HIDDEN))
        for one, other in combinations(sorted(read.keys() - NEVER_HIDDEN - OWN_FIELDS), 2):
            paths = {min(a, b, key=len) for a in read[one] for b in read[other] if a[: len(b)] == b[: len(a)]}
            for path in sorted(paths - shown):
                yield one, other, ".".join(path)


def test_names_that_the_model_builds_from_parts_are_their_twins():
    for model in MODELS.values():
        fields = {field.name: field for field in model.fields}
        for built, parts in BUILT_FROM.items():
            if built in fields and fields[built].kind == "string":
                assert set().union(*parts) & fields.keys() <= set(fields[built].twins), (model.id, built)


@pytest.mark.parametrize(
    ("model", "pair"),
    [
        ("ticketing.comments", {"body", "body_html"}),
        ("ticketing.tickets", {"description", "description_html"}),
        ("ticketing.tickets", {"status", "remote_status"}),
        ("ticketing.tickets", {"status", "status_id"}),
        ("ticketing.tickets", {"number", "web_url"}),
        ("ticketing.contacts", {"name", "last_name"}),
        ("crm.contacts", {"name", "first_name"}),
        ("crm.contacts", {"account_id", "account_ids"}),
        ("crm.opportunities", {"stage_id", "stage_name"}),
        ("crm.opportunities", {"amount", "expected_revenue"}),
        ("crm.engagements", {"end_time", "duration_seconds"}),
        ("hris.employees", {"department_id", "department_name"}),
        ("hris.employees", {"display_name", "preferred_name"}),
        ("hris.employees", {"gender", "remote_gender"}),
        ("hris.bank_accounts", {"iban", "account_number"}),
    ],
)
def test_hiding_one_hides_the_other(model, pair):
    for name in pair:
        for hide in (name, f"{model}.{name}"):
            assert pair <= hidden_fields((_hiding(hide),), MODELS[model])


def _hiding(*names):
    return msgspec.structs.replace(UNLIMITED, fields=FieldScope(hide=names, classes=UNLIMITED.fields.classes))


def test_twins_are_symmetric_and_a_providers_word_is_one():
    for model in MODELS.values():
        fields = {field.name: field for field in model.fields}
        for field in model.fields:
            assert field.name not in field.twins
            assert all(field.name in fields[twin].twins for twin in field.twins)
            assert field.remote_of is None or field.remote_of in field.twins


def test_the_id_is_never_hidden_and_no_twin():
    for model in MODELS.values():
        every = _hiding(*(field.name for field in model.fields))
        assert not hidden_fields((every,), model) & NEVER_HIDDEN
        assert not any(set(field.twins) & NEVER_HIDDEN for field in model.fields)


def test_showing_one_of_a_hidden_pair_shows_neither():
    model = MODELS["hris.employees"]
    one, both = ["gender"], ["gender", "hris.employees.remote_gender"]
    assert {"gender", "remote_gender"} <= hidden_fields((Scope(fields=FieldScope(show=tuple(one))),), model)
    assert not {"gender", "remote_gender"} & hidden_fields((Scope(fields=FieldScope(show=tuple(both))),), model)


def test_what_is_hidden_by_default_did_not_grow_by_twins():
    for model in MODELS.values():
        alone = {field.name for field in model.fields if _is_sensitive(field)} - NEVER_HIDDEN
        assert hidden_fields((Scope(),), model) == alone


def _is_sensitive(field):
    return field.sensitivity in {"sensitive", "secret"} or any(_is_sensitive(one) for one in field.nested)


def test_a_twin_that_is_not_a_field_is_refused():
    class Wrong(msgspec.Struct, frozen=True, kw_only=True):
        name: Annotated[str | None, meta("Name.", twins=("nmae",))] = None

    with pytest.raises(TypeError, match="Wrong: twins that are not fields: nmae"):
        fields_of(Wrong)


def test_a_scope_under_another_never_sees_more():
    rng = random.Random(11)
    names = sorted(
        {name for model in MODELS.values() for field in model.fields for name in (field.name, f"{model.id}.{field.name}")}
    )
    for _ in range(60):
        parent, child = (
            Scope(
                fields=FieldScope(
                    hide=tuple(rng.sample(names, rng.choice([0, 1, 3]))),
                    show=tuple(rng.sample(names, rng.choice([0, 0, 2]))),
                    classes=rng.choice([CLASSES, ("none", "personal"), msgspec.UNSET]),
                )
            )
            for _ in range(2)
        )
        try:
            made = restrict_to_parent(child, parent)
        except ScopeExceedsParent:
            continue
        for model in MODELS.values():
            assert hidden_fields((parent,), model) <= hidden_fields((made,), model)
            assert hidden_fields((parent, child), model) >= hidden_fields((parent,), model) | hidden_fields((child,), model)


def test_what_a_mapping_repeats_under_keys_of_its_own_is_hidden_too():
    mapping = catalog().compiled("bamboohr", "hris.employments")
    assert repeated(mapping, frozenset({"department_id"})) == {"custom_fields"}
    assert repeated(mapping, frozenset({"job_title"})) == frozenset()
