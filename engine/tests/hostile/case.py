"""One hostile expression."""

from typing import NamedTuple

BRIEF = 0.1
"""Seconds of processor time for expressions that are there for their time alone; what they hold grows with it."""


class Case(NamedTuple):
    """`document` names one of the subject's DOCUMENTS. `ends`: a value would be a defect too, there is none.

    `often`: of those that differ in little one in four is run, unless all are asked for.
    """

    source: str
    document: str | None = None
    ends: bool = False
    timeout: float = 0.5
    often: bool = False
