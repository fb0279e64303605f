"""Describes what the compiler knows of a value in advance: its kinds, its marks, and how often it may occur."""

from typing import Any, Final

import msgspec

MISSING: Final = 1
NULL: Final = 2
BOOL: Final = 4
NUMBER: Final = 8
STRING: Final = 16
OBJECT: Final = 32
ARRAY: Final = 64
FUNCTION: Final = 128
JSON: Final = NULL | BOOL | NUMBER | STRING | OBJECT | ARRAY
ANY: Final = JSON | MISSING
ALL: Final = ANY | FUNCTION
CONTAINER: Final = OBJECT | ARRAY
"""Kinds are the bits of an int; a value may be any of the kinds with a bit that is set."""

PLAIN: Final = 0
"""No list of the value carries a mark, at no depth."""
SHALLOW: Final = 1
"""The value itself may be a marked list; what it holds is plain."""
DEEP: Final = 2
"""Anything, functions included."""

NOWHERE: Final = -1
"""The level of a value made before: to put it somewhere again is to write it again."""

EVERYWHERE: Final = 1_000
"""The level of literals: they are written as often as the source says."""


class Value(msgspec.Struct, frozen=True):
    """A value as Python source: an expression without effects, cheap enough to be evaluated in place.

    `level` is the loop with the item that the value is part of: what is put into results once for each item of a deeper loop
    makes the result larger than the data. `item` are the kinds of a list's values. `literal` is a constant of the source,
    `simple` says that the code is a name or a constant and may be repeated. `flat` is the Python list that a sequence
    was unwrapped from; `joins` the Python list that the last step of a path made, from which a sequence is still to be joined.
    """

    code: str
    kind: int = ANY
    marks: int = PLAIN
    level: int = 0
    simple: bool = True
    literal: Any = msgspec.UNSET
    item: int = ALL
    flat: str = ""
    joins: str = ""

    @property
    def held(self) -> int:
        """The level, if it matters: a value that is not an object or array belongs everywhere."""
        return self.level if self.kind & CONTAINER else EVERYWHERE

    def may(self, kind: int) -> bool:
        """Return whether the value may be of a kind."""
        return self.kind & kind != 0


UNDEFINED: Final = Value("U", MISSING, level=EVERYWHERE)
"""The missing value."""
