"""The source of a regular expression while it is parsed, and the ways to say where it is wrong."""

from typing import Final

import msgspec

from unified_jsonata.errors import Failure

DEPTH: Final = 50
"""Groups inside one another."""
LENGTH: Final = 5_000
"""Characters of a regular expression."""
COUNT: Final = 100_000
"""The greatest number in {}."""


class Reader(msgspec.Struct, kw_only=True):
    """State of one parse: `at` is the offset of the next character, `groups` the number of groups opened."""

    source: str
    fold: bool
    lines: bool
    total: int
    """Number of capturing groups in the whole source: decides whether \\1 is a back reference."""
    names: dict[str, int]
    """All names of groups in the source with their numbers."""
    at: int = 0
    groups: int = 0
    depth: int = 0

    def peek(self) -> str:
        """Return the next character, empty at the end."""
        return self.source[self.at : self.at + 1]

    def take(self, expected: str) -> bool:
        """Go past a text if it comes next."""
        if self.source.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def invalid(self, reason: str, at: int | None = None) -> Failure:
        """Return the error of a regular expression that JavaScript refuses as well, or that is over a bound."""
        return refusal(reason, self.at if at is None else at)


def refusal(reason: str, at: int) -> Failure:
    """Return U1005 with the reason and the 0-based offset in the regular expression."""
    return Failure("U1005", f"{reason} at position {at}")
