"""Regular expressions on an engine that stops when the time is over, for those whose time is not bounded beforehand."""

from functools import lru_cache
from typing import Any, Final

import regex

from unified.jsonata.errors import Failure
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.regex.found import Match

KEPT: Final = 256
"""Compiled expressions kept."""
LEAST: Final = 0.001
"""Seconds under which a search is not begun."""
COUNTED: Final = 6
"""Binary digits by which the length of a text is shifted to count as steps."""


@lru_cache(KEPT)
def compiled(source: str) -> Any:
    """The engine's own form of a source that `emit` has made."""
    return regex.compile(source, regex.VERSION0 | regex.ASCII | regex.DOTALL)


def search(source: str, budget: Budget, text: str, start: int, *, anchored: bool) -> Match | None:
    """The first match at or behind a character; U1001 when the time of the evaluation is over before one is found."""
    budget.spend(len(text) >> COUNTED)
    expression = compiled(source)
    find = expression.match if anchored else expression.search
    left = budget.remaining()
    while left > LEAST:
        try:
            found = find(text, start, timeout=left)
        except TimeoutError:  # the engine counts the time of all threads of the process
            left = budget.remaining()
        else:
            return None if found is None else Match(found[0], found.start(), found.end(), found.groups())
    raise Failure("U1001", f"longer than {budget.limits.timeout} s, in a regular expression")
