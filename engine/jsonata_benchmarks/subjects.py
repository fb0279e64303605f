"""The pages that are measured: an expression, a document, the same mapping by hand and the right answer."""

import importlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

SHARED: Final = Path(__file__).parents[2] / "../shared/jsonata-bench"
GIVEN: Final = ("hubspot", "salesforce", "jira", "bamboohr")
"""The four pages that the targets speak of; they are beside the repository."""
OWN: Final = ("tickets", "people", "deals")
"""The project's own pages, in `pages`."""
PAGES: Final = Path(__file__).with_name("pages")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of 100 records. `by_hand` is the mapping in Python; `expected` what every engine must answer."""

    name: str
    source: str
    document: Any
    by_hand: Callable[[Any], Any]
    expected: Any
    given: bool


def pages() -> list[Page]:
    """The given pages, when they are there, and the project's own."""
    return [*given_pages(), *own_pages()]


def given_pages() -> list[Page]:
    """The four given pages; none when their folder is absent."""
    if not SHARED.is_dir():
        return []
    by_hand = _hand().ALL
    return [
        Page(
            name=name,
            source=(SHARED / f"{name}.jsonata").read_text("utf-8"),
            document=json.loads((SHARED / f"{name}.json").read_bytes()),
            by_hand=by_hand[name],
            expected=json.loads((SHARED / f"{name}.out.json").read_bytes()),
            given=True,
        )
        for name in GIVEN
    ]


def own_pages() -> list[Page]:
    """The project's own pages; they are always there."""
    return [_own(name) for name in OWN]


def _hand() -> Any:
    spec = importlib.util.spec_from_file_location("jsonata_bench_hand", SHARED / "hand.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _own(name: str) -> Page:
    module = importlib.import_module(f"jsonata_benchmarks.pages.{name}")
    document = module.document()
    source = (PAGES / f"{name}.jsonata").read_text("utf-8")
    return Page(
        name=name, source=source, document=document, by_hand=module.mapped, expected=module.mapped(document), given=False
    )
