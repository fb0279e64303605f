"""`make jsonata-suite`: the language's official suite, run with the engine's default limits and no other help."""

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from jsonata_benchmarks.comparison import same
from unified_jsonata import UNDEFINED, JsonataError, Limits, compile

SUITE: Final = Path(__file__).parents[2] / "../shared/jsonata-suite"
WIDTH: Final = 110
"""Characters of an expression or a value that are shown."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case of the suite. `expected` is UNDEFINED for an undefined result; `code` is set when it must fail."""

    name: str
    source: str
    data: Any
    bindings: Mapping[str, Any]
    expected: Any
    code: str | None
    token: str | None
    unordered: bool
    limits: Limits | None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How an evaluation ended: with a value, or with a code."""

    value: Any = UNDEFINED
    code: str | None = None
    token: str | None = None

    def shown(self) -> str:
        """For a person to read."""
        if self.code is not None:
            return f"error {self.code} {self.token or ''}".rstrip()
        return "undefined" if self.value is UNDEFINED else json.dumps(self.value, ensure_ascii=False, default=repr)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A case that came out differently, in words."""

    name: str
    source: str
    expected: str
    got: str


def cases() -> Iterator[Case]:
    """Every case of the suite, by group and file; a file with several numbers them."""
    for path in sorted(SUITE.glob("groups/*/*.json")):
        found = json.loads(path.read_text("utf-8"))
        several = isinstance(found, list)
        for at, one in enumerate(found if several else [found]):
            yield _case(path, f"[{at}]" if several else "", one)


def run(chosen: Iterable[Case] | None = None) -> list[Failure]:
    """Run these cases, or all, and answer those that failed."""
    found = (_check(case) for case in (cases() if chosen is None else chosen))
    return [one for one in found if one is not None]


def _case(path: Path, index: str, found: Mapping[str, Any]) -> Case:
    error = found.get("error", {})
    source = found["expr"] if "expr" in found else (path.parent / found["expr-file"]).read_text("utf-8")
    return Case(
        name=f"{path.parent.name}/{path.stem}{index}",
        source=source,
        data=_document(found),
        bindings=found.get("bindings") or {},
        expected=found.get("result", UNDEFINED),
        code=found.get("code") or error.get("code"),
        token=found.get("token") or error.get("token"),
        unordered=found.get("unordered", False),
        limits=_limits(found),
    )


def _document(found: Mapping[str, Any]) -> Any:
    if "data" in found:
        return found["data"]
    name = found.get("dataset")
    return UNDEFINED if name is None else json.loads(_dataset(name))


@cache
def _dataset(name: str) -> str:
    return (SUITE / f"datasets/{name}.json").read_text("utf-8")


def _limits(found: Mapping[str, Any]) -> Limits | None:
    given = {}
    if "timelimit" in found:
        given["timeout"] = found["timelimit"] / 1000
    if "depth" in found:
        given["depth"] = found["depth"]
    return Limits(**given) if given else None


def _check(case: Case) -> Failure | None:
    outcome = _outcome(case)
    if case.code is None:
        right = outcome.code is None and same(case.expected, outcome.value, unordered=case.unordered)
    else:
        right = outcome.code == case.code and case.token in {None, outcome.token}
    if right:
        return None
    wanted = Outcome(value=case.expected, code=case.code, token=case.token)
    return Failure(name=case.name, source=case.source, expected=wanted.shown(), got=outcome.shown())


def _outcome(case: Case) -> Outcome:
    try:
        return Outcome(value=compile(case.source).evaluate(case.data, case.bindings, case.limits))
    except JsonataError as error:
        return Outcome(code=error.code, token=error.token)
    except Exception as error:  # noqa: BLE001 - whatever else escapes is a failed case, not the end of the run
        return Outcome(code=f"{type(error).__name__}: {error}")


def _short(text: str) -> str:
    printable = text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a surrogate pair cannot be written
    return textwrap.shorten(printable, WIDTH, placeholder=" …")


def main() -> int:
    chosen = list(cases())
    if not chosen:
        print(f"The suite is not at {SUITE}.")
        return 1
    failed = run(chosen)
    for one in failed:
        print(f"{one.name}: {_short(one.source)}\n    expected {_short(one.expected)}\n    got      {_short(one.got)}")
    print(f"{len(chosen) - len(failed):,} of {len(chosen):,}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
