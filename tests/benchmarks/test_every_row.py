"""Every row of `make bench` runs once, in a tiny form, and every peer answers equal records: the benchmarks cannot break unseen.

The peers in Node need their pinned packages, which `make bench-peers` installs. Without them this is skipped saying so, and
fails when `REQUIRE_SERVICES` is set.
"""

import os

import msgspec
import pytest

from benchmarks import peers
from benchmarks.__main__ import run
from benchmarks.goals import GOALS, goals_grid, judged
from benchmarks.plan import TINY
from benchmarks.report import blocks_of
from benchmarks.results import Results
from benchmarks.rows import LIKE
from benchmarks.subjects import catalog
from benchmarks.tables import grids, shown


def test_the_peer_in_node_has_every_function_that_the_record_expression_calls() -> None:
    called = set(peers.needed(catalog().compiled("hubspot", "crm.contacts"))["functions"])
    missing = called - peers.functions_in_node()
    assert not missing, f"benchmarks/node/functions.js lacks what the record expression calls: {sorted(missing)}"


@pytest.mark.takes(seconds=60)  # they start the service in some forms, and servers in Node
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("paths", "agents", "library", "mapped", "latency", "hold", "compile", "parts"), id="with peers"),
        pytest.param(("mapped", "page_10", "growth", "start", "parts"), id="without peers", marks=pytest.mark.slow),
    ],
)
def test_every_row_runs_and_every_peer_answers_the_same_records(names: tuple[str, ...]) -> None:
    for reason in (peers.without_node(), peers.without_nginx()):
        if reason is not None:
            (pytest.fail if os.environ.get("REQUIRE_SERVICES") else pytest.skip)(f"a peer cannot be measured: {reason}")
    found = run(msgspec.structs.replace(TINY, rows=names), lambda _: None)
    assert [name for name in names if name in LIKE] == [table.name for table in found.tables if table.name in names]
    for table in found.tables:
        for row in table.rows:
            assert min(row.milliseconds.rounds) > 0
            assert all(found.row(base) for base in table.like.get(row.name, ()) if "node" not in base or "paths" in names)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Results) == found
    assert blocks_of(found)
    for grid in [*grids(found), goals_grid(judged(GOALS, found))]:
        assert shown(grid).row_count == len(grid.lines)
