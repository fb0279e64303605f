"""`GET /search`: the query language in the part that is used here, strictly; 1,000 hits at most."""

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from unified_sandbox.standin import Answer, Incoming, Record, State
from unified_sandbox.zendesk.errors import bad_search
from unified_sandbox.zendesk.pages import numbered, public
from unified_sandbox.zendesk.tickets import PRIORITIES, STATUSES, shower

MAX_PAGE, MAX_HITS = 100, 1_000
SORTS = ("updated_at", "created_at", "priority", "status", "ticket_type")
_TERM = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z_]+)(?P<op>:|>=|<=|>|<))?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?=\s|$)')
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")

Values: TypeAlias = Callable[[Record, State], list[Any]]


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One word, phrase or `keyword:value` of a query."""

    minus: bool
    key: str
    op: str
    value: str


def search(request: Incoming, state: State) -> Answer:
    """Answer 200 `{results, count, next_page …}`, in numbered pages; past 1,000 hits a 422."""
    terms = parse(request.query.get("query", ""))
    kind, rest = _kind(terms)
    rows = [row for row in state[KINDS[kind]].values() if _is_live(row)]
    rows = [row for row in rows if _matches(kind, row, state, rest)]
    rows = _ordered(request, rows)
    page, size = request.query.number("page", 1) or 1, request.query.number("per_page", MAX_PAGE) or MAX_PAGE
    if size > MAX_PAGE or (page - 1) * size >= MAX_HITS:
        raise bad_search(f"at most {MAX_HITS} results, {MAX_PAGE} a page (Insufficient Resource Error)")
    show = shower(request, "tickets(metric_sets)") if kind == "ticket" else public
    body = numbered(request, "results", rows, page=page, size=size, show=lambda row: show(row) | {"result_type": kind})
    if page * size >= MAX_HITS:
        body["next_page"] = None
    return Answer(200, body | {"facets": None})


def parse(query: str) -> list[Term]:
    """Return the terms of a query; anything else is Zendesk's 422."""
    terms: list[Term] = []
    place = 0
    while place < len(query.rstrip()):
        if query[place].isspace():
            place += 1
            continue
        found = _TERM.match(query, place)
        if found is None:
            raise bad_search(f"cannot read `{query[place:][:40]}`")
        value = found["bare"] if found["quoted"] is None else found["quoted"]
        terms.append(Term(minus=bool(found["minus"]), key=found["key"] or "", op=found["op"] or "", value=value))
        place = found.end()
    return terms


def _kind(terms: list[Term]) -> tuple[str, list[Term]]:
    kinds = [term.value for term in terms if term.key == "type" and term.op == ":" and not term.minus]
    if len(kinds) != 1 or kinds[0] not in KINDS:
        raise bad_search(f"expected one type of {', '.join(KINDS)}")
    rest = [term for term in terms if term.key != "type"]
    unknown = sorted({term.key for term in rest} - {"", "created", "updated", *KEYWORDS[kinds[0]]})
    if unknown:
        raise bad_search(f"unknown keyword {unknown[0]}")
    return kinds[0], rest


def _is_live(row: Record) -> bool:
    return (
        row.get("status") != "deleted"
        and row.get("active") is not False
        and not row.get("deleted_at")
        and not row.get("deleted")
    )


def _matches(kind: str, row: Record, state: State, terms: list[Term]) -> bool:
    """Return whether a record matches: all different keywords must hold; of one keyword with `:` any value does."""
    alternatives = {term.key for term in terms if term.key and term.op == ":" and not term.minus}
    for key in alternatives:
        same = [term for term in terms if term.key == key and term.op == ":" and not term.minus]
        if not any(_holds(kind, row, state, term) for term in same):
            return False
    others = [term for term in terms if term.minus or not term.key or term.op != ":"]
    return all(_holds(kind, row, state, term) != term.minus for term in others)


def _holds(kind: str, row: Record, state: State, term: Term) -> bool:
    if not term.key:
        return _has_words(_text(kind, row), term.value)
    if term.key in {"created", "updated"}:
        return _in_time(row[f"{term.key}_at"], term)
    values = KEYWORDS[kind][term.key](row, state)
    if term.op == ":":
        if term.value == "none":
            return not [value for value in values if value is not None]
        return any(str(value).casefold() == term.value.casefold() for value in values if value is not None)
    order = {"status": STATUSES, "priority": PRIORITIES}.get(term.key)
    if order is None or term.value not in order:
        raise bad_search(f"{term.key} cannot be compared with {term.value}")
    return any(_compared(order.index(value), term.op, order.index(term.value)) for value in values if value in order)


def _in_time(moment: str, term: Term) -> bool:
    if not _TIME.fullmatch(term.value):
        raise bad_search(f"{term.key}: expected a date or a time like 2026-01-31T12:00:00Z")
    if term.op == ":":
        return moment.startswith(term.value)
    return _compared(moment, term.op, term.value if "T" in term.value else f"{term.value}T00:00:00Z")


def _compared(left: Any, op: str, right: Any) -> bool:
    tests = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return bool(tests[op])


def _has_words(text: str, phrase: str) -> bool:
    """Return whether the phrase is in the text; its last word may be the beginning of one."""
    words = re.findall(r"\w+", phrase.casefold())
    found = re.findall(r"\w+", text.casefold())
    if not words:
        return True
    ends = range(len(found) - len(words) + 1)
    return any(
        found[at : at + len(words) - 1] == words[:-1] and found[at + len(words) - 1].startswith(words[-1]) for at in ends
    )


def _text(kind: str, row: Record) -> str:
    names = {
        "ticket": ("subject", "description"),
        "user": ("name", "email", "notes"),
        "organization": ("name", "notes", "details"),
    }
    return " ".join(str(row.get(name) or "") for name in names.get(kind, ("name",)))


def _ordered(request: Incoming, rows: list[Record]) -> list[Record]:
    by, order = request.query.get("sort_by", ""), request.query.get("sort_order", "desc")
    if (by and by not in SORTS) or order not in {"asc", "desc"}:
        raise bad_search(f"sort_by is one of {', '.join(SORTS)}; sort_order is asc or desc")
    ranks: dict[str, tuple[str, ...]] = {"priority": PRIORITIES, "status": STATUSES}

    def key(row: Record) -> tuple[Any, ...]:
        name = {"ticket_type": "type"}.get(by, by or "updated_at")
        value = row.get(name)
        return ((ranks[by].index(value) if value in ranks[by] else -1) if by in ranks else str(value or ""), row["id"])

    return sorted(rows, key=key, reverse=order == "desc")


def _field(name: str) -> Values:
    return lambda row, _state: [row.get(name)]


def _user(name: str) -> Values:
    def values(row: Record, state: State) -> list[Any]:
        user = state["users"].get(str(row.get(name)))
        return [row.get(name), *((user["name"], user["email"]) if user else ())]

    return values


def _named(name: str, table: str) -> Values:
    def values(row: Record, state: State) -> list[Any]:
        found = state[table].get(str(row.get(name)))
        return [row.get(name), *((found["name"],) if found else ())]

    return values


def _tags(row: Record, _state: State) -> list[Any]:
    return row["tags"] or [None]


KINDS = {"ticket": "tickets", "user": "users", "organization": "organizations", "group": "groups"}
KEYWORDS: dict[str, dict[str, Values]] = {
    "ticket": {
        "status": _field("status"),
        "priority": _field("priority"),
        "ticket_type": _field("type"),
        "custom_status_id": _field("custom_status_id"),
        "assignee": _user("assignee_id"),
        "submitter": _user("submitter_id"),
        "requester": _user("requester_id"),
        "group": _named("group_id", "groups"),
        "organization": _named("organization_id", "organizations"),
        "tags": _tags,
    },
    "user": {
        "role": _field("role"),
        "email": _field("email"),
        "name": _field("name"),
        "organization": _named("organization_id", "organizations"),
        "tags": _tags,
    },
    "organization": {"name": _field("name"), "tags": _tags},
    "group": {"name": _field("name")},
}
"""What each keyword of a type looks at."""
