"""`/query`, `/queryAll` and the pages behind their locators; `/parameterizedSearch`."""

import re
from collections.abc import Sequence

from unified_sandbox.salesforce.conditions import column, comparable, matcher
from unified_sandbox.salesforce.errors import Problem
from unified_sandbox.salesforce.schema import ROOT, TEXT, Kind, kind_named
from unified_sandbox.salesforce.soql import Order, Select, parse, parse_condition
from unified_sandbox.standin import Answer, Incoming, Record, State

MIN_BATCH, MAX_BATCH = 200, 2000
MAX_OFFSET = 2000
LOCATORS = "QueryLocator"
"""The resource that keeps the rest of each query."""
_BATCH = re.compile(r"batchSize=(\d+)")


def query(request: Incoming, state: State) -> Answer:
    """Answer 200 `{totalSize, done, records}` and `nextRecordsUrl` where more follow.

    Deleted and archived records are left out.
    """
    return _answer(request, state, everything=False)


def query_all(request: Incoming, state: State) -> Answer:
    """Answer as `query` does, with deleted and archived records included."""
    return _answer(request, state, everything=True)


def query_more(request: Incoming, state: State) -> Answer:
    """Return the next page; the locator keeps what the query found when it was made."""
    name, _, offset = request.params["locator"].rpartition("-")
    kept = state[LOCATORS].get(name)
    if kept is None or not offset.isdecimal():
        raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator").refused()
    kind = kind_named(kept["object"])
    held = state[kept["object"]]
    rows = [held[id_] for id_ in kept["ids"] if id_ in held]
    return Answer(200, _page(name, kind, rows, kept["fields"], offset=int(offset), size=_batch(request)) if kind else None)


def _answer(request: Incoming, state: State, *, everything: bool) -> Answer:
    try:
        select = parse(request.query.get("q", ""))
        kind = source(select.source)
        fields = _columns(kind, select)
        rows = _limited(kind, select, _found(state, kind, select, everything=everything))
    except Problem as problem:
        raise problem.refused() from None
    name = _keep(state, kind, rows, fields) if len(rows) > _batch(request) else ""
    return Answer(200, _page(name, kind, rows, fields, offset=0, size=_batch(request)))


def source(name: str) -> Kind:
    """Return the object that a query is about."""
    kind = kind_named(name)
    if kind is None:
        raise Problem("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return kind


def _columns(kind: Kind, select: Select) -> list[str]:
    if len(select.fields) == 1 and select.fields[0].startswith("FIELDS("):
        return _all_columns(kind, select.fields[0], select.limit)
    names = [column(kind, name).name for name in select.fields]
    for name in names:
        if names.count(name) > 1:
            raise Problem("INVALID_FIELD", f"duplicate field selected: {name}")
    return names


def _all_columns(kind: Kind, which: str, limit: int | None) -> list[str]:
    chosen = {"FIELDS(ALL)": {True, False}, "FIELDS(CUSTOM)": {True}, "FIELDS(STANDARD)": {False}}.get(which)
    if chosen is None:
        raise Problem("MALFORMED_QUERY", f"unexpected token: '{which}'")
    if True in chosen and (limit is None or limit > MIN_BATCH):
        raise Problem("MALFORMED_QUERY", f"The SOQL {which} function must have a LIMIT of at most {MIN_BATCH}")
    return [field.name for field in kind.fields.values() if field.custom in chosen]


def _found(state: State, kind: Kind, select: Select, *, everything: bool) -> list[Record]:
    rows = [row for row in state[kind.name].values() if everything or not (row.get("IsDeleted") or row.get("IsArchived"))]
    if select.where is not None:
        wanted = matcher(kind, select.where)
        rows = [row for row in rows if wanted(row)]
    return ordered(kind, rows, select.order)


def ordered(kind: Kind, rows: Sequence[Record], order: tuple[Order, ...]) -> list[Record]:
    """Return the rows in an order; the last term is sorted by first, since sorting keeps what was equal."""
    found = list(rows)
    for term in reversed(order):
        field = column(kind, term.field)
        if not field.filterable:
            raise Problem("MALFORMED_QUERY", f"field '{field.name}' can not be sorted in a query call")
        values = [row for row in found if row.get(field.name) is not None]
        values.sort(key=lambda row, field=field: comparable(field, row[field.name]), reverse=term.descending)  # type: ignore[misc]
        nulls = [row for row in found if row.get(field.name) is None]
        found = values + nulls if term.nulls_last else nulls + values
    return found


def _limited(kind: Kind, select: Select, rows: list[Record]) -> list[Record]:
    if select.offset > MAX_OFFSET:
        raise Problem("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAX_OFFSET} for {kind.name}")
    end = None if select.limit is None else select.offset + select.limit
    return rows[select.offset : end]


def _batch(request: Incoming) -> int:
    found = _BATCH.search(request.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), MIN_BATCH), MAX_BATCH) if found else MAX_BATCH


def _keep(state: State, kind: Kind, rows: list[Record], fields: list[str]) -> str:
    name = f"0r8Ax{len(state[LOCATORS]):010d}"
    state[LOCATORS][name] = {"object": kind.name, "ids": [row["Id"] for row in rows], "fields": fields}
    return name


def _page(name: str, kind: Kind, rows: list[Record], fields: list[str], *, offset: int, size: int) -> Record:
    end = offset + size
    done = end >= len(rows)
    following = {} if done else {"nextRecordsUrl": f"{ROOT}/query/{name}-{end}"}
    records = [show(kind, row, fields) for row in rows[offset:end]]
    return {"totalSize": len(rows), "done": done, **following, "records": records}


def show(kind: Kind, row: Record, fields: Sequence[str]) -> Record:
    """Return a record with these fields."""
    attributes = {"type": kind.name, "url": f"{ROOT}/sobjects/{kind.name}/{row['Id']}"}
    return {"attributes": attributes, **{name: row.get(name) for name in fields}}


def search(request: Incoming, state: State) -> Answer:
    """Answer 200 `{searchRecords}`: records of the asked objects with a text in which every word begins a word."""
    text = request.query.get("q", "")
    if len(text.strip()) < 2:
        raise Problem("MALFORMED_SEARCH", "search term must be longer than one character").refused()
    try:
        found = [row for name in request.query.all("sobject") for row in _searched(request, state, source(name), text)]
    except Problem as problem:
        raise problem.refused() from None
    return Answer(200, {"searchRecords": found})


def _searched(request: Incoming, state: State, kind: Kind, text: str) -> list[Record]:
    fields = [column(kind, name).name for name in request.query.words(f"{kind.name}.fields")] or ["Id"]
    where = request.query.get(f"{kind.name}.where")
    wanted = matcher(kind, parse_condition(where)) if where else lambda _: True
    rows = [row for row in state[kind.name].values() if not row.get("IsDeleted") and _speaks(kind, row, text) and wanted(row)]
    limit = request.query.number(f"{kind.name}.limit", MAX_BATCH) or MAX_BATCH
    return [show(kind, row, fields) for row in rows[:limit]]


def _speaks(kind: Kind, row: Record, text: str) -> bool:
    content = " ".join(str(row[field.name]) for field in kind.fields.values() if field.type in TEXT and row.get(field.name))
    words = re.findall(r"\w+", content.casefold())
    return all(any(word.startswith(one) for word in words) for one in re.findall(r"\w+", text.casefold()))
