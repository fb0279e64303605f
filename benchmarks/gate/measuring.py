"""The measuring process of the gate: `python -m benchmarks.gate.measuring ASKED.json` prints what it saw as JSON.

Unified, the provider, the reference service and the clients share one process, one thread and one event loop, as
`unified serve` sets it up: with its garbage collector, its log lines and its limits. So nothing depends on when the system
lets another process run, the same requests do the same work, and a slow machine slows a subject and its reference alike.
"""

import asyncio
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from unittest import mock

import msgspec

from benchmarks import provider, service
from benchmarks.gate import reference
from benchmarks.gate.client import Client
from benchmarks.gate.counts import counted
from benchmarks.gate.losses import Planted
from benchmarks.gate.observed import Asked, Compared, Observed
from benchmarks.gate.sides import Pair, calling, sending
from benchmarks.gate.subjects import TAKE_TURNS, calls, paths, reference_pages
from benchmarks.machine import cores, pin
from benchmarks.pages import PAGES
from unified.app.preparation import prepare
from unified.server import service_process
from unified.server.event_loop import run
from unified.server.serving import Served, bound
from unified.settings.environment import from_environment
from unified.telemetry.logs import configure_logs

PRIORITY: Final = -15
WARM_SECONDS: Final = 0.4
"""Processor time that warms a subject up; what it costs is known afterwards."""
ROUND_SECONDS: Final = 0.05
"""Of the calls of one subject in a round, where no pages take turns."""


async def measure(asked: Asked, home: service.Home) -> Observed:
    """Start everything in this event loop, and observe it."""
    server = await asyncio.get_running_loop().create_server(provider.Connection, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    settings = from_environment(service.environment(home, port))
    await prepare(settings)
    loss, stop = Planted(asked.kind, asked.share), asyncio.Event()
    found: list[Observed] = []
    make = service_process.served

    def with_loss(*given: Any) -> Served:
        one = make(*given)
        return msgspec.structs.replace(one, app=loss.within(one.app))

    with bound(Served(app=None, host="127.0.0.1", port=0, named="")) as listener:

        async def started(_urls: list[str]) -> None:
            try:
                pairs = await opened(asked, home, listener.getsockname()[1], port, loss)
                found.append(await observe(asked, pairs, loss))
            finally:
                stop.set()

        with mock.patch.object(service_process, "served", with_loss):
            await service_process.run_service(settings, listener, started, stop)
    return found[0]


async def opened(asked: Asked, home: service.Home, port: int, provider_port: int, loss: Planted) -> dict[str, Pair]:
    """The subjects that are asked for, each with its reference."""
    ours, other = Client(port), Client(await reference.serving(provider_port))
    page = reference_pages()
    first = page()
    found = {one.name: Pair(own=sending(ours, one.request), reference=sending(other, one.reference)) for one in paths(home)}
    for name, call in calls().items():
        turns = PAGES if name in TAKE_TURNS else 1
        mapped = (lambda: reference.mapped(page())) if name in TAKE_TURNS else (lambda: reference.mapped(first))
        found[name] = Pair(own=calling(call, loss.spend, turns=turns), reference=calling(mapped, turns=turns))
    return {name: one for name, one in found.items() if not asked.subjects or name in asked.subjects}


async def observe(asked: Asked, pairs: dict[str, Pair], loss: Planted) -> Observed:
    """Warm every subject up, then time all of them in turn, and count."""
    loss.aim({name: await one.warm(WARM_SECONDS, ROUND_SECONDS) for name, one in pairs.items()})
    for _ in range(asked.rounds):
        for name, one in pairs.items():
            loss.current = name
            await one.round()
    counts = {}
    for name, one in pairs.items() if asked.counts else ():
        loss.current = name
        counts[name] = await counted(one.own)
    times = {name: Compared(own=one.own.times, reference=one.reference.times) for name, one in pairs.items()}
    return Observed(counts=counts, times=times)


def main() -> None:
    asked = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Asked)
    pin(0, cores()[0])
    with suppress(OSError):  # fewer interruptions by what else runs, where the system allows it
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
        Path("/proc/self/autogroup").write_text(str(PRIORITY), encoding="ascii")  # Linux may share by sessions, not processes
    found: list[Observed] = []
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        configure_logs(nowhere)
        home = service.prepare(Path(folder) / "home")

        async def work() -> None:
            found.append(await measure(asked, home))

        run(work())
    sys.stdout.buffer.write(msgspec.json.encode(found[0]))


if __name__ == "__main__":
    main()
