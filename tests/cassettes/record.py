"""Record every cassette anew against the stand-ins: `make cassettes`, or `python -m tests.cassettes.record hubspot`.

With UNIFIED_CATALOG, those of that folder: its `providers/`, `mappings/` and `cassettes/`.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import time_machine

from tests.cassettes.connect import CLOCK, connected
from tests.cassettes.files import write_step
from tests.cassettes.place import TESTED, Place
from tests.cassettes.steps import Step, perform, steps
from tests.cassettes.tape import TAPE
from unified.errors.configuration import CatalogError, ConfigurationError
from unified.errors.error import UnifiedError


async def record(names: Sequence[str], place: Place = TESTED) -> list[str]:
    """Record the cassettes of providers; answer a message for each step that failed.

    Raises:
        CatalogError: A file is invalid or missing; nothing is recorded, and the message says where.
    """
    place.standins(*names)
    scenarios = {name: list(steps(name, place)) for name in names}
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as home:
        async with connected(Path(home), list(names), live=True, place=place) as (services, principal, accounts):
            for name, listed in scenarios.items():
                for old in (place.cassettes / name).glob("*.*.json"):
                    old.unlink()
                for step in listed:
                    failed += await _step(step, services, principal, accounts[name])
    return failed


async def _step(step: Step, services, principal, account_id) -> list[str]:
    try:
        with time_machine.travel(CLOCK, tick=False), TAPE.use_cassette(step.cassette, record_mode="all"):
            came = await perform(step, services, principal, account_id)
    except UnifiedError as problem:
        said = f"; the provider said: {problem.provider.message}" if problem.provider and problem.provider.message else ""
        places = "".join(f"; {one.pointer}: {one.message}" for one in problem.errors)
        return [f"{step.where}: {step.model}.{step.name}: {problem.code}: {problem}{places}{said}"]
    except Exception as problem:  # noqa: BLE001 - the list of everything that failed is what helps
        return [f"{step.where}: {step.model}.{step.name}: {type(problem).__name__}: {problem}"]
    write_step(step.file, step.name, {"gives": came})
    return []


def main(names: Sequence[str], place: Place = TESTED) -> int:
    """Record, print what failed, and answer the status of the process."""
    try:
        failures = asyncio.run(record(names or place.providers(), place))
    except (CatalogError, ConfigurationError) as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join((*failures, f"{len(failures)} failed")))
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
