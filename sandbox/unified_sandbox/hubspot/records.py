"""Records as HubSpot holds them, and as it shows them: asked properties only, system properties filled in."""

from datetime import datetime
from typing import Any

import msgspec

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.errors import invalid
from unified_sandbox.hubspot.schema import OBJECTS, PORTAL, ObjectType, Property, resolve
from unified_sandbox.people import iso
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State

PROBABILITY = {
    "appointmentscheduled": "0.2",
    "qualifiedtobuy": "0.4",
    "presentationscheduled": "0.6",
    "decisionmakerboughtin": "0.8",
    "contractsent": "0.9",
    "closedwon": "1",
    "closedlost": "0",
    "9410001": "0.3",
    "9410002": "1",
    "9410003": "0",
}
CLOSED_STAGE = "4"
"""The stage of the ticket pipeline that closes a ticket."""


def kind_of(request: Incoming, name: str = "object") -> ObjectType:
    """Return the object type that the path names, or HubSpot's 400."""
    found = resolve(request.params[name])
    if found is None:
        raise invalid(f"Unable to infer object type from: {request.params[name]}")
    return OBJECTS[found]


def definitions_of(state: State, kind: ObjectType) -> dict[str, Property]:
    """Return the type's properties and those that were added while running (`state["properties"]`)."""
    added = state.get("properties", {})
    prefix = f"{kind.name}:"
    extra = {
        record["name"]: Property(
            name=record["name"],
            label=record["label"],
            type=record["type"],
            field_type=record["fieldType"],
            options=tuple(option["value"] for option in record.get("options", ())),
            custom=True,
        )
        for key, record in added.items()
        if key.startswith(prefix)
    }
    return kind.properties | extra


def find(state: State, kind: ObjectType, id_: str, id_property: str | None = None) -> Record | None:
    """Return a record by id, or by another property's value."""
    table = state[kind.name]
    if id_property in {None, "hs_object_id"}:
        return table.get(id_)
    wanted = id_.lower()
    matching = (row for row in table.values() if (row["properties"].get(id_property) or "").lower() == wanted)
    return next(matching, None)


def fresh_id(state: State, kind: ObjectType) -> str:
    """Return the next id of the table; ids beyond 2^53, which are there to surprise, are not counted on."""
    ids = [int(id_) for id_ in state[kind.name] if id_.isdecimal() and len(id_) < 14]
    return str(max(ids, default=70_000_000_000) + 13)


def new_record(kind: ObjectType, id_: str, properties: dict[str, str], now: datetime) -> Record:
    """Return a record as it is held, with its system properties."""
    record: Record = {"id": id_, "properties": dict(properties), "archived": False}
    record["createdAt"] = properties.get(kind.created) or iso(now)
    record["properties"] |= {"hs_object_id": id_, kind.created: record["createdAt"]}
    touch(kind, record, now)
    return record


def touch(kind: ObjectType, record: Record, now: datetime) -> None:
    """Stamp a changed record and derive what HubSpot derives."""
    record["updatedAt"] = iso(now)
    properties = record["properties"]
    properties[kind.modified] = record["updatedAt"]
    if kind.name == "deals":
        probability = PROBABILITY.get(properties.get("dealstage", ""), "0.2")
        properties["hs_deal_stage_probability"] = probability
        properties["hs_is_closed"] = str(probability in {"0", "1"}).lower()
        properties["hs_is_closed_won"] = str(probability == "1").lower()
        properties["hs_is_closed_lost"] = str(probability == "0").lower()
        properties["hs_projected_amount"] = _projected(properties.get("amount"), probability)
        properties.setdefault("hs_v2_date_entered_current_stage", record["createdAt"])
    if kind.name == "tickets":
        closed = properties.get("hs_pipeline_stage") == CLOSED_STAGE
        properties["hs_is_closed"] = str(closed).lower()
        properties.setdefault("hs_pipeline", "0")
        properties["closed_date"] = (properties.get("closed_date") or record["updatedAt"]) if closed else None
    if kind.name == "emails" and properties.get("hs_email_headers"):
        properties |= _ends(properties["hs_email_headers"])
    if kind.name == "tasks" and properties.get("hs_task_status") == "COMPLETED":
        properties.setdefault("hs_task_completion_date", record["updatedAt"])


def _projected(amount: str | None, probability: str) -> str | None:
    return None if amount is None else f"{float(amount) * float(probability):g}"


def _ends(headers: str) -> dict[str, str | None]:
    """Return sender and recipients, which HubSpot takes out of the headers' JSON."""
    try:
        ends = msgspec.json.decode(headers, type=dict[str, Any])
    except msgspec.DecodeError:
        raise invalid("hs_email_headers is not valid JSON") from None
    sender = ends.get("from") or {}
    lists = {name: ";".join(one.get("email") or "" for one in ends.get(name) or []) or None for name in ("to", "cc", "bcc")}
    return {
        "hs_email_from_email": sender.get("email"),
        "hs_email_from_firstname": sender.get("firstName"),
        "hs_email_from_lastname": sender.get("lastName"),
    } | {f"hs_email_{name}_email": text for name, text in lists.items()}


def plant(state: State, resource: str, id_: str, record: Record) -> None:
    """Take a record of the control surface in; records of objects get what the account would have filled in."""
    if resource not in OBJECTS:
        state[resource][id_] = record
        return
    kind = OBJECTS[resource]
    properties = dict(record.get("properties", {}))
    created = record.get("createdAt") or properties.get(kind.created) or "2026-11-01T00:00:00.000Z"
    updated = record.get("updatedAt") or properties.get(kind.modified) or created
    stamps = {"hs_object_id": id_, kind.created: created, kind.modified: updated}
    filled = {"id": id_, "createdAt": created, "updatedAt": updated, "archived": False}
    state[resource][id_] = filled | record | {"properties": stamps | properties}


def show(state: State, kind: ObjectType, record: Record, asked: list[str], linked: list[str] | None = None) -> Record:
    """Return a record as an answer holds it: the asked and the identifying properties, null where there is no value.

    Names that the account does not define are left out in silence.
    """
    known = definitions_of(state, kind)
    always = ("hs_object_id", kind.created, kind.modified)
    names = sorted({name for name in asked if name in known} | set(always)) if asked else sorted(kind.defaults)
    properties = record["properties"]
    return envelope(kind, record, {name: properties.get(name) for name in names}) | _linked(state, kind, record, linked or [])


def show_written(kind: ObjectType, record: Record) -> Record:
    """Return a record as a write answers it: every property that has a value."""
    values = {name: value for name, value in sorted(record["properties"].items()) if value is not None}
    return envelope(kind, record, values)


def envelope(kind: ObjectType, record: Record, properties: Record) -> Record:
    """Return the outer form that all answers share."""
    shown: Record = {
        "id": record["id"],
        "properties": properties,
        "createdAt": record["createdAt"],
        "updatedAt": record["updatedAt"],
        "archived": record["archived"],
        "url": f"https://app.hubspot.com/contacts/{PORTAL}/record/{kind.type_id}/{record['id']}",
    }
    return shown | ({"archivedAt": record["archivedAt"]} if record["archived"] else {})


def _linked(state: State, kind: ObjectType, record: Record, names: list[str]) -> Record:
    """Return the `associations` of a record; a primary link is there twice, as HubSpot gives it. Absent without any."""
    shown: Record = {}
    for name in names:
        target = resolve(name)
        if target is None:
            raise invalid(f"Unable to infer object type from: {name}")
        rows = [
            {"id": id_, "type": links.label(kind, OBJECTS[target], type_id)}
            for id_, type_ids in links.of(state, kind.name, record["id"], target).items()
            for type_id in type_ids
        ]
        if rows:
            shown[f"p{PORTAL}_cars" if target == "2-1001" else target] = {"results": rows}
    return {"associations": shown} if shown else {}


def conflict(id_: str) -> Refused:
    """Return the 409 of a contact with a mail address that another contact has."""
    body = {
        "status": "error",
        "message": f"Contact already exists. Existing ID: {id_}",
        "category": "CONFLICT",
    }
    return Refused(Answer(409, body))
