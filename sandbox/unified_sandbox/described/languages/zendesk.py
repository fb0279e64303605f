"""Zendesk's search: words, phrases and keywords such as `status:open`, `-tags:vip` and `created>=2026-01-31`."""

import operator
import re
from collections.abc import Callable
from typing import Any

import msgspec

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.messages import Record

TEXT = "text"
"""Field that words are looked for in."""
TYPE = "type"
"""Keyword that chooses a collection, so that no condition is left of it."""
TIMES = ("created", "updated")
RANKS = {
    "status": ("new", "open", "pending", "hold", "solved", "closed"),
    "priority": ("low", "normal", "high", "urgent"),
}
"""Keywords with values that have an order."""
SIGNS: dict[str, Callable[[Any, Any], bool]] = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
_TERM = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z_]+)(?P<sign>:|>=|<=|>|<))?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))(?:\s+|$)')
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """One word, phrase or condition on a keyword."""

    minus: bool
    key: str
    sign: str
    value: str

    @property
    def is_choice(self) -> bool:
        """Whether it is one of the values that its keyword may have."""
        return bool(self.key) and self.sign == ":" and not self.minus


def zendesk(query: Any) -> Selection:
    """Read a search; of one keyword with `:` any value is enough, all else must hold.

    Raises:
        BadQuery: It cannot be read; while records are selected, a keyword that they do not have.
    """
    terms = [one for one in _terms(str(query)) if one.key != TYPE]
    for one in terms:
        _check(one)
    chosen: dict[str, list[Term]] = {}
    for one in terms:
        if one.is_choice:
            chosen.setdefault(one.key, []).append(one)
    others = [one for one in terms if not one.is_choice]
    keywords = {one.key for one in terms} - {""}

    def where(record: Record) -> bool:
        for name in keywords - record.keys():
            raise BadQuery(f"unknown keyword {name}")
        return all(any(_holds(one, record) for one in some) for some in chosen.values()) and all(
            _holds(one, record) != one.minus for one in others
        )

    return Selection(where=where)


def _terms(query: str) -> list[Term]:
    found, place, text = [], 0, query.strip()
    while place < len(text):
        term = _TERM.match(text, place)
        if term is None:
            raise BadQuery(f"cannot read `{text[place:][:40]}`")
        value = term["bare"] if term["quoted"] is None else term["quoted"]
        found.append(Term(minus=bool(term["minus"]), key=term["key"] or "", sign=term["sign"] or "", value=value))
        place = term.end()
    return found


def _check(term: Term) -> None:
    """Refuse a value that cannot be compared."""
    if term.key in TIMES and not _TIME.fullmatch(term.value):
        raise BadQuery(f"{term.key}: expected a date or a time like 2026-01-31T12:00:00Z")
    if term.key not in TIMES and term.sign in SIGNS and term.value not in RANKS.get(term.key, ()):
        raise BadQuery(f"{term.key} cannot be compared with {term.value}")


def _holds(term: Term, record: Record) -> bool:
    if not term.key:
        return _has_words(str(record[TEXT] or ""), term.value)
    found = record[term.key]
    values = [str(one) for one in (found if isinstance(found, list) else [found]) if one is not None]
    if term.key in TIMES:
        return any(_in_time(one, term) for one in values)
    if term.sign == ":":
        return not values if term.value == "none" else term.value.casefold() in map(str.casefold, values)
    ranks = RANKS[term.key]
    return any(SIGNS[term.sign](ranks.index(one), ranks.index(term.value)) for one in values if one in ranks)


def _in_time(moment: str, term: Term) -> bool:
    if term.sign == ":":
        return moment.startswith(term.value)
    return SIGNS[term.sign](moment, term.value if "T" in term.value else f"{term.value}T00:00:00Z")


def _has_words(text: str, phrase: str) -> bool:
    """Return whether the phrase is in the text; its last word may be the beginning of one."""
    *whole, last = re.findall(r"\w+", phrase.casefold()) or [""]
    pattern = r"\W+".join([*(rf"{re.escape(one)}\b" for one in whole), re.escape(last)])
    return re.search(rf"\b{pattern}" if last else "", text.casefold()) is not None
