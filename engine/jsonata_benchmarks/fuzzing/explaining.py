"""Which differences are meant: by design of this engine, or a known fault of the other one."""

from typing import Any

from jsonata_benchmarks.differences import rewrites
from jsonata_benchmarks.differences.known_differences import KNOWN, Known
from jsonata_benchmarks.oracle import Oracle
from jsonata_benchmarks.outcome import Outcome, agree, ours

SEVERAL = "several of these at once"


def explanation(source: str, document: Any, mine: Outcome, other: Outcome, oracle: Oracle) -> str | None:
    """The name of the known difference that explains this one, or None. A crash of ours is never explained."""
    if mine.crashed:
        return None
    found = _single(source, document, mine, other, oracle) or _several(source, document, oracle)
    if found is not None:
        return found
    written, _ = rewrites.evals_written_out(source, document)
    if written == source:
        return None
    mine, other = ours(written, document), oracle.answer(written, document)
    return None if agree(mine, other) else explanation(written, document, mine, other, oracle)


def _single(source: str, document: Any, mine: Outcome, other: Outcome, oracle: Oracle) -> str | None:
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


def _several(source: str, document: Any, oracle: Oracle) -> str | None:
    """Write the expression so that no known difference can matter: if both agree then, it was several of them."""
    text, data = source, document
    for known in KNOWN:
        if known.without is not None and oracle.name in known.oracles:
            text, data = known.without(text, data)
    if (text, data) == (source, document) or not agree(ours(text, data), oracle.answer(text, data)):
        return None
    return SEVERAL
