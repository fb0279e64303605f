"""What Salesforce refuses in the body of a write: unknown and closed fields, wrong values, missing ones."""

import re
from datetime import date, datetime
from typing import Any

from unified_sandbox.salesforce.errors import Problem
from unified_sandbox.salesforce.ids import long_id
from unified_sandbox.salesforce.schema import KINDS, NUMBERS, Field, Kind
from unified_sandbox.standin import Record, State

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE_FIELDS = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}


def check(state: State, kind: Kind, body: Record, *, is_new: bool) -> None:
    """Raise the Problem of the first field that cannot be taken."""
    for name, value in body.items():
        field = kind.find(name)
        if field is None:
            raise Problem("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
        if not (field.createable if is_new else field.updateable):
            message = f"Unable to create/update fields: {field.name}. Please check the security settings of this field."
            raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", message, field.name)
        if value is not None:
            _check_value(state, field, value)
    absent = [
        field.name
        for field in kind.fields.values()
        if field.required and (field.name in body or is_new) and body.get(field.name) in {None, ""}
    ]
    if absent:
        raise Problem("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(absent)}]", *absent)
    if kind.name == "Event" and (not _has_time(body) if is_new else _loses_time(body)):
        raise Problem("REQUIRED_FIELD_MISSING", "Required fields are missing: [StartDateTime, EndDateTime]", "StartDateTime")


def _has_time(body: Record) -> bool:
    return bool(body.get("StartDateTime")) and bool(body.get("EndDateTime") or body.get("DurationInMinutes") is not None)


def _loses_time(body: Record) -> bool:
    start, end = body.get("StartDateTime", ""), body.get("EndDateTime", "")
    return start is None or (end is None and body.get("DurationInMinutes") is None)


def _check_value(state: State, field: Field, value: Any) -> None:
    if isinstance(value, list | dict):
        token = "START_ARRAY" if isinstance(value, list) else "START_OBJECT"
        raise Problem("JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.type} from {token}", field.name)
    if not _fits(field, value):
        raise Problem("JSON_PARSER_ERROR", f"Cannot deserialize instance of {field.type} from the value given", field.name)
    text = str(value)
    if field.length and len(text) > field.length:
        raise Problem("STRING_TOO_LONG", f"{field.name}: data value too large (max length={field.length})", field.name)
    if field.restricted and text not in field.values:
        message = f"{field.name}: bad value for restricted picklist field: {text}"
        raise Problem("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field.name)
    if field.type == "email" and not _EMAIL.fullmatch(text):
        raise Problem("INVALID_EMAIL_ADDRESS", f"{field.name}: invalid email address: {text}", field.name)
    if field.type == "reference":
        _check_reference(state, field, text)


def _fits(field: Field, value: Any) -> bool:
    if field.type == "boolean":
        return isinstance(value, bool)
    if field.type in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if reader := _DATE_FIELDS.get(field.type):
        try:
            reader(str(value))
        except ValueError:
            return False
    return isinstance(value, str)


def _check_reference(state: State, field: Field, text: str) -> None:
    id_ = long_id(text)
    if id_ is None:
        raise Problem("MALFORMED_ID", f"{field.name}: id value of incorrect type: {text}", field.name)
    targets = [KINDS[name] for name in field.refers if id_.startswith(KINDS[name].prefix)]
    if not targets:
        raise Problem("FIELD_INTEGRITY_EXCEPTION", f"{field.name}: id value of incorrect type: {text}", field.name)
    target = state[targets[0].name].get(id_)
    if target is None or target.get("IsDeleted"):
        raise Problem("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", field.name)
