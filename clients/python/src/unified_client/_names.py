"""Answers an unknown name with the known ones."""

import difflib
from typing import TYPE_CHECKING, ClassVar


class Known:
    """An object that answers unknown names with the known ones."""

    _kind: ClassVar[str]
    _place: ClassVar[str] = ""

    if not TYPE_CHECKING:  # a type checker knows the names itself

        def __getattr__(self, name: str) -> object:
            """Raise AttributeError with the known names."""
            if name.startswith("_"):
                raise AttributeError(name)
            known = sorted(one for one in dir(type(self)) if not one.startswith("_"))
            raise AttributeError(unknown(self._kind, f"{self._place}{name}", name, known))


def unknown(kind: str, shown: str, name: str, known: list[str]) -> str:
    """Return the message about an unknown name."""
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean '{close[0]}'?" if close else "."
    return f"unknown {kind} {shown}{hint} Known: {', '.join(known)}"
