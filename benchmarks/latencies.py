"""Latency that each path adds to the provider's own, at fixed rates."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import msgspec

from benchmarks import service
from benchmarks.figures import percentile
from benchmarks.load import get
from benchmarks.open_loop import Offered, offer
from benchmarks.plan import Plan
from benchmarks.processes import Started
from benchmarks.rows import MAPPED, PASSED
from benchmarks.subjects import Subjects

DIRECT = "direct"
Path = tuple[str, str, Started, bytes]
"""Name, title, process and request."""


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds that a path adds at one rate; None where it does not keep up."""

    name: str
    title: str
    rate: int
    p50_ms: float | None
    p99_ms: float | None


def paths(subjects: Subjects) -> list[Path]:
    """The provider itself first, then all that stands before it."""
    home, running = subjects.homes["ours"], subjects.running
    known = [
        ("nginx", "nginx: pass-through", PASSED),
        ("node_hand", "Node: mapped by hand", MAPPED),
    ]
    direct = get("/crm/v3/objects/contacts?limit=100")
    return [
        (DIRECT, "the provider itself", subjects.provider, direct),
        *((name, title, running[name], request) for name, title, request in known if name in running),
        ("pass", "Unified: pass-through", running["ours"], service.passed_through(home)),
        ("mapped", "Unified: mapped page of 100", running["ours"], service.contacts(home)),
    ]


def added(subjects: Subjects, plan: Plan, watch: Callable[[str], None]) -> list[Latency]:
    """Offer each rate to each path in interleaved rounds; a path that did not keep up is asked for no higher rate."""
    found: list[Latency] = []
    behind: set[str] = set()
    for rate in plan.rates:
        kept = [path for path in paths(subjects) if path[0] not in behind]
        offered: dict[str, list[Offered]] = {name: [] for name, *_ in kept}
        for number in range(plan.open_rounds):
            for name, title, process, request in kept:
                watch(f"{rate} requests/s, round {number + 1} of {plan.open_rounds}: {title}")
                offered[name].append(offer(process.port, request, rate=rate, seconds=plan.open_seconds))
        behind |= {name for name, rounds in offered.items() if not keeps_up(rounds)}
        found += [summed(name, title, rate, offered) for name, title, *_ in kept if name != DIRECT]
    return found


def keeps_up(rounds: Sequence[Offered]) -> bool:
    """Whether a path kept up in most rounds: other work on the machine may have taken one."""
    return sum(one.kept_up for one in rounds) * 2 > len(rounds)


def summed(name: str, title: str, rate: int, offered: Mapping[str, Sequence[Offered]]) -> Latency:
    """What a path adds: the median of its rounds' percentiles, each less that of the provider itself in the same round."""

    def beyond(share: float) -> float | None:
        if not keeps_up(offered[name]):
            return None
        rounds = zip(offered[name], offered[DIRECT], strict=True)
        return median(percentile(own.latencies, share) - percentile(direct.latencies, share) for own, direct in rounds) * 1000

    return Latency(name=name, title=title, rate=rate, p50_ms=beyond(0.5), p99_ms=beyond(0.99))
