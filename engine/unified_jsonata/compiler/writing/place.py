"""The position of an expression: its context, its variables, and what happens to its value."""

from typing import Any

import msgspec

from unified_jsonata.compiler.writing.kinds import Value
from unified_jsonata.compiler.writing.scope import Scope


class Place(msgspec.Struct, frozen=True):
    """The surroundings of an expression while it is compiled.

    `final`: the value goes into the result and nowhere else, so that marks on its lists would not be seen.
    `loose`: null and what is missing are the same to what reads the value, and so is empty text to a choice of the first.
    `top`: but the path around looks at the mark of the value itself. `raw`: the value of a callback: its last call is
    not unwrapped. `whole`: the context counts as one value even when it is a list, as the document does. `loop`: loops
    around.
    """

    context: Value
    scope: Scope
    final: bool = False
    whole: bool = False
    loop: int = 0
    raw: bool = False
    top: bool = False
    loose: bool = False

    @property
    def plain(self) -> bool:
        """Whether a list that is the value itself needs no mark."""
        return self.final and not self.top

    def inside(self, **changed: Any) -> "Place":
        """Return the same place but for some properties."""
        return msgspec.structs.replace(self, **changed)

    def used(self) -> "Place":
        """Return the place of something that only goes into the computation of a value."""
        return (
            Place(self.context, self.scope, whole=self.whole, loop=self.loop) if self.final or self.raw or self.loose else self
        )
