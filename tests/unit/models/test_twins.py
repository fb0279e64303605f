"""Fields that tell the same are hidden together: every model declares them, and no mapping reads two that are not declared.

That two fields read one path of the provider does not always mean that one tells the other. Each such pair is listed here,
with the reason, by the path that both read or by the fields themselves; everything else must be declared in `unified.models`.
"""

import random
from collections.abc import Iterator
from itertools import combinations
from typing import Annotated

import msgspec
import pytest

from tests.world import catalog
from unified.errors import ScopeExceedsParent
from unified.models import MODELS, fields_of, meta
from unified.service.access.scope_inheritance import restrict_to_parent
from unified.service.access.scopes import CLASSES, UNLIMITED, FieldScope, Scope, hidden_fields
from unified.transform.coverage import repeated
from unified.transform.mapping import BUILT_FROM

NEVER_HIDDEN = frozenset({"id", "remote_id"})
"""A caller sees these of every record, so a field that shares their path tells nothing more."""
OWN_FIELDS = frozenset({"custom_fields", "mapped_fields", "remote_data"})
"""`$custom` leaves out what the mapping reads itself; the raw record is refused where anything is hidden."""
TELLS_NOTHING: dict[str, dict[str, str]] = {
    "ticketing.users": {"login": "the record's id", "sys_id": "the record's id"},
    "ticketing.teams": {"sys_id": "the record's id"},
    "hris.employees": {
        "jobs.primary": "asked only which of the jobs is the first one",
        "employeeId": "the record's id",
        "id": "the record's id",
        "eeid": "the record's id",
    },
    "hris.employments": {
        "employeeId": "the employee's id, by which rows of other tables are found",
        "date": "the day by which rows of other tables are found; `effective_date` and `end_date`, which show it, are twins",
        "_next": "the day of the next row, up to which rows of other tables are found",
    },
    "hris.time_off_requests": {
        "employeeId": "stands in the link as well",
        "changeType": "says what kind of change a row is; shown by status alone",
        "amount.unit": "asked only whether the request is in days",
        "days": "its keys are the days, its values the amounts",
        "start": "the key of the first day among the amounts",
        "end": "the key of the last day among the amounts",
    },
    "crm.accounts": {"id": "the record's id, by which what a search found is looked up"},
    "crm.contacts": {"id": "the record's id, by which what a search found is looked up"},
    "crm.opportunities": {"id": "the record's id, by which what a search found is looked up"},
    "crm.engagements": {
        "properties": "asked only which properties there are",
        "Id": "the record's id",
        "attributes.type": "asked only which object this is",
        "WhatId": "one reference of two kinds: neither field shows the id of the other",
        "WhoId": "one reference of two kinds: neither field shows the id of the other",
    },
    "crm.tasks": {
        "WhatId": "one reference of two kinds: neither field shows the id of the other",
        "WhoId": "one reference of two kinds: neither field shows the id of the other",
    },
    "crm.notes": {
        "ParentId": "one reference of several kinds: no field shows the id of another",
        "properties.hs_note_body": "asked only whether the text has mark-up",
    },
}
"""Model → path → why two fields that read it do not tell each other."""
APART: dict[str, dict[frozenset[str], str]] = {
    "hris.time_off_requests": {
        frozenset({"is_deleted", "status"}): "is_deleted tells only that the request is gone",
        frozenset({"is_deleted", "remote_status"}): "is_deleted tells only that the request is gone",
        frozenset({"created_at", "updated_at"}): "a request that never changed; every record has both times",
    },
    "ticketing.tickets": {
        frozenset({"is_deleted", "status"}): "is_deleted tells only that the ticket is gone",
        frozenset({"is_deleted", "remote_status"}): "is_deleted tells only that the ticket is gone",
        frozenset({"created_at", "first_responded_at"}): "the time of an answer does not tell how long it took",
    },
    "hris.employments": {
        frozenset({"effective_date", "is_active"}): "is_active tells only on which side of today the day is",
    },
    "ticketing.comments": {
        frozenset({"attachments", "author_type"}): "an uploader's id does not tell what kind of author that is",
    },
}


def test_no_mapping_reads_one_path_for_two_fields_that_are_no_twins():
    installed = catalog()
    undeclared = {
        f"{provider} {model}: `{one}` and `{other}` both read {path}"
        for provider, model in installed.mappings()
        for one, other, path in _sharing(installed.compiled(provider, model))
        if not _told_apart(model, one, other, path)
    }
    assert not undeclared, "\n".join(sorted(undeclared))


def test_no_reason_is_given_for_fields_that_need_none():
    installed = catalog()
    paths, pairs = set(), set()
    for provider, model in installed.mappings():
        for one, other, path in _sharing(installed.compiled(provider, model)):
            if not {one, other} & (NEVER_HIDDEN | OWN_FIELDS):
                paths.add((model, path))
                pairs.add((model, frozenset({one, other})))
    assert {(model, path) for model, known in TELLS_NOTHING.items() for path in known} <= paths
    assert {(model, pair) for model, known in APART.items() for pair in known} <= pairs


def _sharing(mapping) -> Iterator[tuple[str, str, str]]:
    calls = (*mapping.lists, *mapping.operations.values())
    for expression in (mapping.record, *(one.record for one in calls if one.record is not None)):
        read: dict[str, set[tuple[str, ...]]] = {}
        for write in expression.analysis.writes or ():
            read.setdefault(write.key, set()).update(one.path for one in write.reads if one.path)
        for one, other in combinations(sorted(read), 2):
            for path in sorted({min(a, b, key=len) for a in read[one] for b in read[other] if a[: len(b)] == b[: len(a)]}):
                yield one, other, ".".join(path)


def _told_apart(model_id, one, other, path):
    fields = {field.name: field for field in MODELS[model_id].fields}
    if {one, other} & (NEVER_HIDDEN | OWN_FIELDS) or not {one, other} <= fields.keys():
        return True
    if other in fields[one].twins:
        return True
    return path in TELLS_NOTHING.get(model_id, {}) or frozenset({one, other}) in APART.get(model_id, {})


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


def test_a_twin_that_is_no_field_is_refused():
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
