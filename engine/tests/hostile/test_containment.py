"""Hostile expressions end with an error of the language, soon and small, and leave the engine in order."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from unified_jsonata import JsonataError, compile

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LATE = 1.0
"""Seconds of processor time past the limit."""
LIMIT = 0.5
LARGE = 300
"""MB that an evaluation may add to what the process and the document hold."""
CODE = re.compile("[STDU][0-9]{4}")
SUBJECTS = {"bombs": 2, "amplified": 2, "growth": 2, "recursion": 2, "walks": 2, "regexes": 2, "sources": 2, "written": 1}
PARTS = [(subject, part, parts) for subject, parts in SUBJECTS.items() for part in range(parts)]
"""Subjects and how they are divided, so that two processes have about the same to do."""


def results(subject, part, parts, form="usual"):
    """What each case cost; one that never ended, or took the process with it, has an outcome that says so."""
    after = -1
    while True:
        command = [sys.executable, "-m", "tests.hostile.child", subject, *map(str, (part, parts, after))]
        around = {**os.environ, "FORM": form}
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=around)
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        yield from (line for line in lines if "outcome" in line)
        if ran.returncode == 0:
            return
        assert lines, ran.stderr
        last = lines[-1]
        yield {**last, "outcome": f"no end: {ran.stderr[-500:]}"}
        after = last["at"]


def faults(one):
    """What is wrong with the outcome of a case."""
    if one["outcome"].startswith("no end"):
        yield one["outcome"]
        return
    if not (one["outcome"] == "value" and not one["ends"]) and (CODE.fullmatch(one["outcome"]) is None):
        yield one["outcome"]
    if one["seconds"] > LIMIT + LATE:
        yield f"{one['seconds']:.1f} s"
    if one["grown"] > LARGE:
        yield f"{one['grown']:.0f} MB more, {one['peak']:.0f} MB in all"
    if not one["healthy"]:
        yield "a plain expression failed afterwards"


@pytest.mark.parametrize(("subject", "part", "parts"), PARTS)
def test_contained(subject, part, parts):
    found = list(results(subject, part, parts))
    assert len(found) > 5
    wrong = [f"{one['name'][:200]}: {'; '.join(told)}" for one in found if (told := list(faults(one)))]
    worst = max((one for one in found if "peak" in one), key=lambda one: one["peak"])
    assert not wrong, "\n".join([*wrong, f"highest peak: {worst['peak']:.0f} MB by {worst['name'][:200]}"])


def test_contained_in_the_general_form_too():
    found = list(results("recursion", 0, 2, "general"))
    assert len(found) > 5
    assert [f"{one['name'][:200]}: {'; '.join(told)}" for one in found if (told := list(faults(one)))] == []


HOSTILE = (
    "($f := function($x){ $f($x + 1) }; $f(1))",
    "[1..1000000].{'a': $}",
    "$match($pad('', 50000, 'a') & 'b', /(a+)+(?=c)$/)",
    "$sort([1..1000000], function($a, $b){ $random() > 0.5 })",
    "$string([1..1000000])",
    "[1..3000]^($sum([1..10000]))",
)


@pytest.mark.parametrize("source", HOSTILE)
def test_others_are_not_starved(source):
    """While one evaluation uses all its time, evaluations in another thread go on."""
    hostile, plain = compile(source), compile("rows.{'id': id, 'twice': n * 2, 'name': $uppercase(name)}")
    rows = [{"id": at, "n": at, "name": f"n{at}"} for at in range(100)]
    slowest: list[float] = []
    over = threading.Event()

    def serve():
        longest = 0.0
        while not over.is_set():
            begin = time.monotonic()
            found = plain.evaluate({"rows": rows})
            longest = max(longest, time.monotonic() - begin)
            if found[99] != {"id": 99, "twice": 198, "name": "N99"}:
                longest = float("inf")
            time.sleep(0.001)  # lets the other go on: a thread that never waits slows RE2's calls down, which give up the lock
        slowest.append(longest)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with pytest.raises(JsonataError):
            hostile.evaluate({})
    finally:
        over.set()
        thread.join()
    assert len(slowest) == 1
    assert slowest[0] < 2
