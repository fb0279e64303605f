"""Which differences are meant: by design of this engine, or a known fault of the other one."""

from typing import Any

from benchmarks.jsonata.fuzzing.oracle import Oracle
from benchmarks.jsonata.fuzzing.outcome import Outcome, agree, ours
from tests.unit.jsonata.known_differences import KNOWN, Known


def explanation(source: str, document: Any, mine: Outcome, other: Outcome, oracle: Oracle) -> str | None:
    """The name of the known difference that explains this one, or None. A crash of ours is never explained."""
    if mine.crashed:
        return None
    for known in KNOWN:
        if oracle.name not in known.oracles:
            continue
        if known.explains is not None and known.explains(source, document, mine, other):
            return known.name
        if _vanishes(known, source, document, oracle):
            return known.name
    return None


def _vanishes(known: Known, source: str, document: Any, oracle: Oracle) -> bool:
    if known.without is None:
        return False
    text, data = known.without(source, document)
    return (text, data) != (source, document) and agree(ours(text, data), oracle.answer(text, data))
