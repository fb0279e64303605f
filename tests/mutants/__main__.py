"""Make small changes of the code, one at a time, and count which tests notice: `make mutants`.

A sample, chosen with a seed. Which tests run a changed function is noted first, in one run of the suite; of them each layer
runs a share of bounded length. What was measured is kept as lines, so that a longer run goes on where a shorter one stopped.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.mutants.changes import Change, changes_of
from tests.mutants.layers import CHANGED, LAYERS, ROOT, layer_of

PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.plugin", "--tb=line", "--continue-on-collection-errors"]
QUICK = ["-m", "not slow and not alone and not deploy"]
PER_FILE = 3
"""Tests of one file that are tried before another file is."""


def trace(folder: Path, workers: int) -> None:
    """Run the suite once and note the functions that each test runs."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [*PYTEST, *QUICK, "-n", str(workers), "--dist", "loadfile", "tests"]
    subprocess.run(arguments, cwd=ROOT, env=os.environ | {"UNIFIED_MUTANTS_TRACE": str(folder)}, check=False)


def traced(folder: Path) -> dict[str, list[tuple[str, float]]]:
    """The tests of each function, with their seconds."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for function in row["functions"]:
                found[function].append((row["test"], row["seconds"]))
    return found


def all_changes() -> Iterator[Change]:
    for folder in CHANGED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from changes_of(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))


def chosen_tests(tests: list[tuple[str, float]], seconds: float, chance: random.Random) -> list[str]:
    """A share of the tests for each layer: first a few of every file, the quick ones before the long."""
    layers: dict[str, list[tuple[int, float, float, str]]] = defaultdict(list)
    of_file: Counter[str] = Counter()
    for test, took in sorted(tests, key=lambda one: (chance.random(), one)):
        file = test.partition("::")[0]
        layers[layer_of(test)].append((of_file[file] // PER_FILE, took > seconds / 4, chance.random(), test))
        of_file[file] += 1
    times = dict(tests)
    return [test for name in LAYERS for test in _within(seconds, [row[-1] for row in sorted(layers[name])], times)]


def _within(seconds: float, tests: list[str], took: dict[str, float]) -> Iterator[str]:
    used = 0.0
    for test in tests:
        if used and used + took[test] > seconds:
            continue
        used += took[test] + 0.02
        yield test


def measure(tasks: list[dict[str, Any]], folder: Path, minutes: float) -> None:
    """Run the tests of each task with its change, in one process that collects them once."""
    listed, given = folder / "tests.txt", folder / "tasks.jsonl"
    listed.write_text("\n".join(sorted({test.partition("::")[0] for one in tasks for test in one["tests"]})), encoding="utf-8")
    given.write_text("".join(json.dumps(one) + "\n" for one in tasks), encoding="utf-8")
    environment = os.environ | {"UNIFIED_MUTANTS": str(given), "UNIFIED_MUTANTS_MINUTES": str(minutes)}
    subprocess.run([*PYTEST, *QUICK, f"@{listed}"], cwd=ROOT, env=environment, check=False, stdout=subprocess.DEVNULL)


def task_of(change: Change, tests: list[str]) -> dict[str, Any]:
    """A change with its tests, as the plugin reads it."""
    return {"row": msgspec.to_builtins(change) | {"reached": sorted({layer_of(test) for test in tests})}, "tests": tests}


def report(rows: list[dict[str, Any]], out: Any = sys.stdout) -> None:
    """Print the figures: of each layer what it reaches and notices, what it alone notices, and the files that alone notice."""
    print(f"{len(rows)} changes; noticed: {sum(any(row['failed'].values()) for row in rows)}", file=out)
    print(f"{'layer':<14}{'reached':>9}{'noticed':>9}{'alone':>7}", file=out)
    for name in LAYERS:
        reached = [row for row in rows if name in row["reached"]]
        noticed = [row for row in reached if row["failed"].get(name)]
        alone = [row for row in noticed if not any(files for layer, files in row["failed"].items() if layer != name)]
        print(f"{name:<14}{len(reached):>9}{len(noticed):>9}{len(alone):>7}", file=out)
    files = Counter(f for row in rows if len(f_all := [*{f for fs in row["failed"].values() for f in fs}]) == 1 for f in f_all)
    print("files that alone notice a change:", file=out)
    for file, count in files.most_common():
        print(f"  {count:>3} {file}", file=out)
    print("not noticed:", file=out)
    for row in rows:
        if not any(row["failed"].values()):
            print(f"  {msgspec.convert({k: row[k] for k in Change.__struct_fields__}, Change)}", file=out)


def main() -> None:
    """Trace if nothing is traced yet, measure the sample, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="changes in the sample")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=120, help="stop after these, with what is measured")
    parser.add_argument(
        "--seconds", type=float, default=8, help="of tests, as first measured, that a layer may run for one change"
    )
    parser.add_argument(
        "--layers", nargs="+", choices=LAYERS, default=[*LAYERS], help="run these alone, such as the quick ones"
    )
    parser.add_argument("--workers", type=int, default=2, help="of the run that notes")
    parser.add_argument("--folder", type=Path, default=ROOT / ".unified/mutants")
    given = parser.parse_args()
    if not any((given.folder / "trace").glob("*.jsonl")):
        trace(given.folder / "trace", given.workers)
    tests = traced(given.folder / "trace")
    sample = random.Random(given.seed).sample(list(all_changes()), given.count)
    chosen = [
        task_of(one, chosen_tests(_reach(tests, one, given.layers), given.seconds, random.Random(given.seed + place)))
        for place, one in enumerate(sample)
    ]
    done = given.folder / "tasks.done.jsonl"
    known = _lines(done)
    measured = {(row["file"], row["number"]) for row in known}
    measure([one for one in chosen if (one["row"]["file"], one["row"]["number"]) not in measured], given.folder, given.minutes)
    wanted = {(one["row"]["file"], one["row"]["number"]) for one in chosen}
    report([row for row in _lines(done) if (row["file"], row["number"]) in wanted])


def _reach(tests: dict[str, list[tuple[str, float]]], change: Change, layers: list[str]) -> list[tuple[str, float]]:
    return [one for one in tests.get(f"{change.file}:{change.function}", ()) if layer_of(one[0]) in layers]


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


if __name__ == "__main__":
    main()
