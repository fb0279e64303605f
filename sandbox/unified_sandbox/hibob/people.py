"""People: search, read, create, update, and the calls for what is no plain field (e-mail, start, end)."""

from datetime import date
from typing import Any

from unified_sandbox.hibob.company import FIELDS, item_id, label
from unified_sandbox.hibob.data import COMPANY
from unified_sandbox.hibob.errors import invalid, not_found
from unified_sandbox.standin import Answer, Incoming, Record, State

MAX_FIELDS = 400
_BASIC = ("root", "about", "work")
"""Sections of an answer for which no fields were asked."""
_READABLE = {"", "APPEND", "REPLACE"}
_FIXED = frozenset(("root.id", "root.fullName", "root.companyId", "root.creationDateTime", "root.email", "work.startDate"))


def search(request: Incoming, state: State) -> Answer:
    """Return everyone who fits, in one answer: this call has no pages."""
    body = request.fields
    rows = _filtered(body, list(state["employees"].values()))
    if body.get("showInactive") is not True:
        rows = [row for row in rows if row["internal"]["status"] == "Active"]
    return Answer(200, {"employees": [_shown(state, row, body) for row in rows]})


def read(request: Incoming, state: State) -> Answer:
    """Return one person by id or e-mail."""
    return Answer(200, _shown(state, find(state, request.params["id"]), request.fields))


def find(state: State, identifier: str) -> Record:
    """Return the person with an id or e-mail; a 404 when there is none."""
    people = state["employees"]
    found = people.get(identifier) or next((one for one in people.values() if one["email"] == identifier), None)
    if found is None:
        raise not_found("The employee")
    return found


def _filtered(body: Record, rows: list[Record]) -> list[Record]:
    if "filters" not in body:
        return rows
    filters = body["filters"]
    if not isinstance(filters, list) or len(filters) != 1:
        raise invalid("bad-request.filters", "filters: exactly one filter is supported")
    name, values = filters[0].get("fieldPath"), filters[0].get("values")
    if name not in {"root.id", "root.email"} or filters[0].get("operator") != "equals" or not isinstance(values, list):
        raise invalid("bad-request.filters", "filters: only root.id and root.email with operator equals and values")
    key = name.removeprefix("root.")
    return [row for row in rows if row[key] in values]


def _shown(state: State, row: Record, body: Record) -> Record:
    """Return the fields asked for, flat and nested; ids that are unknown are left out in silence, as HiBob does."""
    asked, readable = body.get("fields"), body.get("humanReadable") or ""
    if asked is not None and (not isinstance(asked, list) or len(asked) > MAX_FIELDS):
        raise invalid("bad-request.fields", f"fields: a list of at most {MAX_FIELDS} field ids")
    if readable not in _READABLE:
        raise invalid("bad-request.humanReadable", "humanReadable: APPEND or REPLACE")
    fields = [FIELDS[one] for one in asked if one in FIELDS] if asked else _basic()
    nested: Record = {}
    labels: Record = {}
    flat: Record = {}
    for field in fields:
        value = at(row, field["jsonPath"])
        word = label(state, field["typeData"].get("listId", ""), value)
        put(nested, field["jsonPath"], word if readable == "REPLACE" else value)
        flat["/" + field["id"].replace(".", "/")] = {"value": word if readable == "REPLACE" else value}
        if value is not None:
            put(labels, field["jsonPath"], word)
    return {"id": row["id"], **flat, **nested} | ({"humanReadable": labels} if readable == "APPEND" else {})


def _basic() -> list[Record]:
    return [one for one in FIELDS.values() if one["id"].split(".")[0] in _BASIC and ".custom." not in one["id"]]


def at(row: Record, path: str) -> Any:
    """Return the value at a dotted path; None where it does not lead anywhere."""
    value: Any = row
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def put(row: Record, path: str, value: Any) -> None:
    """Set the value at a dotted path, making what is missing on the way."""
    *steps, last = path.split(".")
    for step in steps:
        row = row.setdefault(step, {})
    row[last] = value


def create(request: Incoming, state: State) -> Answer:
    """Return a new person with a first row of the work table."""
    body = request.fields
    work = body.get("work") or {}
    given = {"email": body.get("email"), "firstName": body.get("firstName"), "surname": body.get("surname"),
             "work.site": work.get("site"), "work.startDate": work.get("startDate")}  # fmt: skip
    for name, value in given.items():
        if not value:
            raise invalid("validations.required", f"{name} is required")
    _free(state, body["email"])
    id_ = state.new_id("employees")
    name = f"{body['firstName']} {body['surname']}"
    row: Record = {
        "id": id_, "companyId": COMPANY, "displayName": name, "fullName": name,
        "creationDateTime": request.now.replace(tzinfo=None).isoformat(),
        "internal": {"status": "Active", "lifecycleStatus": "hired", "terminationDate": None, "terminationReason": None},
    }  # fmt: skip
    for path, value in _leaves(body):
        put(row, path, checked(state, path, value))
    site = item_id(state, "site", work["site"])
    row["work"] |= {"site": label(state, "site", site), "siteId": site}
    row["work"]["manager"] = at(row, "work.reportsTo.id")
    state["employees"][id_] = row
    columns = {column: row["work"].get(column) for column in ("title", "department", "site", "siteId", "reportsTo")}
    first = {"id": 1, "effectiveDate": work["startDate"], "endEffectiveDate": None, "isCurrent": True}
    state["work"][f"{id_}:1"] = {"employeeId": id_, **first, **columns}
    return Answer(200, row)


def _free(state: State, email: str) -> None:
    if any(one["email"] == email for one in state["employees"].values()):
        raise invalid("validations.email.alreadyexists", "The email is used by another employee")


def _leaves(body: Record, under: str = "") -> list[tuple[str, Any]]:
    """Return every field of a nested body as a dotted path and its value."""
    found: list[tuple[str, Any]] = []
    for name, value in body.items():
        path = f"{under}{name}"
        is_field = path in FIELDS or f"root.{path}" in FIELDS
        found += _leaves(value, f"{path}.") if isinstance(value, dict) and not is_field else [(path, value)]
    return found


def checked(state: State, path: str, value: Any) -> Any:
    """Return the value as it is stored: of a list field the id of its item. An unknown field or item is a 400."""
    field = FIELDS.get(path) or FIELDS.get(f"root.{path}")
    if field is None:
        raise invalid("validations.unknownField", f"{path} is not a field")
    name = field["typeData"].get("listId", "")
    if path == "work.site":
        name = "site"
    if not name or value is None or name not in state["lists"]:
        return value
    found = item_id(state, name, value)
    if found is None:
        raise invalid("validations.list.value", f"{path}: no such item in the list {name}")
    return str(found) if name in {"title", "department"} else found


def update(request: Incoming, state: State) -> Answer:
    """Change plain fields; columns of the work and employment tables are none. 304 when nothing changes."""
    row = find(state, request.params["id"])
    changes = [(path, checked(state, path, value)) for path, value in _leaves(request.fields)]
    for path, _ in changes:
        field = FIELDS.get(path) or FIELDS[f"root.{path}"]
        if field["id"] in _FIXED or (field["historical"] and not path.startswith("address.")):
            raise invalid("validations.field.notEditable", f"{path} cannot be changed here")
    changes = [(path, value) for path, value in changes if at(row, path) != value]
    for path, value in changes:
        put(row, path, value)
    row["fullName"] = row["displayName"] = f"{row['firstName']} {row['surname']}"
    return Answer(200) if changes else Answer(304)


def change_email(request: Incoming, state: State) -> Answer:
    """Change the e-mail, which is the login."""
    row, email = find(state, request.params["id"]), request.fields.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise invalid("validations.email.invalid", "email is not an e-mail address")
    if email != row["email"]:
        _free(state, email)
    row["email"] = email
    return Answer(200)


def day_of(request: Incoming, name: str) -> str:
    """Return a date of the body; a 400 when it is none."""
    try:
        return date.fromisoformat(str(request.fields.get(name))).isoformat()
    except ValueError:
        raise invalid("validations.date", f"{name} is not a date of the form yyyy-mm-dd") from None


def change_start(request: Incoming, state: State) -> Answer:
    """Set the day on which someone starts."""
    find(state, request.params["id"])["work"]["startDate"] = day_of(request, "startDate")
    return Answer(200)


def terminate(request: Incoming, state: State) -> Answer:
    """Say when someone leaves; the person becomes inactive once that day is there."""
    row, last = find(state, request.params["id"]), day_of(request, "terminationDate")
    row["internal"] |= {"terminationDate": last, "terminationReason": request.fields.get("terminationReason")}
    if last <= request.now.date().isoformat():
        row["internal"] |= {"status": "Inactive", "lifecycleStatus": "terminated"}
    return Answer(200)
