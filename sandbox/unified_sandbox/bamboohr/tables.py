"""Changes, tables and metadata: what surrounds employees."""

from datetime import datetime

from unified_sandbox.bamboohr.errors import refused
from unified_sandbox.bamboohr.fields import FIELDS, shown
from unified_sandbox.bamboohr.records import employee_of, options_of, read_moment, rows_of
from unified_sandbox.paging import by_page, page_count
from unified_sandbox.standin import Answer, Incoming, Record, State
from unified_sandbox.vocabulary import PLACES

TABLES = ("jobInfo", "compensation", "employmentStatus")
KINDS = frozenset({"inserted", "updated", "deleted", "all"})


def changed(request: Incoming, state: State) -> Answer:
    """Return ids of the employees that changed, deleted ones too.

    Without any it is an empty list, as PHP writes an empty map.
    """
    since, kind = _since(request), request.query.get("type", "all")
    if kind not in KINDS:
        raise refused(400, "Invalid type")
    entries = [{"id": one["id"], "action": "Updated", "lastChanged": one["lastChanged"]} for one in state["employees"].values()]
    entries += state["deleted"].values()
    found = {one["id"]: one for one in entries if _later(one, since)}
    kept = {id_: one for id_, one in found.items() if kind in {"all", one["action"].lower()}}
    latest = max((one["lastChanged"] for one in kept.values()), default=request.query["since"])
    return Answer(200, {"latest": latest, "employees": kept or []})


def changed_tables(request: Incoming, state: State) -> Answer:
    """Return rows of one table, without ids, of the employees that changed."""
    since, table = _since(request), _table(request)
    people = [one for one in state["employees"].values() if _later(one, since)]
    found = {one["id"]: {"lastChanged": one["lastChanged"], "rows": _bare(rows_of(state, table, one["id"]))} for one in people}
    return Answer(200, {"table": table, "employees": found or []})


def _bare(rows: list[Record]) -> list[Record]:
    return [{name: value for name, value in row.items() if name not in {"id", "employeeId"}} for row in rows]


def _since(request: Incoming) -> datetime:
    since = read_moment(request.query.get("since"))
    if since is None:
        raise refused(400, "since must be an ISO 8601 timestamp")
    return since


def _later(one: Record, since: datetime) -> bool:
    changed_at = read_moment(one.get("lastChanged"))
    return changed_at is not None and changed_at > since


def _table(request: Incoming) -> str:
    if request.params["table"] not in TABLES:
        raise refused(404, "Table not found")
    return request.params["table"]


def table_rows(request: Incoming, state: State) -> Answer:
    """Return rows of a table, of one employee or of `all`, in no particular order."""
    table, id_ = _table(request), request.params["id"]
    if id_ == "all":
        return Answer(200, list(state[table].values())[::-1])
    return Answer(200, rows_of(state, table, employee_of(state, id_)["id"])[::-1])


def fields(_request: Incoming, _state: State) -> Answer:
    """Return every field, and one of a table, which has no alias."""
    return Answer(200, [*(shown(field) for field in FIELDS.values()), {"id": 4313, "name": "Termination Type", "type": "list"}])


def lists(_request: Incoming, state: State) -> Answer:
    """Return every list with its options, archived ones too."""
    return Answer(200, list(state["lists"].values()))


def places(request: Incoming, state: State) -> Answer:
    """Return work places that are in use, with their addresses, by pages from 0; ids are those of the list `location`."""
    size, number = request.query.number("pageSize", 500), request.query.number("page", 0)
    if not size or size < 1 or number is None or number < 0:
        return Answer(422, {"title": "Invalid input", "status": 422, "fields": {"page": "must be a number"}})
    rows = [_place(one) for one in options_of(state, "location") if one["archived"] == "no"]
    page = by_page(rows, number, size, first=0)
    meta = {"page": number, "pageSize": size, "totalPages": page_count(page.total, size), "totalItems": page.total}
    return Answer(200, {"data": page.rows, "meta": meta, "_links": None})


def _place(option: Record) -> Record:
    found = next((one for one in PLACES if one.city == option["name"]), None)
    address: Record = {"address1": None, "city": None, "zipcode": None, "timezone": None, "remoteLocation": found is None}
    if found:
        state = {"id": "1", "name": found.region, "abbreviation": found.region}
        country = {"id": "1", "name": found.country, "isoCode": found.country_code}
        address |= {"address1": f"1 {found.street}", "city": found.city, "state": state, "country": country}
        address |= {"zipcode": found.postal_code, "timezone": found.timezone}
    times = {"createdAt": option["createdDate"], "archivedAt": None}
    return {"id": str(option["id"]), "label": option["name"], "archived": False, "address": address, **times}


def company(_request: Incoming, state: State) -> Answer:
    """Return the one company."""
    return Answer(200, state["company"]["1"])
