"""The rows of a run, by group."""

from collections.abc import Callable
from itertools import cycle
from typing import Any, Final

import msgspec

from benchmarks import service
from benchmarks.by_hand import contacts
from benchmarks.functions import record_functions
from benchmarks.load import get
from benchmarks.measure import Row, http_row, local_row
from benchmarks.pages import PAGES, page
from benchmarks.plan import Plan
from benchmarks.subjects import Subjects, catalog
from unified.jsonata import Limits
from unified.jsonata.reference.interpreter import Program

PASSED: Final = get("/proxy/crm/v3/objects/contacts?limit=100")
MAPPED: Final = get("/crm/contacts?limit=100")
MAPPED_10: Final = get("/crm/contacts?limit=10")
LOOP: Final = "loop"
"""The reference: a loop of fixed work, with which runs on different days are compared."""
LIBRARY: Final = {
    "by_hand": "100 records by hand in Python",
    "read_100": "Unified: read() of 100 records",
    "read_10": "Unified: read() of 10 records, per 100",
    "read_1000": "Unified: read() of 1,000 records, per 100",
    "expression": "the record expression alone, 100 records",
    "jsonata_python": "the same expression in jsonata-python",
}
HUNDREDS: Final = {"read_10": 0.1, "read_1000": 10.0}
"""Hundreds of records of one call; one where nothing is said."""
SMALL: Final = 20
"""Records of a page that an agent asks for."""
UNBOUND: Final = Limits(timeout=60.0)
BINDINGS: Final[dict[str, Any]] = {"account": {"settings": {}}}
"""The variables of the record expression."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are shown together, and the rows that they are compared with."""

    name: str
    title: str
    bases: tuple[str, ...]
    rows: tuple[Row, ...]


def groups(subjects: Subjects, plan: Plan) -> list[Group]:
    """The rows that the plan asks for."""
    every = [
        Group(name="paths", title="Whole paths", bases=("nginx", "node_pass", "node_hand"), rows=_paths(subjects)),
        Group(name="growth", title="Growth: a mapped page of 10", bases=("page_10",), rows=_growth(subjects, plan)),
        Group(name="agents", title=f"Agents: a page of {SMALL}", bases=("rest_20",), rows=_agents(subjects)),
        Group(name="library", title="In one process", bases=("by_hand",), rows=_library()),
    ]
    kept = [
        msgspec.structs.replace(one, rows=tuple(row for row in one.rows if row.name == LOOP or plan.wants(one.name, row.name)))
        for one in every
    ]
    return [one for one in kept if one.rows]


def _paths(subjects: Subjects) -> tuple[Row, ...]:
    peers = (
        ("nginx", "nginx: pass-through", PASSED),
        ("node_pass", "Node: pass-through", PASSED),
        ("node_hand", "Node: mapped by hand", MAPPED),
        ("node_jsonata", "Node: mapped by npm jsonata", MAPPED),
        ("node_hand_10", "Node: mapped by hand, page of 10", MAPPED_10),
    )
    home, ours = subjects.homes["ours"], subjects.running["ours"]
    found = [
        http_row(name, title, subjects.running[process], request)
        for name, title, request in peers
        if (process := name.removesuffix("_10")) in subjects.running
    ]
    return (
        *found,
        http_row("pass", "Unified: pass-through", ours, service.passed_through(home)),
        http_row("mapped", "Unified: mapped page of 100", ours, service.contacts(home)),
        http_row("fields", "Unified: the same, 12 fields", ours, service.contacts(home, fields=service.FIELDS)),
        http_row("page_10", "Unified: mapped page of 10", ours, service.contacts(home, 10)),
    )


def _growth(subjects: Subjects, plan: Plan) -> tuple[Row, ...]:
    if "many_accounts" not in subjects.running:
        return ()
    running, homes = subjects.running, subjects.homes
    many = homes["many_accounts"]
    every = [service.contacts(many, 10, account=one) for one in many.accounts]
    stored, providers = f"{plan.accounts:,} accounts", f"{plan.providers} providers"
    return (
        http_row("accounts_stored", f"{stored}, one of them used", running["many_accounts"], every[0]),
        http_row("accounts_used", f"{stored}, each used in turn", running["many_accounts"], *every[1:]),
        http_row("providers", providers, running["many_providers"], service.contacts(homes["many_providers"], 10)),
        http_row("two_workers", "two workers", running["two_workers"], service.contacts(homes["two_workers"], 10)),
    )


def _agents(subjects: Subjects) -> tuple[Row, ...]:
    home, ours = subjects.homes["ours"], subjects.running["ours"]
    return (
        http_row("rest_20", "REST: GET /crm/contacts", ours, service.contacts(home, SMALL)),
        http_row("tool_call", "REST: POST /tools/list_crm_contacts", ours, service.tool_call(home, SMALL)),
        http_row("mcp_call", "MCP: tools/call", ours, service.mcp_call(home, SMALL)),
        http_row("mcp_list", "MCP: tools/list", ours, service.mcp_list(home)),
    )


def _library() -> tuple[Row, ...]:
    return (
        local_row(LOOP, "a fixed loop in Python, for reference", reference_loop),
        *(local_row(name, LIBRARY[name], call, units=HUNDREDS.get(name, 1.0)) for name, call in library_calls().items()),
    )


def library_calls() -> dict[str, Callable[[], object]]:
    """The calls in this process."""
    read = catalog().mapping("hubspot", "crm.contacts").read
    return {
        "by_hand": _in_turn(contacts, 100),
        "read_100": _in_turn(read, 100),
        "read_10": _in_turn(read, 10),
        "read_1000": _in_turn(read, 1_000),
        "expression": _in_turn(_expression(), 100),
        "jsonata_python": _in_turn(_jsonata_python(), 100),
    }


def _in_turn(call: Callable[[Any], object], count: int) -> Callable[[], object]:
    pages = cycle([page(count, turn) for turn in range(PAGES)])
    return lambda: call(next(pages))


def _expression() -> Callable[[Any], object]:
    evaluate = catalog().compiled("hubspot", "crm.contacts").record.evaluate
    return lambda body: [evaluate(item, BINDINGS) for item in body["results"]]


def _jsonata_python() -> Callable[[Any], object]:
    mapping = catalog().compiled("hubspot", "crm.contacts")
    run = Program(mapping.record.source, record_functions(mapping)).run
    return lambda body: [run(item, BINDINGS, UNBOUND) for item in body["results"]]


def reference_loop() -> int:
    """Work like a mapping's: objects are made, texts are joined, a table is looked up."""
    table = {f"key {number}": number for number in range(50)}
    total = 0
    for number in range(3_000):
        record = {"id": str(number), "name": f"key {number % 60}", "tag": f"{number}:{number + 1}"}
        total += table.get(record["name"], 0) + len(record["id"]) + len(record["tag"].split(":"))
    return total
