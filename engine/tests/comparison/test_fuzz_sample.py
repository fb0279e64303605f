"""Some hundred random programs of fixed seeds and of one that is new each time: this engine agrees with the others.

`make fuzz-jsonata` compares many more; a program that fails here is found again by its seed.
"""

import json
import random

import pytest

from jsonata_benchmarks import node
from jsonata_benchmarks.fuzzing.campaign import CAMPAIGNS, compare
from jsonata_benchmarks.fuzzing.parts import Log, run
from jsonata_benchmarks.oracle import NpmOracle, PythonOracle

PROGRAMS = [title for title in CAMPAIGNS if title != "Damaged pages"]
FIXED = (20261130, 7)
COUNT = 100
NEW = random.SystemRandom().randrange(10**9)


@pytest.fixture(scope="module")
def oracle():
    asked = NpmOracle() if node.missing() is None else PythonOracle()
    yield asked
    asked.close()


@pytest.mark.parametrize("title", PROGRAMS)
@pytest.mark.parametrize("seed", [*FIXED, "new"])
def test_random_programs_give_the_same(oracle, title, seed):
    tally = compare(CAMPAIGNS[title](COUNT, NEW if seed == "new" else seed), oracle)
    left = [*tally.differences, *tally.pairs]
    if oracle.name != "node":  # it takes null for missing in too many places to list
        left = [one for one in left if one.ours.crashed]
    shown = [(one.source, json.dumps(one.document), one.ours.shown(), one.other.shown()) for one in left]
    assert shown == [], f"seed {NEW if seed == 'new' else seed}"
    assert tally.compared == COUNT


def test_a_long_comparison_continues_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("jsonata_benchmarks.fuzzing.parts.CAMPAIGNS", {title: CAMPAIGNS[title] for title in PROGRAMS})
    monkeypatch.setattr("jsonata_benchmarks.fuzzing.parts.PART", 5)
    path, oracle = tmp_path / "fuzz.jsonl", PythonOracle()
    run(Log(path, oracle.name), 10, 1, oracle)
    kept = path.read_text("utf-8").splitlines()
    assert len(kept) == 2 * len(PROGRAMS)
    path.write_text("\n".join(kept[:-1]) + "\n", "utf-8")
    log = Log(path, oracle.name)
    assert [log.has(PROGRAMS[-1], 1, 5), log.has(PROGRAMS[-1], 2, 5)] == [True, False]
    run(log, 10, 1, oracle)
    again = path.read_text("utf-8").splitlines()
    assert again[:-1] == kept[:-1]
    assert sum(tally.compared for tally in log.totals(oracle).values()) == 10 * len(PROGRAMS)
