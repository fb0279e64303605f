"""Single records and collections: get, create, update, delete."""

from datetime import datetime
from typing import Any

from unified_sandbox.salesforce.checks import check
from unified_sandbox.salesforce.derived import complete, derive, stamp
from unified_sandbox.salesforce.errors import Problem, missing
from unified_sandbox.salesforce.ids import long_id
from unified_sandbox.salesforce.query import show
from unified_sandbox.salesforce.schema import KINDS, Kind, kind_named
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_COLLECTION = 200


def kind_of(request: Incoming) -> Kind:
    """Return the object in the path; 404 where there is none."""
    kind = kind_named(request.params["object"])
    if kind is None:
        raise missing()
    return kind


def _held(state: State, kind: Kind, text: str) -> Record:
    """Return the record with an id of 15 or 18 characters. Raises the 404 of an id that is none, and of a deleted record."""
    id_ = long_id(text)
    if id_ is None:
        message = f"Provided external ID field does not exist or is not accessible: {text}"
        raise Problem("NOT_FOUND", message, status=404).refused()
    if not id_.startswith(kind.prefix):
        raise Problem("MALFORMED_ID", f"{kind.name} ID: id value of incorrect type: {text}", "Id").refused()
    record = state[kind.name].get(id_)
    if record is None or record.get("IsDeleted"):
        raise missing()
    return record


def get_record(request: Incoming, state: State) -> Answer:
    """Answer 200 with every field, or with those of `fields=`."""
    kind = kind_of(request)
    record = _held(state, kind, request.params["id"])
    names = request.query.words("fields")
    for name in names:
        if kind.find(name) is None:
            raise Problem("INVALID_FIELD", f"No such column '{name}' on entity '{kind.name}'.").refused()
    return Answer(200, show(kind, record, names or list(kind.fields)))


def create_record(request: Incoming, state: State) -> Answer:
    """Answer 201 `{id, success, errors}`."""
    kind = kind_of(request)
    try:
        id_ = _create(state, kind, request.fields, request.now)
    except Problem as problem:
        raise problem.refused() from None
    return Answer(201, {"id": id_, "success": True, "errors": []})


def update_record(request: Incoming, state: State) -> Answer:
    """Answer 204; fields that are not in the body stay."""
    kind = kind_of(request)
    record = _held(state, kind, request.params["id"])
    body = request.fields
    try:
        check(state, kind, body, is_new=False)
    except Problem as problem:
        raise problem.refused() from None
    record |= _spelt(kind, body) | {"LastModifiedDate": stamp(request.now), "SystemModstamp": stamp(request.now)}
    derive(state, kind, record, body, request.now)
    return Answer(204)


def delete_record(request: Incoming, state: State) -> Answer:
    """Answer 204; the record stays in the recycle bin, where queryAll sees it."""
    kind = kind_of(request)
    if not kind.writable:
        raise Problem("INSUFFICIENT_ACCESS_OR_READONLY", f"entity type {kind.name} cannot be deleted").refused()
    held = state[kind.name].get(long_id(request.params["id"]) or "")
    if held is not None and held.get("IsDeleted"):
        raise Problem("ENTITY_IS_DELETED", "entity is deleted", status=404).refused()
    record = _held(state, kind, request.params["id"])
    record |= {"IsDeleted": True, "LastModifiedDate": stamp(request.now), "SystemModstamp": stamp(request.now)}
    return Answer(204)


def create_collection(request: Incoming, state: State) -> Answer:
    """Answer 200 with one entry a record, whatever came of it; `allOrNone` keeps nothing when one fails."""
    records = request.fields.get("records")
    if not isinstance(records, list) or len(records) > MAX_COLLECTION:
        raise Problem("NUMBER_OUTSIDE_VALID_RANGE", f"records: expected a list of at most {MAX_COLLECTION}").refused()
    entries, made = [], []
    for body in records:
        try:
            kind, id_ = _create_one(state, body, request.now)
            made.append((kind, id_))
            entries.append({"id": id_, "success": True, "errors": []})
        except Problem as problem:
            entries.append(problem.entry())
    if request.fields.get("allOrNone") is True and not all(entry["success"] for entry in entries):
        entries = _rolled_back(state, made, entries)
    return Answer(200, entries)


def _create_one(state: State, body: Any, now: datetime) -> tuple[Kind, str]:
    attributes = body.get("attributes") if isinstance(body, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    kind = kind_named(str(name or ""))
    if kind is None:
        raise Problem("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return kind, _create(state, kind, {key: value for key, value in body.items() if key != "attributes"}, now)


def _rolled_back(state: State, made: list[tuple[Kind, str]], entries: list[Record]) -> list[Record]:
    for kind, id_ in made:
        del state[kind.name][id_]
    rolled = Problem("ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid").entry()
    return [rolled if entry["success"] else entry for entry in entries]


def _create(state: State, kind: Kind, body: Record, now: datetime) -> str:
    if not kind.writable:
        raise Problem("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {kind.name} is not createable")
    check(state, kind, body, is_new=True)
    record = complete(state, kind, _spelt(kind, body), now)
    derive(state, kind, record, body, now)
    state[kind.name][record["Id"]] = record
    return str(record["Id"])


def _spelt(kind: Kind, body: Record) -> Record:
    return {field.name: value for name, value in body.items() if (field := kind.find(name)) is not None}


def plant(state: State, resource: str, id_: str, record: Record) -> None:
    """Take a record of the control surface in, with nulls for the fields that it does not give."""
    kind = KINDS.get(resource)
    if kind is None:
        state[resource][id_] = record
        return
    blank = {field.name: False if field.type == "boolean" else None for field in kind.fields.values()}
    state[resource][id_] = blank | {"OwnerId": None} | record | {"Id": id_}
