"""`/organizations`, `/groups`, `/tags`, the ticket statuses and the definitions of fields."""

from collections import Counter

from unified_sandbox.people import iso_s
from unified_sandbox.standin import Answer, Handler, Incoming, Record, Refused, State
from unified_sandbox.zendesk.errors import bad_request, invalid, not_found, refuse
from unified_sandbox.zendesk.pages import exported_by_time, listed, public

WRITABLE = ("name", "domain_names", "details", "notes", "tags", "external_id", "group_id")


def find_organization(state: State, id_: str) -> Record:
    """Return an organization that is not deleted."""
    found = state["organizations"].get(id_)
    if found is None or found["deleted_at"]:
        raise not_found()
    return found


def _plain(organization: Record) -> Record:
    """Return an organization outside of exports: without `deleted_at`."""
    return {name: value for name, value in public(organization).items() if name != "deleted_at"}


def _live(state: State) -> list[Record]:
    return [row for row in state["organizations"].values() if not row["deleted_at"]]


def list_organizations(request: Incoming, state: State) -> Answer:
    """Return organizations that are not deleted."""
    return Answer(200, listed(request, "organizations", _live(state), _plain))


def show_organizations(request: Incoming, state: State) -> Answer:
    """Return the organizations of up to 100 `ids`."""
    ids = request.query.words("ids")
    if not 1 <= len(ids) <= 100:
        raise bad_request("TooManyValues", "ids: expected 1 to 100")
    rows = [row for row in _live(state) if str(row["id"]) in ids]
    return Answer(200, listed(request, "organizations", rows, _plain))


def search_organizations(request: Incoming, state: State) -> Answer:
    """Return organizations of one name, upper and lower case alike."""
    name = request.query.get("name", "")
    if not name:
        raise bad_request("BadRequest", "Parameter name or external_id is required")
    rows = [row for row in _live(state) if row["name"].casefold() == name.casefold()]
    return Answer(200, listed(request, "organizations", rows, _plain))


def export_organizations(request: Incoming, state: State) -> Answer:
    """Answer `/incremental/organizations`: changed since, by time, deleted ones too."""
    rows = sorted(state["organizations"].values(), key=lambda row: (row["updated_at"], row["id"]))
    return Answer(200, exported_by_time(request, "organizations", rows))


def get_organization(request: Incoming, state: State) -> Answer:
    """Return one organization."""
    return Answer(200, {"organization": _plain(find_organization(state, request.params["id"]))})


def create_organization(request: Incoming, state: State) -> Answer:
    """Answer 201; a name is needed and taken once."""
    body = _body(request)
    _check_name(state, body.get("name"), None)
    id_ = state.new_id("organizations", 128)
    organization = blank_organization(int(id_), iso_s(request.now))
    _set(state, organization, body)
    state["organizations"][id_] = organization
    return Answer(201, {"organization": _plain(organization)}, {"Location": f"{request.url}/{id_}.json"})


def update_organization(request: Incoming, state: State) -> Answer:
    """Answer 200 with the organization."""
    organization = find_organization(state, request.params["id"])
    body = _body(request)
    if "name" in body:
        _check_name(state, body["name"], organization["id"])
    _set(state, organization, body)
    organization["updated_at"] = iso_s(request.now)
    return Answer(200, {"organization": _plain(organization)})


def delete_organization(request: Incoming, state: State) -> Answer:
    """Answer 204; from then on only the export knows it."""
    organization = find_organization(state, request.params["id"])
    organization |= {"deleted_at": iso_s(request.now), "updated_at": iso_s(request.now)}
    return Answer(204)


def _body(request: Incoming) -> Record:
    body = request.fields.get("organization")
    if not isinstance(body, dict):
        raise Refused(refuse(400, "BadRequest", "Parameter organization is required"))
    return body


def _check_name(state: State, name: object, own_id: int | None) -> None:
    text = str(name or "").strip()
    if not text:
        raise invalid(name=("Name: cannot be blank", "BlankValue"))
    if any(row["name"].casefold() == text.casefold() and row["id"] != own_id for row in _live(state)):
        raise invalid(name=("Name: has already been taken", "DuplicateValue"))


def _set(state: State, organization: Record, body: Record) -> None:
    organization |= {name: body[name] for name in WRITABLE if name in body}
    known = {field["key"] for field in state["organization_fields"].values()}
    given = body.get("organization_fields") or {}
    organization["organization_fields"] |= {name: value for name, value in given.items() if name in known}


def blank_organization(id_: int, stamp: str) -> Record:
    """Return an organization with every key that Zendesk shows."""
    return {
        "url": f"https://demo.zendesk.com/api/v2/organizations/{id_}.json",
        "id": id_,
        "name": "",
        "shared_tickets": False,
        "shared_comments": False,
        "external_id": None,
        "created_at": stamp,
        "updated_at": stamp,
        "domain_names": [],
        "details": None,
        "notes": None,
        "group_id": None,
        "tags": [],
        "organization_fields": {},
        "deleted_at": None,
    }


def list_groups(request: Incoming, state: State) -> Answer:
    """Return the groups, deleted ones too unless `exclude_deleted`."""
    hidden = request.query.get("exclude_deleted") == "true"
    rows = [row for row in state["groups"].values() if not (hidden and row["deleted"])]
    return Answer(200, listed(request, "groups", rows))


def list_tags(request: Incoming, state: State) -> Answer:
    """Return tags of tickets with their counts, the most used first."""
    rows = [{"id": name, "name": name, "count": count} for name, count in _counts(state)]
    return Answer(200, listed(request, "tags", rows, lambda row: {"name": row["name"], "count": row["count"]}))


def complete_tags(request: Incoming, state: State) -> Answer:
    """Return tags that begin with `name`, of two letters or more, as bare words."""
    start = request.query.get("name", "")
    if len(start) < 2:
        raise bad_request("InvalidValue", "name: expected at least two characters")
    return Answer(200, {"tags": [name for name, _ in _counts(state) if name.startswith(start)]})


def _counts(state: State) -> list[tuple[str, int]]:
    counts = Counter(tag for row in state["tickets"].values() if row["status"] != "deleted" for tag in row["tags"])
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def list_statuses(request: Incoming, state: State) -> Answer:
    """Return ticket statuses, all in one answer; `active` narrows them."""
    wanted = request.query.get("active")
    rows = [row for row in state["custom_statuses"].values() if wanted is None or row["active"] == (wanted == "true")]
    return Answer(200, {"custom_statuses": rows})


def get_one(table: str, key: str) -> Handler:
    """Return the handler that shows one record of a table under a key."""

    def handler(request: Incoming, state: State) -> Answer:
        found = state[table].get(request.params["id"])
        if found is None:
            raise not_found()
        return Answer(200, {key: public(found)})

    return handler


def list_all(table: str) -> Handler:
    """Return the handler that lists a whole table."""

    def handler(request: Incoming, state: State) -> Answer:
        return Answer(200, listed(request, table, list(state[table].values())))

    return handler
