"""Writes names in messages: the known ones, and the nearest to an unknown one."""

import difflib
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet

from unified.errors.error import FieldProblem, UnifiedError

MOST_NAMES = 60
"""Names that a message lists, so that it stays readable."""


def known_names(names: Iterable[str], limit: int = MOST_NAMES) -> str:
    """List known names for messages about unknown ones; bounded so that a message stays readable."""
    return _listed(sorted(names), limit)


def _listed(names: Sequence[str], limit: int) -> str:
    shown = ", ".join(one or "''" for one in names[:limit])
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")


def not_done(parameters: Iterable[str], kind: type[UnifiedError]) -> tuple[FieldProblem, ...]:
    """Return `errors` that name the query parameters of a refusal, for programs that do not read its text."""
    return tuple(FieldProblem(pointer=name, code=kind.code, message="cannot be applied here") for name in parameters)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint such as ` Did you mean 'contacts'?`, or an empty text when no known name is close."""
    spelt = {one.casefold(): one for one in names}
    close = difflib.get_close_matches(name.casefold(), list(spelt), n=1)
    return f" Did you mean '{spelt[close[0]]}'?" if close else ""


def suggestion(name: str, names: Collection[str], title: str = "Known") -> str:
    """Return the end of a message about an unknown name, such as ` Did you mean 'contacts'? Known: contacts, deals`."""
    return f"{did_you_mean(name, names)} {title}: {known_names(names) or 'none'}"


def unknown_name(what: str, name: str, names: Iterable[str]) -> str:
    """Return the text for a name that is not one of the known ones, which are those that the caller may see.

    They are listed in their order, or sorted if they have none.
    """
    known = sorted(names) if isinstance(names, AbstractSet) else tuple(names)
    return f"unknown {what}.{did_you_mean(name, known)} Known: {_listed(known, MOST_NAMES) or 'none'}"
