"""What an account is like: properties, pipelines, owners, custom object schemas, the account itself."""

from unified_sandbox.hubspot.errors import invalid, not_found, refuse
from unified_sandbox.hubspot.objects import page_size
from unified_sandbox.hubspot.records import definitions_of, kind_of
from unified_sandbox.hubspot.schema import OBJECTS, PORTAL, STAMP, ObjectType, Property
from unified_sandbox.paging import after_id
from unified_sandbox.people import iso
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State


def list_properties(request: Incoming, state: State) -> Answer:
    """Return every property definition, standard and custom; this list is not paged."""
    kind = kind_of(request)
    shown = [_property(kind, one) for one in definitions_of(state, kind).values()]
    return Answer(200, {"results": shown})


def get_property(request: Incoming, state: State) -> Answer:
    """Return one property definition."""
    kind = kind_of(request)
    found = definitions_of(state, kind).get(request.params["name"])
    if found is None:
        raise not_found()
    return Answer(200, _property(kind, found))


def create_property(request: Incoming, state: State) -> Answer:
    """Answer 201; the new property can be written at once."""
    kind = kind_of(request)
    body = request.fields
    missing = [name for name in ("name", "label", "type", "fieldType", "groupName") if not body.get(name)]
    if missing:
        raise invalid(f"Some required fields were not set: {', '.join(missing)}")
    if body["name"] in definitions_of(state, kind):
        raise Refused(refuse(409, "CONFLICT", f"A property named '{body['name']}' already exists."))
    state["properties"][f"{kind.name}:{body['name']}"] = body | {"createdAt": iso(request.now)}
    return Answer(201, _property(kind, definitions_of(state, kind)[body["name"]]))


def _property(kind: ObjectType, one: Property) -> Record:
    options = [
        {"label": value.replace("_", " ").capitalize(), "value": value, "displayOrder": place, "hidden": False}
        for place, value in enumerate(one.options)
    ]
    return {
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "fieldType": one.field_type,
        "description": "",
        "groupName": f"{kind.singular}information",
        "options": options,
        "displayOrder": -1,
        "calculated": one.read_only,
        "externalOptions": one.name == "hubspot_owner_id",
        "hasUniqueValue": one.name == "hs_object_id",
        "hidden": False,
        "hubspotDefined": not one.custom,
        "formField": not one.read_only,
        "modificationMetadata": {
            "archivable": one.custom,
            "readOnlyDefinition": not one.custom,
            "readOnlyValue": one.read_only,
        },
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "archived": False,
    }


def list_pipelines(request: Incoming, state: State) -> Answer:
    """Return the pipelines of an object type; types without pipelines have none."""
    kind = kind_of(request)
    return Answer(200, {"results": [_bare(one) for one in state["pipelines"].values() if one["object"] == kind.name]})


def _pipeline(request: Incoming, state: State) -> Record:
    found = state["pipelines"].get(request.params["id"])
    if found is None or found["object"] != kind_of(request).name:
        raise not_found()
    return found


def get_pipeline(request: Incoming, state: State) -> Answer:
    """Return one pipeline with its stages."""
    return Answer(200, _bare(_pipeline(request, state)))


def list_stages(request: Incoming, state: State) -> Answer:
    """Return the stages of a pipeline, in order."""
    return Answer(200, {"results": _pipeline(request, state)["stages"]})


def _bare(pipeline: Record) -> Record:
    return {name: value for name, value in pipeline.items() if name != "object"}


def list_owners(request: Incoming, state: State) -> Answer:
    """Return a page of owners, of one mail address if asked, archived ones only if asked."""
    archived = request.query.get("archived") == "true"
    email = request.query.get("email")
    rows = [one for one in state["owners"].values() if one["archived"] == archived and email in {None, one["email"]}]
    page = after_id(rows, request.query.get("after"), page_size(request, 500, 100))
    body: Record = {"results": page.rows}
    if page.next:
        body["paging"] = {"next": {"after": page.next, "link": f"{request.url}?after={page.next}"}}
    return Answer(200, body)


def get_owner(request: Incoming, state: State) -> Answer:
    """Return one owner by id, or by `idProperty=userId`."""
    archived = request.query.get("archived") == "true"
    key = request.query.get("idProperty", "id")
    for owner in state["owners"].values():
        if str(owner.get(key)) == request.params["id"] and owner["archived"] == archived:
            return Answer(200, owner)
    raise not_found()


def list_schemas(_request: Incoming, state: State) -> Answer:
    """Return the custom object types."""
    return Answer(200, {"results": [_schema(state, kind) for kind in OBJECTS.values() if kind.type_id[0] == "2"]})


def get_schema(request: Incoming, state: State) -> Answer:
    """Return one object type."""
    return Answer(200, _schema(state, kind_of(request)))


def _schema(state: State, kind: ObjectType) -> Record:
    name = kind.singular.removeprefix("p_") if kind.type_id[0] == "2" else kind.name
    return {
        "id": kind.type_id.rpartition("-")[2],
        "objectTypeId": kind.type_id,
        "name": name,
        "fullyQualifiedName": f"p{PORTAL}_{name}" if kind.type_id[0] == "2" else name.upper(),
        "labels": {"singular": name.removesuffix("s").capitalize(), "plural": name.capitalize()},
        "primaryDisplayProperty": kind.shown_as,
        "requiredProperties": list(kind.required),
        "searchableProperties": list(kind.searched),
        "secondaryDisplayProperties": list(kind.searched[1:]),
        "properties": [_property(kind, one) for one in definitions_of(state, kind).values()],
        "createdAt": STAMP,
        "updatedAt": STAMP,
        "archived": False,
    }


def account(_request: Incoming, _state: State) -> Answer:
    """Return the account's own data; a cheap call to see whether credentials work."""
    return Answer(
        200,
        {
            "portalId": int(PORTAL),
            "accountType": "DEVELOPER_TEST",
            "timeZone": "Europe/Berlin",
            "companyCurrency": "EUR",
            "additionalCurrencies": ["USD"],
            "utcOffset": "+01:00",
            "utcOffsetMilliseconds": 3600000,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "eu1",
        },
    )
