"""Record every cassette anew against the stand-ins: `make cassettes`, or `python -m tests.cassettes.record hubspot`."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import time_machine

from tests.cassettes.connect import CLOCK, connected
from tests.cassettes.steps import FOLDER, Step, perform, providers, steps
from tests.cassettes.tape import TAPE


async def record(names: list[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        async with connected(Path(home), names, live=True) as (services, principal, accounts):
            for name in names:
                for old in [*(FOLDER / name).glob("*.out.json"), *(FOLDER / name).glob("*.*.*.yaml")]:
                    old.unlink()
                for step in steps(name):
                    failed += await _step(step, services, principal, accounts[name])
    return failed


async def _step(step: Step, services, principal, account_id) -> int:
    try:
        with time_machine.travel(CLOCK, tick=False), TAPE.use_cassette(str(step.cassette), record_mode="all"):
            came = await perform(step, services, principal, account_id)
    except Exception as problem:  # noqa: BLE001 - the list of everything that failed is what helps
        print(f"FAIL {step}: {type(problem).__name__}: {problem} {getattr(problem, 'provider', '') or ''}")
        return 1
    step.output.write_text(json.dumps(came, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    failures = asyncio.run(record(sys.argv[1:] or providers()))
    print(f"{failures} failed")
    sys.exit(failures > 0)
