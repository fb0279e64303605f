"""`/crm/v3/objects/{object}/batch/…`: up to 100 records in one call."""

from typing import Any

from unified_sandbox.hubspot import links
from unified_sandbox.hubspot.errors import invalid, property_error
from unified_sandbox.hubspot.objects import archive, create, update
from unified_sandbox.hubspot.records import find, kind_of, show, show_written
from unified_sandbox.hubspot.values import as_text
from unified_sandbox.people import iso
from unified_sandbox.standin import Answer, Incoming, Record, Refused, State

MAX_BATCH = 100


def inputs_of(request: Incoming, highest: int = MAX_BATCH) -> list[Record]:
    """Return the `inputs` of a batch, or HubSpot's 400."""
    inputs = request.fields.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise invalid("Invalid input JSON: expected a list of objects in 'inputs'")
    if not 0 < len(inputs) <= highest:
        raise invalid(f"Expected 1 to {highest} inputs, got {len(inputs)}")
    return inputs


def complete(request: Incoming, results: list[Any], errors: list[Record] | None = None, status: int = 200) -> Answer:
    """Return the form of a batch's answer; with errors it is a 207."""
    at = iso(request.now)
    body: Record = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    if errors:
        return Answer(207, body | {"numErrors": len(errors), "errors": errors})
    return Answer(status, body)


def batch_create(request: Incoming, state: State) -> Answer:
    """Answer 201, or the refusal of the first input that does not hold, with nothing created."""
    kind = kind_of(request)
    made: list[Record] = []
    try:
        for one in inputs_of(request):
            made.append(create(request, state, kind, one))  # noqa: PERF401  # what was made is undone below
    except Refused:
        for record in made:
            links.forget(state, kind.name, record["id"])
            del state[kind.name][record["id"]]
        raise
    return complete(request, [show_written(kind, record) for record in made], status=201)


def batch_read(request: Incoming, state: State) -> Answer:
    """Answer 200, or 207 naming the ids that are not there."""
    kind = kind_of(request)
    body = request.fields
    found: list[Record] = []
    missing: list[str] = []
    for one in inputs_of(request):
        id_ = as_text(one.get("id"))
        record = find(state, kind, id_, body.get("idProperty"))
        if record is None or record["archived"]:
            missing.append(id_)
        else:
            found.append(show(state, kind, record, body.get("properties") or []))
    return complete(request, found, _missing(missing))


def batch_update(request: Incoming, state: State) -> Answer:
    """Answer 200, or 207 naming the ids that are not there."""
    kind = kind_of(request)
    changed: list[Record] = []
    missing: list[str] = []
    for one in inputs_of(request):
        id_ = as_text(one.get("id"))
        record = find(state, kind, id_, one.get("idProperty"))
        if record is None or record["archived"]:
            missing.append(id_)
        else:
            changed.append(show_written(kind, update(request, state, kind, record, one)))
    return complete(request, changed, _missing(missing))


def _missing(ids: list[str]) -> list[Record]:
    if not ids:
        return []
    message = "Could not get some objects, they may be deleted or not exist"
    return [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": message,
            "context": {"ids": ids},
        }
    ]


def batch_upsert(request: Incoming, state: State) -> Answer:
    """Answer 200; each input is found by its `idProperty`, or created with it."""
    kind = kind_of(request)
    results: list[Record] = []
    for one in inputs_of(request):
        key, id_ = one.get("idProperty"), as_text(one.get("id"))
        if not key:
            raise invalid("idProperty is required", [property_error("idProperty", "REQUIRED_FIELD", "missing")])
        record = find(state, kind, id_, key)
        if record is None:
            body = one | {"properties": {key: id_} | one.get("properties", {})}
            results.append(show_written(kind, create(request, state, kind, body)) | {"new": True})
        else:
            changed = update(request, state, kind, record, one)
            results.append(show_written(kind, changed) | {"new": False})
    return complete(request, results)


def batch_archive(request: Incoming, state: State) -> Answer:
    """Answer 204; ids that are not there are passed over."""
    kind = kind_of(request)
    for one in inputs_of(request):
        record = state[kind.name].get(as_text(one.get("id")))
        if record is not None:
            archive(record, request)
    return Answer(204)
