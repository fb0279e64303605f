"""`/crm/v4/objects/…/associations/…` and `/crm/v4/associations/…/batch/…`."""

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.batch import complete, inputs_of
from unified_sandbox.hubspot.errors import invalid, not_found
from unified_sandbox.hubspot.objects import page_size
from unified_sandbox.hubspot.records import kind_of
from unified_sandbox.hubspot.schema import ObjectType
from unified_sandbox.hubspot.values import as_text
from unified_sandbox.paging import after_id
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_LINKS = 500
MAX_INPUTS = 2000


def _pair(request: Incoming) -> tuple[ObjectType, ObjectType]:
    source, target = kind_of(request, "from"), kind_of(request, "to")
    if (source.name, target.name) not in links.TYPES:
        raise invalid(f"No association types exist from {source.name} to {target.name}")
    return source, target


def _living(state: State, kind: ObjectType, id_: str) -> None:
    record = state[kind.name].get(id_)
    if record is None or record["archived"]:
        raise not_found()


def list_associations(request: Incoming, state: State) -> Answer:
    """Return a page of linked ids, which are JSON numbers in this version."""
    source, target = _pair(request)
    _living(state, source, request.params["id"])
    rows = _shown(state, source, request.params["id"], target)
    page = after_id(rows, request.query.get("after"), page_size(request, MAX_LINKS, MAX_LINKS), "toObjectId")
    body: Record = {"results": page.rows}
    if page.next:
        body["paging"] = {"next": {"after": page.next, "link": f"{request.url}?after={page.next}"}}
    return Answer(200, body)


def _shown(state: State, source: ObjectType, id_: str, target: ObjectType) -> list[Record]:
    return [
        {"toObjectId": int(to_id), "associationTypes": [links.spec(type_id) for type_id in type_ids]}
        for to_id, type_ids in links.of(state, source.name, id_, target.name).items()
    ]


def list_labels(request: Incoming, _state: State) -> Answer:
    """Return the types that two kinds of records can be linked with."""
    source, target = _pair(request)
    return Answer(200, {"results": [links.spec(type_id) for type_id in links.TYPES[source.name, target.name]]})


def put_default(request: Incoming, state: State) -> Answer:
    """Link two records with the default type; linking twice changes nothing."""
    source, target = _pair(request)
    id_, to_id = request.params["id"], request.params["to_id"]
    return complete(request, [_linked(state, source, id_, target, to_id)])


def _linked(state: State, source: ObjectType, id_: str, target: ObjectType, to_id: str) -> Record:
    _living(state, source, id_)
    _living(state, target, to_id)
    links.link(state, source.name, id_, target.name, to_id)
    type_id = links.TYPES[source.name, target.name][-1]
    spec = {"associationCategory": links.spec(type_id)["category"], "associationTypeId": type_id}
    return {"from": {"id": id_}, "to": {"id": to_id}, "associationSpec": spec}


def put_labelled(request: Incoming, state: State) -> Answer:
    """Answer 201; the body is a list of types, of which a primary one replaces the earlier primary."""
    source, target = _pair(request)
    id_, to_id = request.params["id"], request.params["to_id"]
    _living(state, source, id_)
    _living(state, target, to_id)
    _link_typed(state, (source, id_), (target, to_id), request.json)
    ids = {"fromObjectTypeId": source.type_id, "fromObjectId": int(id_)}
    return Answer(201, ids | {"toObjectTypeId": target.type_id, "toObjectId": int(to_id), "labels": []})


def _link_typed(state: State, source: tuple[ObjectType, str], target: tuple[ObjectType, str], types: list[Record]) -> None:
    type_ids: set[int] = {one.get("associationTypeId", 0) for one in types}
    known = links.TYPES[source[0].name, target[0].name]
    if not type_ids or not type_ids.issubset(known):
        raise invalid(f"Invalid association types {sorted(map(str, type_ids))}; known: {list(known)}")
    links.link_typed(state, (source[0].name, source[1]), (target[0].name, target[1]), type_ids)


def delete_association(request: Incoming, state: State) -> Answer:
    """Answer 204, also when there was no link."""
    source, target = _pair(request)
    links.unlink(state, source.name, request.params["id"], target.name, request.params["to_id"])
    return Answer(204)


def batch_read(request: Incoming, state: State) -> Answer:
    """Return the links of up to 1,000 records; those without any are left out."""
    source, target = _pair(request)
    ids = [as_text(one.get("id")) for one in inputs_of(request, 1000)]
    rows = [(id_, _shown(state, source, id_, target)) for id_ in ids]
    return complete(request, [{"from": {"id": id_}, "to": shown} for id_, shown in rows if shown])


def batch_create(request: Incoming, state: State) -> Answer:
    """Answer 201; every input names its types."""
    source, target = _pair(request)
    results: list[Record] = []
    for one in inputs_of(request, MAX_INPUTS):
        id_, to_id = _ends(one)
        _living(state, source, id_)
        _living(state, target, to_id)
        _link_typed(state, (source, id_), (target, to_id), one.get("types") or [])
        ids = {"fromObjectTypeId": source.type_id, "fromObjectId": int(id_)}
        results.append(ids | {"toObjectTypeId": target.type_id, "toObjectId": int(to_id), "labels": []})
    return complete(request, results, status=201)


def batch_default(request: Incoming, state: State) -> Answer:
    """Answer 200; every pair gets the default type."""
    source, target = _pair(request)
    pairs = [_ends(one) for one in inputs_of(request, MAX_INPUTS)]
    return complete(request, [_linked(state, source, id_, target, to_id) for id_, to_id in pairs])


def _ends(one: Record) -> tuple[str, str]:
    return as_text(one.get("from", {}).get("id")), as_text(one.get("to", {}).get("id"))


def batch_archive(request: Incoming, state: State) -> Answer:
    """Answer 204; `to` is a list here."""
    source, target = _pair(request)
    for one in inputs_of(request, MAX_INPUTS):
        for to in one.get("to") or []:
            links.unlink(state, source.name, as_text(one["from"]["id"]), target.name, as_text(to.get("id")))
    return Answer(204)
