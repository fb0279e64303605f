"""`/crm/v3/objects/{object}`: list, get, create, update, archive."""

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.errors import invalid, not_found, property_error
from unified_sandbox.hubspot.records import (
    conflict,
    definitions_of,
    find,
    fresh_id,
    kind_of,
    new_record,
    show,
    show_written,
    touch,
)
from unified_sandbox.hubspot.schema import ObjectType
from unified_sandbox.hubspot.values import as_text, written
from unified_sandbox.paging import after_id
from unified_sandbox.people import iso
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_PAGE = 100


def list_objects(request: Incoming, state: State) -> Answer:
    """Return a page in order of id; archived records only when asked for, and then alone."""
    kind = kind_of(request)
    limit = page_size(request, MAX_PAGE)
    archived = request.query.get("archived") == "true"
    rows = [row for row in state[kind.name].values() if row["archived"] == archived]
    rows.sort(key=lambda row: int(row["id"]) if row["id"].isdecimal() else 0)
    page = after_id(rows, request.query.get("after"), limit)
    asked, linked = request.query.words("properties"), request.query.words("associations")
    body: Record = {"results": [show(state, kind, row, asked, linked) for row in page.rows]}
    if page.next:
        link = f"{request.url}?limit={limit}&after={page.next}"
        body["paging"] = {"next": {"after": page.next, "link": link}}
    return Answer(200, body)


def page_size(request: Incoming, highest: int, default: int = 10) -> int:
    """Return the asked `limit`, or HubSpot's 400 for one that is too large."""
    limit = request.query.number("limit", default)
    if limit is None or not 0 < limit <= highest:
        raise invalid(f"Invalid limit: the highest is {highest}")
    return limit


def get_object(request: Incoming, state: State) -> Answer:
    """Return one record by id or `idProperty`; an archived one only with `archived=true`."""
    kind = kind_of(request)
    record = find(state, kind, request.params["id"], request.query.get("idProperty"))
    if record is None or record["archived"] != (request.query.get("archived") == "true"):
        raise not_found()
    asked, linked = request.query.words("properties"), request.query.words("associations")
    return Answer(200, show(state, kind, record, asked, linked))


def create_object(request: Incoming, state: State) -> Answer:
    """Answer 201 with every property that has a value."""
    kind = kind_of(request)
    return Answer(201, show_written(kind, create(request, state, kind, request.fields)))


def create(request: Incoming, state: State, kind: ObjectType, body: Record) -> Record:
    """Check, store and link one new record."""
    properties = written(kind, definitions_of(state, kind), body.get("properties", {}))
    values = {name: value for name, value in properties.items() if value is not None}
    missing = [name for name in kind.required if name not in values]
    if missing:
        errors = [property_error(name, "REQUIRED_FIELD", f'"{name}" is required') for name in missing]
        raise invalid(f"Some required properties were not set: {', '.join(missing)}", errors)
    _refuse_taken_email(state, kind, values)
    targets = [_target(state, kind, association) for association in body.get("associations") or []]
    if kind.name == "leads" and "contacts" not in {target for target, _, _ in targets}:
        raise invalid("A lead must be associated with a contact")
    record = new_record(kind, fresh_id(state, kind), values, request.now)
    state[kind.name][record["id"]] = record
    for target, to_id, type_ids in targets:
        links.link_typed(state, (kind.name, record["id"]), (target, to_id), type_ids)
    return record


def _refuse_taken_email(state: State, kind: ObjectType, values: dict[str, str], own_id: str = "") -> None:
    email = values.get("email")
    if kind.name != "contacts" or not email:
        return
    taken = find(state, kind, email, "email")
    if taken is not None and taken["id"] != own_id and not taken["archived"]:
        raise conflict(taken["id"])


def _target(state: State, kind: ObjectType, association: Record) -> tuple[str, str, set[int]]:
    """Return table, id and types of a link in a create's body; its type id determines the table."""
    to_id = as_text(association.get("to", {}).get("id"))
    type_ids = [one.get("associationTypeId") for one in association.get("types", [])]
    pairs = {links.PAIRS.get(type_id) for type_id in type_ids}
    pair = next(iter(pairs), None)
    if len(pairs) != 1 or pair is None or pair[0] != kind.name:
        raise invalid(f"Invalid association types {type_ids} from {kind.name}")
    if to_id not in state[pair[1]]:
        raise invalid(f"{pair[1]} with id {to_id} does not exist")
    return pair[1], to_id, set(type_ids)


def update_object(request: Incoming, state: State) -> Answer:
    """Answer 200 with every property that has a value; `""` clears one."""
    kind = kind_of(request)
    record = find(state, kind, request.params["id"], request.query.get("idProperty"))
    if record is None or record["archived"]:
        raise not_found()
    return Answer(200, show_written(kind, update(request, state, kind, record, request.fields)))


def update(request: Incoming, state: State, kind: ObjectType, record: Record, body: Record) -> Record:
    """Check and lay the sent properties over the record."""
    properties = written(kind, definitions_of(state, kind), body.get("properties", {}))
    _refuse_taken_email(state, kind, {name: value for name, value in properties.items() if value}, record["id"])
    if properties.get("dealstage") not in {None, record["properties"].get("dealstage")}:
        properties["hs_v2_date_entered_current_stage"] = iso(request.now)
    record["properties"] |= properties
    touch(kind, record, request.now)
    return record


def archive_object(request: Incoming, state: State) -> Answer:
    """Answer 204, also for a record that was archived before; an unknown id is a 404."""
    record = state[kind_of(request).name].get(request.params["id"])
    if record is None:
        raise not_found()
    archive(record, request)
    return Answer(204)


def archive(record: Record, request: Incoming) -> None:
    """Move a record to the recycling bin, once."""
    if not record["archived"]:
        record["archived"] = True
        record["archivedAt"] = iso(request.now)
