"""The machine of a run: its cores, the clocks of its processes, and what a reader must know to compare figures."""

import ctypes
import functools
import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@functools.cache
def cores() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The cores for the subject and those for the provider and the load; one core serves both where there is no other.

    They are found at the first call, before this process is pinned to some of them.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    return (allowed[0],), tuple(allowed[1:] or allowed)


def pin(pid: int, to: Iterable[int]) -> None:
    """Let a process run on some cores only, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(pid, to)


@contextmanager
def pinned(to: Iterable[int]) -> Iterator[None]:
    """Run this process on some cores for a while."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    pin(0, to)
    try:
        yield
    finally:
        pin(0, before)


def processor_seconds(pid: int) -> float:
    """The processor time of a process and its children until now: to the nanosecond on Linux, elsewhere to hundredths."""
    process = psutil.Process(pid)
    return sum(_seconds_of(one.pid) for one in (process, *process.children(recursive=True)))


def _seconds_of(pid: int) -> float:
    libc = ctypes.CDLL(None)
    clock = ctypes.c_int()
    if hasattr(libc, "clock_getcpuclockid") and libc.clock_getcpuclockid(pid, ctypes.byref(clock)) == 0:
        return time.clock_gettime_ns(clock.value) / 1e9
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_mib(pid: int) -> float:
    """The resident memory of a process and its children."""
    process = psutil.Process(pid)
    return float(sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))) / 2**20


def description() -> dict[str, str]:
    """What the machine is, in words for a page."""
    return {
        "processor": processor_name(),
        "cores": str(len({*cores()[0], *cores()[1]})),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "load": f"{os.getloadavg()[0]:.1f} before the run",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
    }


def processor_name() -> str:
    """The kind of processor, which decides how two programs compare."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
