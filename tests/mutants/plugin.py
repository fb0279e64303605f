"""The parts within pytest: one notes which functions each test runs, the other runs chosen tests with one change after another.

UNIFIED_MUTANTS_TRACE is a folder for what is noted. UNIFIED_MUTANTS is a file of tasks, a line each: the change and its tests. The
suite is collected once; each change is made in a fork of the process, in the code of the function that is there, so that nothing is
imported or collected again.
"""

import functools
import gc
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest

from tests.mutants.changes import changed_tree
from tests.mutants.layers import CHANGED, ENOUGH, LONGEST, LONGEST_CPU, ROOT, TOO_LONG, layer_of


class _Trace:
    """The functions of the changed folders that run while a test does, with its fixtures."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / f"{os.environ.get('PYTEST_XDIST_WORKER', 'one')}.jsonl"
        self.running: set[str] = set()
        tool, events = sys.monitoring.PROFILER_ID, sys.monitoring.events
        sys.monitoring.use_tool_id(tool, "mutants")
        sys.monitoring.register_callback(tool, events.PY_START, self._started)
        sys.monitoring.set_events(tool, events.PY_START)

    def _started(self, code: CodeType, _offset: int) -> Any:
        name = code.co_filename.removeprefix(f"{ROOT}/")
        if name.startswith(CHANGED):
            self.running.add(f"{name}:{code.co_qualname}")
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self) -> Any:
        self.running = set()
        sys.monitoring.restart_events()
        return (yield)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" and report.passed and self.running:
            row = {"test": report.nodeid, "seconds": report.duration, "functions": sorted(self.running)}
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


class _Changes:
    """Runs the tests of each task in a fork; of a layer no more once enough of its files have failed."""

    def __init__(self, tasks: Path) -> None:
        self.tasks = [json.loads(line) for line in tasks.read_text(encoding="utf-8").splitlines()]
        self.out = tasks.with_suffix(".done.jsonl")
        self.ends = time.monotonic() + 60 * float(os.environ.get("UNIFIED_MUTANTS_MINUTES", "1e9"))
        self.failed: dict[str, list[str]] = defaultdict(list)
        self.ran = 0

    def pytest_runtestloop(self, session: Any) -> bool:
        items = {one.nodeid: one for one in session.items}
        for task in self.tasks:
            if time.monotonic() > self.ends:
                break
            outcome = self._forked(task, items)
            with self.out.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**task["row"], **outcome}) + "\n")
        return True

    def _forked(self, task: dict[str, Any], items: dict[str, Any]) -> dict[str, Any]:
        began, (reads, writes) = time.monotonic(), os.pipe()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_CPU, LONGEST_CPU))
            with suppress(BaseException):
                os.write(writes, json.dumps(self._answer(task, items)).encode())
            os._exit(0)
        os.close(writes)
        with open(reads, encoding="utf-8") as answer, _killed_after(child, LONGEST):  # noqa: PTH123 - a pipe
            found = json.loads(answer.read() or '{"failed": {"time": ["time"]}, "ran": 0}')
        os.waitpid(child, 0)
        return {**found, "seconds": round(time.monotonic() - began, 1)}

    def _answer(self, task: dict[str, Any], items: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._run(task, items)
        except LookupError as problem:
            return {"failed": {}, "ran": 0, "problem": str(problem)}

    def _run(self, task: dict[str, Any], items: dict[str, Any]) -> dict[str, Any]:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        change_code(task["row"]["file"], task["row"]["number"], task["row"]["function"])
        chosen = [items[test] for test in task["tests"] if test in items]
        for place, item in enumerate(chosen):
            if len(self.failed[layer_of(item.nodeid)]) < ENOUGH:
                item.config.hook.pytest_runtest_protocol(
                    item=item, nextitem=chosen[place + 1] if place + 1 < len(chosen) else None
                )
        return {"failed": {name: files for name, files in self.failed.items() if files}, "ran": self.ran}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.ran += report.when == "call"
        file, known = report.nodeid.partition("::")[0], self.failed[layer_of(report.nodeid)]
        if report.failed and TOO_LONG not in str(report.longrepr) and file not in known:
            known.append(file)


class _killed_after:  # noqa: N801 - a context manager, named as one
    """Kill a process that takes too long; what it would have written is then missing."""

    def __init__(self, child: int, seconds: int) -> None:
        self.child, self.seconds = child, seconds

    def __enter__(self) -> None:
        signal.signal(signal.SIGALRM, lambda *_: os.kill(self.child, signal.SIGKILL))
        signal.alarm(self.seconds)

    def __exit__(self, *_: object) -> None:
        signal.alarm(0)


def change_code(file: str, number: int, function: str) -> None:
    """Give the functions of this name the code of the changed file, and forget what was computed before.

    Raises:
        LookupError: No function of this process has the code.
    """
    path = ROOT / file
    whole = compile(changed_tree(path.read_text(encoding="utf-8"), number), str(path), "exec")
    new = {(one.co_qualname, one.co_firstlineno): one for one in _codes(whole)}
    changed = 0
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename == str(path):
            code = new.get((one.__code__.co_qualname, one.__code__.co_firstlineno))
            if code is not None and len(code.co_freevars) == len(one.__code__.co_freevars):
                one.__code__ = code
                changed += code.co_qualname == function or function.startswith(f"{code.co_qualname}.")
        elif isinstance(one, functools._lru_cache_wrapper) and str(one.__module__).startswith(("unified", "tests")):
            one.cache_clear()
    if not changed:
        raise LookupError(f"{file}: no function {function} is loaded")


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


def pytest_configure(config: Any) -> None:
    if folder := os.environ.get("UNIFIED_MUTANTS_TRACE"):
        config.pluginmanager.register(_Trace(Path(folder)))
    if tasks := os.environ.get("UNIFIED_MUTANTS"):
        config.pluginmanager.register(_Changes(Path(tasks)))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    if "UNIFIED_MUTANTS" in os.environ:
        gc.unfreeze()  # conftest.py freezes what is there: the functions are looked for among it
