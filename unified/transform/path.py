"""Path templates: ids are placed so that a call can never reach another path than the one in the mapping.

`quote` alone is not enough: `.` and `..` need no quoting and are folded by URL libraries. So these are refused, the
rest is percent-encoded whole, and the number of segments is compared with the template's.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec

from unified.errors import FieldProblem, InvalidId, ValidationFailed

MAX_ID_LENGTH = 256
_NAME = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?:=(?P<choices>[^{}]+))?\}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def names_in(template: str) -> tuple[str, ...]:
    """Names of a template's variable parts, in order."""
    return tuple(found["name"] for found in _NAME.finditer(template))


def segment(name: str, value: Any) -> str:
    """One value, percent-encoded for its one path segment; InvalidId says which rule it breaks."""
    text = _as_text(name, value)
    if not text.strip() or len(text) > MAX_ID_LENGTH:
        raise InvalidId(f"{name}: expected 1 to {MAX_ID_LENGTH} characters, got {min(len(text), 10_000)}")
    if text in {".", ".."}:
        raise InvalidId(f"{name}: `.` and `..` cannot be ids")
    if _CONTROL.search(text):
        raise InvalidId(f"{name}: control characters and lone surrogates cannot be part of an id")
    return quote(text, safe="")


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MAX_ID_LENGTH * 4:
        return str(value)
    raise InvalidId(f"{name}: expected text")


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The path with every `{name}` filled; ValidationFailed names a value that is missing."""

    def place(found: re.Match[str]) -> str:
        name = found["name"]
        if values.get(name) is None:
            raise ValidationFailed(f"`{name}` is required for this call", errors=(_missing(name),))
        return segment(name, values[name])

    path = _NAME.sub(place, template)
    if path.count("/") != template.count("/"):
        raise InvalidId("the id changes the path")  # not reachable while quote encodes `/`; kept as the last wall
    return path


def is_reserved(text: str, names: Iterable[str]) -> bool:
    """Whether a word is one of these plurals, or its singular, in any case: providers know their objects by both."""
    return not _forms(text).isdisjoint(_all_forms(tuple(names)))


@cache  # of the catalog's files only, so it stays small
def _all_forms(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for one in names for form in _forms(one))


def _forms(word: str) -> set[str]:
    """A word and what its singular may be, whichever it is."""
    lower = word.casefold()
    found = {lower, lower.removesuffix("s"), lower.removesuffix("es")}
    return found | {f"{lower.removesuffix('ies')}y"} if lower.endswith("ies") else found


def _missing(name: str) -> FieldProblem:
    return FieldProblem(pointer=name, code="required", message=f"`{name}` is required for this call")


class IdTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A composite id such as `{ticket_id}:{comment_id}`; parts with choices take only these."""

    template: str

    def names(self) -> tuple[str, ...]:
        """The names that an id is split into."""
        return names_in(self.template)

    def split(self, text: str) -> dict[str, str]:
        """The parts of an id; InvalidId shows the form that was expected."""
        found = re.fullmatch(self._pattern(), text) if len(text) <= MAX_ID_LENGTH * 2 else None
        if found is None:
            raise InvalidId(f"expected an id of the form `{self.template}`")
        return dict(found.groupdict())

    def _pattern(self) -> str:
        pattern, end = "", 0
        for found in _NAME.finditer(self.template):
            choices = found["choices"]
            options = "|".join(re.escape(one) for one in choices.split("|")) if choices else "[^:]+"
            pattern += re.escape(self.template[end : found.start()]) + f"(?P<{found['name']}>{options})"
            end = found.end()
        return pattern + re.escape(self.template[end:])
