"""What the measuring process is asked for, and what it saw."""

from typing import Literal

import msgspec

Kind = Literal["python", "native"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is to do."""

    rounds: int = 24
    """In each of them every subject is called a few times, and its reference as often."""
    counts: bool = True
    kind: Kind = "native"
    share: float = 0.0
    """The loss that is planted in every subject, as a share of its processor time."""
    subjects: tuple[str, ...] = ()
    """All when empty."""


class Counts(msgspec.Struct, kw_only=True):
    """What one call does; mutable while it is counted."""

    bytecodes: float = 0
    """Instructions of Python, of all threads."""
    calls: float = 0
    """Calls of functions, those in C among them."""
    statements: float = 0
    """SQL statements, with those that write the row of the audit after the response."""
    kib: float = 0
    """The most memory that was held at a time, beyond what was held before."""


Times = list[list[float]]
"""For each of the pages that take turns, the seconds of its calls."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a subject and its reference took."""

    own: Times
    reference: Times


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of each subject."""

    counts: dict[str, Counts]
    times: dict[str, Compared]
