"""The functions of the language that search in text: $match, $contains, $split, $replace, and an expression as a function.

A pattern is a string, a Pattern, or a function of the language as a Python callable. Where the reference stops with an error
of another implementation, T0410, T1010 or D3012 is raised.
"""

from collections.abc import Callable, Iterator
from math import ceil, isfinite, isnan
from typing import Any, Final

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import matchers
from unified_jsonata.runtime.regex.found import Find, Match
from unified_jsonata.runtime.regex.pattern import Pattern, Piece, cut, filler, following, replaced
from unified_jsonata.runtime.regex.template import template
from unified_jsonata.undefined import UNDEFINED

UINT32: Final = 2**32
"""JavaScript takes the limit of a split by text modulo this."""


def match_(budget: Budget, text: Any, pattern: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$match`: a list of {match, index, groups}; D3040 for a negative limit."""
    if text is UNDEFINED:
        return UNDEFINED
    most = _limit(limit, "D3040")
    if isinstance(pattern, Pattern):
        entries = [
            {"match": found.match, "index": found.start, "groups": _groups(found)}
            for found in pattern.find_all(budget, text, most)
        ]
    else:
        entries = list(map(matchers.described, matchers.answers(budget, _called(pattern), text, most)))
        budget.items(len(entries))
    return entries


def contains(budget: Budget, text: Any, token: Any) -> Any:
    """Evaluate `$contains`: whether a text holds another one or a match."""
    if text is UNDEFINED or token is UNDEFINED:
        return UNDEFINED
    if isinstance(token, str):
        return token in text
    if isinstance(token, Pattern):
        return token.test(budget, text)
    return matchers.checked(_called(token)(text)) is not UNDEFINED


def split(budget: Budget, text: Any, separator: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$split`: the texts between separators, at most `limit`; D3020 for a negative limit."""
    if text is UNDEFINED:
        return UNDEFINED
    most = _limit(limit, "D3020")
    if isinstance(separator, str):
        return _split_by_text(budget, text, separator, limit)
    if isinstance(separator, Pattern):
        return separator.split(budget, text, most)
    return _split_by_function(budget, text, _called(separator), most)


def _split_by_text(budget: Budget, text: str, separator: str, limit: Any) -> list[str]:
    wanted = None if limit is UNDEFINED else int(limit) % UINT32 if isfinite(limit) else 0
    if len(text) > budget.limits.array:
        budget.items(text.count(separator) + 1 if separator else len(text))
    budget.spend(len(text) >> 6)
    if separator:
        return text.split(separator) if wanted is None else text.split(separator, wanted)[:wanted]
    return list(text if wanted is None else text[:wanted])


def _split_by_function(budget: Budget, text: str, matcher: Callable[[str], Any], most: float | None) -> list[str]:
    pieces: list[str] = []
    at = 0
    for answer in matchers.answers(budget, matcher, text, most):
        begin, end = matchers.span(answer, len(text))
        pieces.append(cut(text, at, begin))
        at = end
    if most is None or len(pieces) < most:
        pieces.append(text[at:])
    budget.items(len(pieces))
    return pieces


def replace(budget: Budget, text: Any, pattern: Any, replacement: Any, limit: Any = UNDEFINED) -> Any:
    """Evaluate `$replace`: a text with matches replaced by a template or by what a function answers.

    D3010 for an empty pattern, D3011 for a negative limit, D3012 when the function does not return a string.
    """
    if text is UNDEFINED:
        return UNDEFINED
    if pattern == "":
        raise Failure("D3010")
    most = _limit(limit, "D3011")
    if replacement is UNDEFINED and isinstance(pattern, Pattern) and not pattern.test(budget, text):
        return text
    if isinstance(pattern, str):
        return _replace_text(budget, text, pattern, replacement, most)
    if not isinstance(pattern, Pattern):
        return replaced(budget, text, _answered(budget, text, _called(pattern), replacement, most))
    if isinstance(replacement, str):
        return pattern.replace(budget, text, replacement, most)
    find = pattern.finder(budget, text)
    function = _called(replacement)
    return pattern.replace_with(budget, text, lambda found: _string(function(_object(found, find, len(text)))), most)


def _replace_text(budget: Budget, text: str, pattern: str, replacement: Any, most: float | None) -> str:
    if not isinstance(replacement, str):
        raise Failure("D3012" if callable(replacement) else "T0410", "a function replaces matches of regular expressions only")
    count = -1 if most is None else ceil(most)
    growth = len(replacement) - len(pattern)
    if len(text) * (growth + 1) > budget.limits.string:
        times = text.count(pattern)
        budget.room(len(text) + growth * (times if count < 0 else min(times, count)))
    budget.spend(len(text) >> 6)
    return text.replace(pattern, replacement, count)


def _answered(
    budget: Budget, text: str, matcher: Callable[[str], Any], replacement: Any, most: float | None
) -> Iterator[Piece]:
    """Yield the replacements for what a function of the language finds."""
    for answer in matchers.answers(budget, matcher, text, most):
        if isinstance(replacement, str):
            found = matchers.match(answer, len(text))
            piece = filler(template(replacement, len(found.groups)).parts)(found)
        else:
            piece = _string(_called(replacement)(answer))
        yield (*matchers.span(answer, len(text)), piece)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Failure("D3012")
    return value


def match_object(pattern: Pattern, text: str, budget: Budget) -> Any:
    """Return what a regular expression answers when it is called: {match, start, end, groups, next}, UNDEFINED without a match.

    `next` is a callable without arguments that answers the same for the match behind this one; D1004 when that is empty.
    """
    find = pattern.finder(budget, text)
    found = find(0)
    return UNDEFINED if found is None else _object(found, find, len(text))


def _object(found: Match, find: Find, size: int) -> dict[str, Any]:
    def after() -> Any:
        behind = following(find, found.end, size)
        return UNDEFINED if behind is None else _object(behind, find, size)

    return {"match": found.match, "start": found.start, "end": found.end, "groups": _groups(found), "next": after}


def _groups(found: Match) -> list[Any]:
    """Return what the groups captured; UNDEFINED, printed as null, for one that took no part, as in the reference."""
    return [UNDEFINED if group is None else group for group in found.groups]


def _called(value: Any) -> Callable[..., Any]:
    if not callable(value):
        raise Failure("T0410")
    return value  # type: ignore[no-any-return]


def _limit(limit: Any, code: str) -> float | None:
    """Return the limit of a function, None when there is none; what is not a number lets nothing through."""
    if limit is UNDEFINED:
        return None
    if isnan(limit):
        return 0
    if limit < 0:
        raise Failure(code)
    most: float = min(limit, 2.0**53)  # more than any text has
    return most
