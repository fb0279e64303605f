"""Whether both engines name the same place of an error: here where a part starts, in npm's engine where a token ends."""

import re
from typing import Final

from jsonata_benchmarks.differences import rewrites
from jsonata_benchmarks.outcome import Outcome
from unified_jsonata.syntax.tree import Apply, Call

SAME: Final = "the same place"
NONE: Final = "no place in the other engine"
RUNNING: Final = "the call that runs in the other engine, the part that failed here"
OTHER: Final = "another place"
TOKEN: Final = re.compile(r"[-+*/%<>=!&.~^|]{1,2}|[$\w]+\s*\(|[^.]+\.\.|[$\w]+|[{\[(]")
"""An operator, a name with the parenthesis of its call, a range with its start, another name, what opens an array or object."""


def place(source: str, mine: Outcome, other: Outcome) -> str:
    """Say how the places of the same error compare."""
    if other.place is None or mine.place is None:
        return NONE
    between = source[other.place : mine.place] if other.place <= mine.place else "-"
    if TOKEN.fullmatch(source, mine.place, other.place) or not between.strip():
        return SAME
    nodes = rewrites.every(source)
    calls = {source.index("(", one.function.end) + 1 for one in nodes if isinstance(one, Call)}
    chains = {source.index("~>", one.left.end) + 1 for one in nodes if isinstance(one, Apply)}
    return RUNNING if other.place in calls or {other.place, other.place - 1} & chains else OTHER
