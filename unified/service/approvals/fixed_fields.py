"""Fields of a write that an approver cannot edit, because they say which record it is about or where a new one belongs.

A write with another target is another write: the approver declines this one, and lets the other be requested.
"""

from typing import Any

from unified.errors.requests import ValidationFailed
from unified.service.approvals.payload import ApprovalPayload
from unified.transform.calls.path import fields_in
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of

CANNOT_CHANGE = "cannot be changed; decline, and let another write be asked for"


def fixed_fields(mapping: Mapping, method: str, by: str | None = None) -> frozenset[str]:
    """Return the fields of a body that decide about the target.

    These are ids that only a new record has, what the path names, and the external key by which an upsert finds the record.
    The record's own id is no part of a body.
    """
    known = {one.name: one for one in mapping.model.fields}
    ids = {name for name, one in known.items() if one.access == "c" and one.kind == "id"}
    named = {name.partition(".")[0] for one in mapping.calls_of(method) for name in fields_in(one.path, one.results)}
    key = set[str]() if by is None else {field_of(by, mapping.model)}
    return frozenset((ids | key | (named & set(known))) - {"id"})


def edited_body(mapping: Mapping, payload: ApprovalPayload, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the body with other values; they may repeat what is fixed, as tool arguments do, but not change it.

    Raises:
        ValidationFailed: an argument would change which record it is, or where a new one belongs.
    """
    known = {"id": payload.record_id, "by": payload.by}
    outside = {**payload.path, **{name: one for name, one in known.items() if one is not None}}
    inside = {name: payload.body.get(name) for name in fixed_fields(mapping, payload.method, payload.by) if name not in outside}
    for name, value in {**inside, **outside}.items():
        if name in arguments and arguments[name] != value:
            raise ValidationFailed.at(f"/arguments/{name}", CANNOT_CHANGE)
    kept = {name: payload.body[name] for name in inside if name in payload.body}
    return {**kept, **{name: value for name, value in arguments.items() if name not in {*inside, *outside}}}
