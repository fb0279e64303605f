"""How an evaluation ended, and when two endings are the same."""

import copy
import json
from functools import lru_cache
from typing import Any

import msgspec

from jsonata_benchmarks.comparison import same
from unified_jsonata import UNDEFINED, Expression, JsonataError, Limits, compile

LIMITS = Limits(timeout=5.0)
"""The default bounds but for time, so that a busy machine makes no difference."""
CRASHES = frozenset({"U0101", "U0102"})
"""Codes of this engine for exceptions that it did not expect."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A value, or the code of an error. `undecided` means that the engine hung or died: nothing can be said."""

    value: Any = UNDEFINED
    code: str | None = None
    place: int | None = None
    """Where the error is: in this engine the first character, in npm's the end of a token."""
    undecided: bool = False

    @property
    def crashed(self) -> bool:
        """Whether it failed in a way that no expression should make it fail."""
        return self.code is not None and (self.code in CRASHES or self.code.startswith("crash"))

    def shown(self) -> str:
        """For a person to read."""
        if self.code is not None:
            return f"error {self.code}"
        return "undefined" if self.value is UNDEFINED else as_text(self.value)


def as_text(value: Any) -> str:
    """A value on one line; what JSON cannot write is shown as Python does."""
    return json.dumps(value, ensure_ascii=False, default=repr).encode("utf-8", "backslashreplace").decode("utf-8")


def agree(one: Outcome, other: Outcome) -> bool:
    """Whether both give the same value, or both fail; the codes may differ."""
    if one.undecided or other.undecided:
        return True
    if one.code is not None or other.code is not None:
        return one.code is not None and other.code is not None and not one.crashed
    return same(one.value, other.value)


def ours(source: str, document: Any) -> Outcome:
    """This engine's answer, from a document of its own.

    What must never happen has a code that begins with `crash` and agrees with nothing: an exception that is no
    JsonataError, and a document that has changed. A mistake of the compiler is U0102, which agrees with nothing either.
    """
    try:
        expression = _compiled(source)
    except JsonataError as error:
        return Outcome(code=error.code, place=error.position)
    return _evaluated(expression, document)


def _evaluated(expression: Expression, document: Any) -> Outcome:
    given = copy.deepcopy(document)
    try:
        value = expression.evaluate(given, None, LIMITS)
        return Outcome(value=copy.deepcopy(value)) if same(given, document) else Outcome(code="crash: the document has changed")
    except JsonataError as error:
        return Outcome(code=error.code, place=error.position)
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        return Outcome(code=f"crash {type(error).__name__}: {error}"[:200])


@lru_cache(maxsize=32)
def _compiled(source: str) -> Expression:
    """One expression serves many documents, as it does outside of tests: a page must not be answered from the one before."""
    return compile(source)
