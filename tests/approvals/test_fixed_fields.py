"""An edit changes values, never the target: record, account, model, parents and whatever the address of the write names."""

import pytest

from tests.conformance.subjects import mapping, subjects
from unified.errors.requests import ValidationFailed
from unified.service.approvals.fixed_fields import edited_body, fixed_fields
from unified.service.approvals.payload import ApprovalPayload
from unified.transform.calls.path import fields_in

WRITES = [
    (subject, method)
    for subject in subjects()
    for method in mapping(subject).methods
    if method not in {"list", "get", "fields"}
]


def keyed():
    """Every write; an upsert once for each external key by which it finds the record."""
    for subject, method in WRITES:
        for key in mapping(subject).keys if method == "upsert" else (None,):
            yield subject, method, key


def payload(method, body, record_id=None, path=None, by=None):
    return ApprovalPayload(
        by=by,
        tenant="ten_1",
        account="acc_1",
        tool=None,
        method=method,
        model="crm.contacts",
        record_id=record_id,
        path=path or {},
        body=body,
        mapping="m",
        scope="s",
        settings="s",
        at=0,
    )


def test_no_edit_changes_the_target_of_any_write():
    """Over all mappings: what is fixed may be repeated or left out, and is sent as it was asked for."""
    fixed_anywhere = 0
    for subject, method, key in keyed():
        mapped = mapping(subject)
        fixed = sorted(fixed_fields(mapped, method, key) - set(mapped.model.path_parameters))
        fixed_anywhere += bool(fixed)
        record = None if method in {"create", "upsert"} else "7"
        path = dict.fromkeys(mapped.model.path_parameters, "p")
        asked = payload(method, {**dict.fromkeys(fixed, "before"), "text": "before"}, record, path, key)
        place = f"{subject} {method}"
        assert edited_body(mapped, asked, {"text": "after"}) == {**asked.body, "text": "after"}, place
        repeated = {**asked.body, **path, "text": "after"} | ({} if record is None else {"id": record})
        assert edited_body(mapped, asked, repeated) == {**asked.body, "text": "after"}, place
        for name in {*fixed, *path, *(() if record is None else ("id",))}:
            for other in ("after", None, ["after"], ""):
                with pytest.raises(ValidationFailed, match=f"/arguments/{name}: cannot be changed"):
                    edited_body(mapped, asked, {"text": "after", name: other})
        bare = payload(method, {"text": "before"}, record, path, key)
        for name in fixed:
            with pytest.raises(ValidationFailed, match="cannot be changed"):
                edited_body(mapped, bare, {"text": "after", name: "added"})
    assert fixed_anywhere > 10


def test_every_field_that_an_address_names_is_fixed():
    for subject, method in WRITES:
        mapped = mapping(subject)
        known = {one.name for one in mapped.model.fields}
        for call in mapped.calls_of(method):
            named = {name.partition(".")[0] for name in fields_in(call.path, call.results)} & known
            assert named - {"id"} <= fixed_fields(mapped, method), f"{subject} {method}"


@pytest.mark.parametrize(
    ("model", "field"),
    [
        ("ticketing.comments", "ticket_id"),
        ("hris.time_off_requests", "employee_id"),
        ("hris.timesheet_entries", "employee_id"),
        ("crm.associations", "source_id"),
        ("crm.associations", "target_id"),
    ],
)
def test_the_parents_of_every_model_that_has_some_are_fixed(model, field):
    found = [one for one, method in WRITES if one.model == model and method == "create"]
    assert found
    for subject in found:
        assert field in fixed_fields(mapping(subject), "create"), subject
