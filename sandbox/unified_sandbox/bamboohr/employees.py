"""`/employees`: the list with its cursor, one employee, create and update."""

from collections.abc import Callable
from typing import Any

from unified_sandbox.bamboohr.errors import bad_request, refused
from unified_sandbox.bamboohr.fields import BY_ID, CHOICES, DATES, DEFAULT, EXTRA, FIELDS, LISTED, SORTABLE
from unified_sandbox.bamboohr.records import UNKNOWN, add_row, employee_of, options_of, read_day, read_moment, touch, value_of
from unified_sandbox.paging import opaque, read_opaque
from unified_sandbox.standin import Answer, Incoming, Query, Record, State

MAX_PAGE, DEFAULT_PAGE = 100, 50
MAX_FIELDS = 400
KNOWN = frozenset({"fields", "sort", "page[limit]", "page[after]", "page[before]", "filter[ids]", "filter[ids][]"})
CONTAINS = ("firstName", "lastName", "jobTitleName")
DIRECTORY = frozenset(
    {"displayName", "firstName", "lastName", "preferredName", "jobTitle", "workPhone", "mobilePhone", "workEmail", "photoUrl"}
    | {"department", "location", "division", "supervisor"}
)
STATUSES = frozenset({"active", "inactive"})


def list_employees(request: Incoming, state: State) -> Answer:
    """Return a page by cursor; unknown names in `fields` are ignored, unknown filters and orders refused."""
    query = request.query
    rows = _ordered(state, [one for one in state["employees"].values() if _fits(state, one, query)], query)
    limit = query.number("page[limit]", DEFAULT_PAGE)
    if limit is None or not 1 <= limit <= MAX_PAGE:
        raise bad_request(f"page[limit] must be between 1 and {MAX_PAGE}", "BadPage")
    start = _start(rows, query.get("page[after]"))
    following = rows[start + limit] if start + limit < len(rows) else None
    cursor = opaque(nextEmployee=following["id"]) if following else None
    names = [*DEFAULT, *(name for name in query.words("fields") if name in EXTRA)]
    page = {"limit": limit, "nextCursor": cursor, "prevCursor": None}
    body: Record = {"data": [_row(state, one, names) for one in rows[start : start + limit]]}
    body |= {"meta": {"total": len(rows), "page": page}, "_links": {"self": {"href": request.url}}}
    if cursor:
        body["_links"]["next"] = {"href": f"{request.url}?page%5Blimit%5D={limit}&page%5Bafter%5D={cursor}"}
    return Answer(200, body)


def _row(state: State, employee: Record, names: list[str]) -> Record:
    restricted = [name for name in names if name in employee.get("_restricted", ())]
    row = {name: None if name in restricted else value_of(state, employee, name) for name in dict.fromkeys(names)}
    return {**row, "_restrictedFields": restricted}


def _start(rows: list[Record], after: str | None) -> int:
    if after is None:
        return 0
    cursor = read_opaque(after) or {}
    places = [place for place, one in enumerate(rows) if one["id"] == cursor.get("nextEmployee")]
    if not places:
        raise bad_request("The page cursor is not valid", "BadPage")
    return places[0]


def _fits(state: State, employee: Record, query: Query) -> bool:
    ids = {*query.all("filter[ids][]"), *query.words("filter[ids]")}
    if ids and employee["id"] not in ids:
        return False
    return all(_holds(state, employee, name, query[name]) for name in query if name not in KNOWN)


def _holds(state: State, employee: Record, parameter: str, wanted: str) -> bool:
    name = parameter.removeprefix("filter[").removesuffix("]")
    if name in CONTAINS:
        return wanted.casefold() in str(value_of(state, employee, name) or "").casefold()
    if name == "status" and wanted in STATUSES:
        return str(employee["status"]).casefold() == wanted
    raise bad_request(f"Invalid parameter {parameter}={wanted}")


def _ordered(state: State, rows: list[Record], query: Query) -> list[Record]:
    rows = sorted(rows, key=lambda one: int(one["id"]))
    for word in reversed(query.words("sort")):
        name = word.removeprefix("-")
        if name not in SORTABLE:
            raise bad_request(f"Cannot sort by {name}")
        rows = sorted(rows, key=_key(state, name), reverse=word.startswith("-"))
    return rows


def _key(state: State, name: str) -> Callable[[Record], Any]:
    if name == "employeeId":
        return lambda one: int(one["id"])
    return lambda one: str(value_of(state, one, name) or "").casefold()  # nulls first


def get_employee(request: Incoming, state: State) -> Answer:
    """Return one employee with the fields asked for; unknown and restricted ones are left out."""
    employee = employee_of(state, request.params["id"])
    names = request.query.words("fields") or ["firstName", "lastName"]
    if len(names) > MAX_FIELDS:
        raise refused(400, f"Too many fields: at most {MAX_FIELDS}")
    seen = [name for name in names if name not in employee.get("_restricted", ())]
    values = {name: value_of(state, employee, name) for name in seen}
    return Answer(200, {"id": employee["id"], **{name: one for name, one in values.items() if one is not UNKNOWN}})


def directory(_request: Incoming, state: State) -> Answer:
    """Return active employees with the directory's fields."""
    names = [name for name in FIELDS if name in DIRECTORY]
    active = [one for one in state["employees"].values() if one["status"] == "Active"]
    fields = [{"id": name, "type": FIELDS[name].type, "name": FIELDS[name].name} for name in names]
    rows = [{"id": one["id"], **{name: value_of(state, one, name) for name in names}} for one in active]
    return Answer(200, {"fields": fields, "employees": rows})


def report(request: Incoming, state: State) -> Answer:
    """Return everybody with the fields asked for, not paged; unknown fields are left out, `filters` by change and by id."""
    body = request.fields
    names = [str(name) for name in body.get("fields") or []]
    if not names or len(names) > MAX_FIELDS:
        raise refused(400, f"fields must name 1 to {MAX_FIELDS} fields")
    filters = body.get("filters") or {}
    since = read_moment((filters.get("lastChanged") or {}).get("value", "1970-01-01T00:00:00Z"))
    ids = {str(one) for one in filters.get("employeeIds") or []}
    if since is None:
        raise refused(400, "Invalid filter: lastChanged")
    rows = []
    for one in state["employees"].values():
        changed = read_moment(one["lastChanged"])
        if changed is not None and changed >= since and (not ids or one["id"] in ids):
            values = {name: value_of(state, one, name) for name in names}
            rows.append({"id": one["id"], **{name: value for name, value in values.items() if value is not UNKNOWN}})
    fields = [{"id": name, "type": FIELDS[name].type, "name": FIELDS[name].name} for name in names if name in FIELDS]
    return Answer(200, {"title": body.get("title", ""), "fields": fields, "employees": rows})


def create_employee(request: Incoming, state: State) -> Answer:
    """Answer 201 without a body; Location has the employee's address."""
    given = _checked(state, request.fields)
    if not given.get("firstName") or not given.get("lastName"):
        raise refused(400, "firstName and lastName are required")
    id_ = str(max(int(one) for one in state["employees"] if len(one) < 16) + 1)  # the big one is odd
    employee: Record = {"id": id_, "status": "Active", "terminationDate": "0000-00-00", "supervisorEId": None}
    employee["displayName"] = f"{given['firstName']} {given['lastName']}"
    state["employees"][id_] = employee
    _lay(state, employee, given, request)
    return Answer(201, None, {"Location": f"{request.base}/api/v1/employees/{id_}"})


def update_employee(request: Incoming, state: State) -> Answer:
    """Answer 200 without a body; what is not given stays."""
    employee = employee_of(state, request.params["id"])
    given = _checked(state, request.fields, employee["id"])
    if any(name in given and not given[name] for name in ("firstName", "lastName")):
        raise refused(400, "firstName and lastName cannot be empty")
    _lay(state, employee, given, request)
    return Answer(200)


def _lay(state: State, employee: Record, given: Record, request: Incoming) -> None:
    """Store the values; a change of the job or the status is a new row of its table too."""
    employee |= given
    today = request.now.date().isoformat()
    job = ("location", "department", "division", "jobTitle")
    if any(name in given for name in job):
        row = {name: employee.get(name) for name in job}
        add_row(state, "jobInfo", employee["id"], date=today, **row, reportsTo=None, teams=None)
    if given.get("employmentHistoryStatus"):
        status = given["employmentHistoryStatus"]
        add_row(state, "employmentStatus", employee["id"], date=today, employmentStatus=status, comment="")
    touch(employee, request.now)


def _checked(state: State, body: Record, own_id: str = "") -> Record:
    given = {BY_ID[name].alias if name in BY_ID else name: value for name, value in body.items()}
    for name, value in given.items():
        if name not in FIELDS:
            raise refused(400, f"Unknown field: {name}")
        if not FIELDS[name].writable:
            raise refused(403, f"Field cannot be changed: {name}")
        if value not in (None, "") and not _valid(state, name, value):
            raise refused(409, f"Invalid value for field: {name}")
    email = given.get("workEmail")
    if email and any(one.get("workEmail") == email and one["id"] != own_id for one in state["employees"].values()):
        raise refused(409, "Duplicate email address")
    return given


def _valid(state: State, name: str, value: Any) -> bool:
    if name in DATES:
        return read_day(value) is not None
    if name in LISTED:
        return any(one["name"] == value and one["archived"] == "no" for one in options_of(state, name))
    return value in CHOICES[name] if name in CHOICES else isinstance(value, str | int | float)
