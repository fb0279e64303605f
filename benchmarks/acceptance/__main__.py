"""`make bench-acceptance`: the first goals of speed, with other contacts and another peer in Node than `make bench` has.

Ends with status 1 when a least figure is missed.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import peers, service
from benchmarks.__main__ import OUT, complete
from benchmarks.acceptance import contacts
from benchmarks.equality import as_given, check_records, records_by_id
from benchmarks.goals import MAPPED, goals_grid, judged
from benchmarks.load import get
from benchmarks.machine import cores, pin
from benchmarks.measure import http_row, measure
from benchmarks.plan import Plan, plan_from
from benchmarks.results import Results
from benchmarks.rows import LIKE, PASSED, Group, agents, growth, own_paths
from benchmarks.subjects import Subjects, catalog, start_grown, start_ours
from benchmarks.tables import grids, shown

PEER: Final = Path(__file__).with_name("peer.js")
SHORT: Final = Plan(rounds=7, seconds=0.3, warm_rounds=14)
HAND: Final = get("/hand?limit=100")
JSONATA: Final = get("/jsonata?limit=100")


def main() -> int:
    pin(0, cores()[1])
    with OUT.status("start") as status:
        found = run(plan_from(base=SHORT), status.update)
    judgement = judged(MAPPED, found)
    for grid in [*grids(found), goals_grid(judgement)]:
        OUT.print(shown(grid))
    OUT.print(f"{found.rounds}. {found.machine['processor']}, {found.machine['cores']} cores; commit {found.commit}.")
    return 1 if any(one.fails for one in judgement) else 0


def run(plan: Plan, watch: Callable[[str], None]) -> Results:
    """Check that the peers answer equal records, then measure."""
    with started(plan, watch) as subjects:
        watch("check that all answer the same")
        check(subjects)
        every = groups(subjects, plan)
        rows, rounds = measure([row for group in every for row in group.rows], plan, watch)
    return complete(subjects, plan, every, rows, rounds)


@contextmanager
def started(plan: Plan, watch: Callable[[str], None]) -> Iterator[Subjects]:
    """Start Unified in front of the contacts of the acceptance, and the peers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = start_ours(stack, folder, contacts.__name__, contacts.COMPANIES, watch)
        watch("start the peers")
        reasons = {"nginx": peers.without_nginx(), "Node": peers.without_node()}
        found.missing.update({name: reason for name, reason in reasons.items() if reason is not None})
        port = found.provider.port
        if "nginx" not in found.missing:
            found.running["nginx"] = stack.enter_context(peers.nginx(folder, port))
        if "Node" not in found.missing:
            mapping = folder / "mapping.json"
            mapping.write_bytes(msgspec.json.encode(peers.needed(catalog().compiled("hubspot", "crm.contacts"))))
            found.running["node_hand"] = stack.enter_context(peers.script(PEER, provider=port))
            found.running["node_jsonata"] = stack.enter_context(peers.script(PEER, provider=port, more=(str(mapping),)))
        watch("start Unified with many accounts and with many providers")
        start_grown(stack, found, folder, plan, workers=False)
        yield found


def check(subjects: Subjects) -> None:
    """Compare the records of every peer with Unified's.

    Raises:
        ValueError: A record differs.
    """
    mapped = records_by_id(subjects.running["ours"].port, service.contacts(subjects.homes["ours"]))
    plain = {key: as_given(one) for key, one in mapped.items()}
    for name, request in (("node_hand", HAND), ("node_jsonata", JSONATA)):
        if name in subjects.running:
            expected, seen = (plain, as_given) if name == "node_hand" else (mapped, dict)
            check_records(name, subjects.running[name].port, request, expected, seen)


def groups(subjects: Subjects, plan: Plan) -> list[Group]:
    """The rows of the goals."""
    asked = (
        ("nginx", "nginx: pass-through", "nginx", PASSED),
        ("node_hand", "Node: mapped by hand", "node_hand", HAND),
        ("node_jsonata", "Node: mapped by npm jsonata", "node_jsonata", JSONATA),
        ("node_hand_10", "Node: mapped by hand, page of 10", "node_hand", get("/hand?limit=10")),
        ("node_hand_fields", "Node: mapped by hand, 12 fields", "node_hand", get("/hand12?limit=100")),
    )
    running = subjects.running
    peer_rows = [http_row(name, title, running[at], request) for name, title, at, request in asked if at in running]
    own = own_paths(subjects.homes["ours"], running["ours"])
    every = {"paths": (*peer_rows, *own), "growth": growth(subjects, plan), "agents": agents(subjects)}
    return [Group(name=name, title=name.capitalize(), rows=rows, like=LIKE[name]) for name, rows in every.items()]


if __name__ == "__main__":
    sys.exit(main())
