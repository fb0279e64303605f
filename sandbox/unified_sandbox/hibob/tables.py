"""The dated tables of people: work, employment and salaries, in bulk by cursor and one person at a time."""

from datetime import date, timedelta
from typing import Any

from unified_sandbox.hibob.company import label
from unified_sandbox.hibob.errors import invalid, not_found
from unified_sandbox.hibob.people import checked, day_of, find
from unified_sandbox.paging import by_offset, opaque, read_opaque
from unified_sandbox.standin import Answer, Incoming, Record, State

COLUMNS: dict[str, tuple[str, ...]] = {
    "work": ("title", "department", "site", "siteId", "reportsTo"),
    "employment": ("contract", "type", "salaryPayType", "weeklyHours", "flsaCode"),
    "salaries": ("base", "payPeriod", "payFrequency"),
}
MAX_LIMIT, MAX_PEOPLE = 200, 200


def _table(request: Incoming) -> str:
    name = request.params["table"]
    if name not in COLUMNS:
        raise not_found("The table")
    return name


def bulk(request: Incoming, state: State) -> Answer:
    """Return rows of many people, a page of rows grouped by person; unknown people are listed in `errors`."""
    rows = list(state[_table(request)].values())
    wanted = request.query.words("employeeIds")
    if len(wanted) > MAX_PEOPLE:
        raise invalid("bad-request.employeeIds", f"employeeIds: at most {MAX_PEOPLE}")
    if wanted:
        rows = [row for row in rows if row["employeeId"] in wanted]
    page = by_offset(rows, _offset(request), _limit(request))
    results: dict[str, Record] = {}
    for row in page.rows:
        entry = results.setdefault(row["employeeId"], {"employeeId": row["employeeId"], "values": []})
        entry["values"].append(_shown(row))
    cursor = opaque(offset=page.next) if page.next is not None else None
    errors = [{one: {"error": "NOT_FOUND"}} for one in wanted if one not in state["employees"]]
    return Answer(200, {"results": list(results.values()), "response_metadata": {"next_cursor": cursor}, "errors": errors})


def _limit(request: Incoming) -> int:
    limit = request.query.number("limit", 50)
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        raise invalid("bad-request.limit", f"limit: a number from 1 to {MAX_LIMIT}")
    return limit


def _offset(request: Incoming) -> int:
    cursor = request.query.get("cursor")
    if not cursor:
        return 0
    offset = (read_opaque(cursor) or {}).get("offset")
    if not isinstance(offset, int):
        raise invalid("bad-request.cursor", "cursor: not one of this list")
    return offset


def _shown(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "employeeId"}


def history(request: Incoming, state: State) -> Answer:
    """Return every row of one person."""
    table, id_ = _table(request), find(state, request.params["id"])["id"]
    return Answer(200, {"values": [_shown(row) for row in _rows(state, table, id_)]})


def _rows(state: State, table: str, id_: str) -> list[Record]:
    return [row for row in state[table].values() if row["employeeId"] == id_]


def add_row(request: Incoming, state: State) -> Answer:
    """Return a new dated row; columns without a value are empty. There is one row a day: a second is a 400."""
    table, person = _table(request), find(state, request.params["id"])
    start = day_of(request, "effectiveDate")
    rows = _rows(state, table, person["id"])
    if any(row["effectiveDate"] == start for row in rows):
        raise invalid("validations.table.effectiveDate", "there is an entry on this effective date already")
    columns = {name: _column(state, table, name, request.fields.get(name)) for name in COLUMNS[table]}
    if table == "work":
        columns["site"] = label(state, "site", columns["siteId"]) if columns["siteId"] else columns["site"]
    number = max((row["id"] for row in rows), default=0) + 1
    state[table][f"{person['id']}:{number}"] = {"employeeId": person["id"], "id": number, "effectiveDate": start, **columns}
    _settle(_rows(state, table, person["id"]), person, table, request.now.date().isoformat())
    return Answer(200)


def _column(state: State, table: str, name: str, value: Any) -> Any:
    path = {"work": f"work.{name}", "employment": f"payroll.employment.{name}"}.get(table)
    is_list = path in {"work.title", "work.department", "work.siteId", "payroll.employment.contract", "payroll.employment.type"}
    return checked(state, str(path), value) if is_list else value


def _settle(rows: list[Record], person: Record, table: str, today: str) -> None:
    """Give each row its end, mark the one of today, and show its values as the person's fields."""
    rows = sorted(rows, key=lambda row: str(row["effectiveDate"]))
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        last = date.fromisoformat(following["effectiveDate"]) - timedelta(days=1) if following else None
        row["endEffectiveDate"] = last.isoformat() if last else None
        row["isCurrent"] = row["effectiveDate"] <= today and (last is None or last.isoformat() >= today)
    current = next((row for row in rows if row["isCurrent"]), None)
    if current is None:
        return
    if table == "work":
        person["work"] |= {name: current[name] for name in COLUMNS["work"]}
        person["work"]["manager"] = (current["reportsTo"] or {}).get("id")
    if table == "employment":
        shown = {name: current[name] for name in ("contract", "type")}
        person.setdefault("payroll", {}).setdefault("employment", {}).update(shown)
