"""Limits the cost of one evaluation."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one evaluation; the defaults suit one record, or a page of a thousand.

    Every bound ends the evaluation with a JsonataError: U1001 for time, depth and steps, U1002 for a string, U1003
    for an array, U1004 for the result.
    """

    timeout: float = 0.5
    """Seconds of processor time; a busy machine does not make a good expression fail."""
    depth: int = 200
    """Expressions inside one another, calls of functions included; a tail call adds none."""
    steps: int = 2_000_000
    """Units of work: items gone through, values made, calls; about a tenth of a microsecond and 100 bytes each."""
    string: int = 10_000_000
    """Characters of one string that the expression makes."""
    array: int = 1_000_000
    """Items of one array that the expression makes."""
    result: int = 1_000_000
    """Values in the result, counted as often as they would be written."""


EXCEEDED = frozenset({"U1001", "U1002", "U1003", "U1004", "U1005"})
"""The codes of an evaluation that was ended by a bound, and not by a mistake."""
