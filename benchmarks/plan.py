"""How long a run takes and what it measures, from the environment: BENCH_QUICK=1 gives a short one."""

import os
from collections.abc import Callable, Mapping
from typing import Final

import msgspec


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What can be set, with the values of a full run; `BENCH_ROUNDS` sets `rounds`, and so on."""

    rounds: int = 9
    seconds: float = 0.5
    """How long a row is measured in one round."""
    warm_rounds: int = 20
    """Rounds after which a row is warm even if its figure has not settled."""
    rates: tuple[int, ...] = (50, 100, 200, 400, 600)
    """Requests per second of the open loop."""
    open_rounds: int = 5
    open_seconds: float = 3.0
    starts: int = 5
    profile_seconds: float = 5.0
    accounts: int = 10_000
    providers: int = 60
    rows: tuple[str, ...] = ()
    """The names of the rows or groups to measure; all when empty."""

    def wants(self, *names: str) -> bool:
        """Whether a row, or one of its groups, is to be measured."""
        return not self.rows or bool({*names} & {*self.rows})


QUICK: Final = Plan(
    rounds=3,
    seconds=0.2,
    warm_rounds=8,
    rates=(50,),
    open_rounds=1,
    open_seconds=1.0,
    starts=1,
    accounts=200,
    rows=("paths", "agents", "library", "latency", "start", "hold", "compile"),
)
TINY: Final = Plan(
    rounds=1,
    seconds=0.01,
    warm_rounds=1,
    rates=(20,),
    open_rounds=1,
    open_seconds=0.1,
    starts=1,
    profile_seconds=0.1,
    accounts=9,
    providers=20,
)
"""Everything once, to see that it runs."""
READ: Final[dict[str, Callable[[str], object]]] = {
    "rounds": int,
    "seconds": float,
    "warm_rounds": int,
    "rates": lambda text: tuple(int(one) for one in text.split(",") if one),
    "open_rounds": int,
    "open_seconds": float,
    "starts": int,
    "profile_seconds": float,
    "accounts": int,
    "providers": int,
    "rows": lambda text: tuple(text.split(",")),
}


def plan_from(environ: Mapping[str, str] = os.environ, *, base: Plan | None = None) -> Plan:
    """The plan that the environment asks for."""
    base = base or (QUICK if environ.get("BENCH_QUICK") else Plan())
    given = {
        name: read(environ[f"BENCH_{name.upper()}"]) for name, read in READ.items() if environ.get(f"BENCH_{name.upper()}")
    }
    return msgspec.structs.replace(base, **given)
