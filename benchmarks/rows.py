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
from benchmarks.pages import LINKED, PAGES, page
from benchmarks.plan import Plan
from benchmarks.processes import Started
from benchmarks.subjects import Subjects, catalog
from unified_jsonata import Limits
from unified_jsonata_reference.interpreter import Program

PASSED: Final = get("/proxy/crm/v3/objects/contacts?limit=100")
MAPPED: Final = get("/crm/contacts?limit=100")
MAPPED_10: Final = get("/crm/contacts?limit=10")
MAPPED_FIELDS: Final = get(f"/crm/contacts?limit=100&fields={service.FIELDS}")
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
    """Rows that are shown together."""

    name: str
    title: str
    rows: tuple[Row, ...]
    like: dict[str, tuple[str, ...]]
    """The rows that each row is compared with: they do the same work."""


PEERS: Final = (
    ("nginx", "nginx: pass-through", "nginx", PASSED),
    ("node_pass", "Node: pass-through", "node_pass", PASSED),
    ("node_hand", "Node: mapped by hand", "node_hand", MAPPED),
    ("node_equal", "Node: mapped by hand, with our checks", "node_equal", MAPPED),
    ("node_jsonata", "Node: mapped by npm jsonata", "node_jsonata", MAPPED),
    ("node_hand_10", "Node: mapped by hand, page of 10", "node_hand", MAPPED_10),
    ("node_equal_10", "Node: page of 10, with our checks", "node_equal", MAPPED_10),
    ("node_hand_fields", "Node: mapped by hand, 12 fields", "node_hand", MAPPED_FIELDS),
)
"""Name, title, process and request."""
LIKE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "paths": {
        "pass": ("nginx", "node_pass"),
        "mapped": ("node_hand", "node_equal", "node_jsonata"),
        "page_10": ("node_hand_10", "node_equal_10"),
        "fields": ("node_hand_fields", "mapped"),
    },
    "growth": {
        "hidden": ("mapped",),
        "chosen": ("linked",),
        "accounts_stored": ("page_10",),
        "accounts_used": ("page_10",),
        "providers": ("page_10",),
        "two_workers": ("page_10",),
    },
    "agents": {"tool_call": ("rest_20",), "mcp_call": ("rest_20",)},
    "library": dict.fromkeys(("read_100", "read_10", "read_1000", "expression", "jsonata_python"), ("by_hand",)),
}


def groups(subjects: Subjects, plan: Plan) -> list[Group]:
    """The rows that the plan asks for."""
    every = [
        ("paths", "Whole paths", _paths(subjects)),
        ("growth", "Growth", growth(subjects, plan)),
        ("agents", f"Agents: a page of {SMALL}", agents(subjects)),
        ("library", "In one process", _library()),
    ]
    kept = [
        Group(name=name, title=title, like=LIKE[name], rows=tuple(row for row in rows if plan.wants(name, row.name)))
        for name, title, rows in every
    ]
    return [one for one in kept if one.rows]


def _paths(subjects: Subjects) -> tuple[Row, ...]:
    home, ours = subjects.homes["ours"], subjects.running["ours"]
    found = [
        http_row(name, title, subjects.running[process], request)
        for name, title, process, request in PEERS
        if process in subjects.running
    ]
    return (
        *found,
        *own_paths(home, ours),
    )


def own_paths(home: service.Home, ours: Started) -> tuple[Row, ...]:
    """Unified's own rows of whole paths."""
    return (
        http_row("pass", "Unified: pass-through", ours, service.passed_through(home)),
        http_row("mapped", "Unified: mapped page of 100", ours, service.contacts(home)),
        http_row("fields", "Unified: the same, 12 fields", ours, service.contacts(home, fields=service.FIELDS)),
        http_row("page_10", "Unified: mapped page of 10", ours, service.contacts(home, 10)),
        http_row("page_1", "Unified: mapped page of 1, nearly all of it fixed cost", ours, service.contacts(home, 1)),
    )


def growth(subjects: Subjects, plan: Plan) -> tuple[Row, ...]:
    """What must not cost more when there is more of something."""
    if "many_accounts" not in subjects.running:
        return ()
    running, homes = subjects.running, subjects.homes
    many, home, ours = homes["many_accounts"], homes["ours"], running["ours"]
    every = [service.contacts(many, 10, account=one) for one in many.accounts]
    stored, providers = f"{plan.accounts:,} accounts", f"{plan.providers} providers"
    hiding, bound = (msgspec.structs.replace(home, key=key) for key in (home.hiding, home.bound))
    found = [
        http_row("hidden", "a page of 100 with a hidden field", ours, service.contacts(hiding)),
        http_row("linked", f"a page of {LINKED}, all with companies", ours, service.contacts(home, LINKED)),
        http_row("chosen", "the same within 1,000 chosen companies", ours, service.contacts(bound, LINKED)),
        http_row("accounts_stored", f"{stored}, one of them used", running["many_accounts"], every[0]),
        http_row("accounts_used", f"{stored}, each used in turn", running["many_accounts"], *every[1:]),
        http_row("providers", providers, running["many_providers"], service.contacts(homes["many_providers"], 10)),
    ]
    if "two_workers" in running:
        found.append(http_row("two_workers", "two workers", running["two_workers"], service.contacts(homes["two_workers"], 10)))
    return tuple(found)


def agents(subjects: Subjects) -> tuple[Row, ...]:
    """The same page over REST and for agents."""
    home, ours = subjects.homes["ours"], subjects.running["ours"]
    wide = msgspec.structs.replace(home, mcp=home.mcp_wide)
    return (
        http_row("rest_20", "REST: GET /crm/contacts", ours, service.contacts(home, SMALL)),
        http_row("tool_call", "REST: POST /tools/list_crm_contacts", ours, service.tool_call(home, SMALL)),
        http_row("mcp_call", "MCP: tools/call", ours, service.mcp_call(home, SMALL)),
        http_row("mcp_list", "MCP: tools/list, 39 tools, asked again", ours, service.mcp_list(home)),
        http_row("mcp_list_80", "MCP: tools/list, 79 tools, asked again", ours, service.mcp_list(wide)),
    )


def _library() -> tuple[Row, ...]:
    return tuple(local_row(name, LIBRARY[name], call, units=HUNDREDS.get(name, 1.0)) for name, call in library_calls().items())


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
