"""What other processes did while something was measured: their processor time, the host's, and how often they took the core."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import psutil

STAT: Final = Path("/proc/stat")
TICKS: Final = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
MOST_OTHERS: Final = 0.1
"""Share of one core that other processes, and other machines on the same host, may take."""
MOST_SWITCHES: Final = 200
"""Times in a second that another process may take the subject's core from it."""
WORKS: Final = (0, 1, 2, 5, 6, 7)
"""Places in the line of all processors: user, nice, system, interrupts, soft interrupts, stolen by the host."""


class Disturbance(msgspec.Struct, kw_only=True):
    """Known when the block ends; zeros where the system does not say."""

    others: float = 0.0
    """Share of a core."""
    switches: float = 0.0
    """In a second."""

    @property
    def is_large(self) -> bool:
        return self.others > MOST_OTHERS or self.switches > MOST_SWITCHES


@contextmanager
def watched(pid: int) -> Iterator[Disturbance]:
    """Watch the machine while a subject, a process, is measured in the block."""
    found = Disturbance()
    busy, switches, began = _others(), _switches(pid), time.perf_counter()
    yield found
    seconds = max(1e-3, time.perf_counter() - began)
    # Both clocks count hundredths of a second, and their difference may be off by one of each core.
    noise = 2 * (os.cpu_count() or 1) / TICKS
    found.others = max(0.0, _others() - busy - noise) / seconds
    found.switches = (_switches(pid) - switches) / seconds


def _others() -> float:
    """Seconds of all processors that this process and its descendants did not use."""
    if not STAT.exists():
        return 0.0
    ticks = STAT.read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    me = psutil.Process()
    own = 0.0
    for one in (me, *me.children(recursive=True)):
        try:
            own += sum(one.cpu_times()[:4])  # its own and those of its children that ended
        except psutil.NoSuchProcess:
            continue
    return sum(int(ticks[place]) for place in WORKS) / TICKS - own


def _switches(pid: int) -> int:
    try:
        return int(psutil.Process(pid).num_ctx_switches().involuntary)
    except (psutil.Error, AttributeError, NotImplementedError):
        return 0
