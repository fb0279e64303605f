"""Faults of the compiler that an expression's bare form has made good: counted and logged, so that they get mended."""

import logging
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

log = logging.getLogger("unified.jsonata")

_met: Counter[str] = Counter()


class Fault(Exception):
    """A program could not be made, or failed as no program should; the cause is what went wrong."""


class Unbound(Exception):
    """A program that reads a name which nothing in it makes."""


def note(error: BaseException) -> None:
    """Count a fault and log it, once for each expression. The exception's own text is left out, since it may be data."""
    kind = type(error).__name__
    _met[kind] += 1
    log.warning(
        "an expression runs in its bare form: the compiler made a mistake in the usual one",
        exc_info=(Fault, Fault(kind), error.__traceback__),
    )


def faults() -> Mapping[str, int]:
    """Return how often expressions of this process have fallen back to their bare form, by the kind of the exception."""
    return MappingProxyType(dict(_met))
