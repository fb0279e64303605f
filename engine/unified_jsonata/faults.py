"""Faults of the compiler: counted and logged, so that they get mended. No expression causes one by itself."""

import logging
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

log = logging.getLogger("unified_jsonata")

EVALUATING: Final = "the compiler made a mistake in an expression, which fails with U0102"
CONVERTING: Final = "the compiler made a mistake in a program that converts records, which are mapped in two steps"
"""The log's sentences, without data."""
_met: Counter[str] = Counter()


class Fault(Exception):
    """Logged in place of the exception of a compiler that failed; its text is the kind of that exception."""


class Unbound(Exception):
    """A program that reads a name which nothing in it makes, or makes a name that it needs for something else."""


def note(error: BaseException, sentence: str) -> None:
    """Count a fault and log it with its trace. The exception's own text is left out, since it may be data."""
    kind = type(error).__name__
    _met[kind] += 1
    log.warning(sentence, exc_info=(Fault, Fault(kind), error.__traceback__))


def faults() -> Mapping[str, int]:
    """Return how often the compiler has failed in this process, by the kind of the exception."""
    return MappingProxyType(dict(_met))
