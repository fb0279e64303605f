"""What the gate watches: paths of the service with the reference path of each, and calls in the process."""

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks import service
from benchmarks.load import get
from benchmarks.pages import PAGES, page
from benchmarks.rows import library_calls
from benchmarks.subjects import catalog
from jsonata_benchmarks.subjects import own_pages
from unified_jsonata import compile

RECORDED: Final = (("jira", "ticketing.tickets", "issues"), ("bamboohr", "hris.employees", "data"))
"""Lists of installed providers, as recorded from their stand-ins, with the place of their records."""
CASSETTES: Final = Path(__file__).parents[2] / "cassettes"
RECORDS: Final = 100
TAKE_TURNS: Final = ("read",)
"""Calls that get different pages in turn."""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A request to Unified, and the request to the reference service that does work of the same kind."""

    name: str
    request: bytes
    reference: bytes


def paths(home: service.Home) -> tuple[Watched, ...]:
    """The requests of the service that are watched."""
    return (
        Watched(name="mapped", request=service.contacts(home), reference=get("/contacts?limit=100")),
        Watched(name="page_10", request=service.contacts(home, 10), reference=get("/contacts?limit=10")),
        Watched(name="pass", request=service.passed_through(home), reference=get("/proxy?limit=100")),
        Watched(name="mcp_call", request=service.mcp_call(home, 20), reference=get("/contacts?limit=20")),
    )


def calls() -> dict[str, Callable[[], object]]:
    """The calls in the process that are watched: `read()` and five pages of the engine."""
    evaluated = {f"engine_{one.name}": _evaluated(one.source, one.document) for one in own_pages()}
    recorded = {f"read_{provider}": _recorded(provider, model, at) for provider, model, at in RECORDED}
    return {"read": library_calls()["read_100"], **evaluated, **recorded}


def _evaluated(source: str, document: Any) -> Callable[[], object]:
    evaluate = compile(source).evaluate
    return lambda: evaluate(document)


def _recorded(provider: str, model: str, at: str) -> Callable[[], object]:
    read = catalog().mapping(provider, model).read
    cassette = msgspec.json.decode((CASSETTES / provider / f"{model}.json").read_bytes())
    body = cassette["list"]["calls"][-1]["response"]["body"]["json"]
    items = cycle(body[at])
    whole = {**body, at: [next(items) for _ in range(RECORDS)]}
    assert len(read(whole)) == RECORDS, f"{provider} {model}: its cassette is not read as a page"
    return lambda: read(whole)


def reference_pages() -> Callable[[], bytes]:
    """The pages that the reference maps, in turn."""
    turn = cycle([msgspec.json.encode(page(RECORDS, turn)) for turn in range(PAGES)])
    return lambda: next(turn)
