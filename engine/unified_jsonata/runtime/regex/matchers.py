"""Functions of the language in the place of a regular expression: they answer an object like a match, or nothing."""

from collections.abc import Callable, Iterator
from math import ceil
from typing import Any

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex.found import Match
from unified_jsonata.runtime.text import number_text
from unified_jsonata.undefined import UNDEFINED


def answers(budget: Budget, matcher: Callable[[str], Any], text: str, limit: float | None) -> Iterator[dict[str, Any]]:
    """Yield the objects that a function finds, each with the function for the next one in `next`.

    T1010 when one is not whole.
    """
    wanted = None if limit is None else ceil(limit)
    answer = checked(matcher(text))
    while answer is not UNDEFINED and wanted != 0:
        budget.spend(3)
        if not isinstance(answer, dict):
            raise Failure("T1010")
        yield answer
        answer = checked(_next(answer)())
        wanted = None if wanted is None else wanted - 1


def checked(answer: Any) -> Any:
    """Return what a matcher answers, if it is like a match at least in one part or counts as false; T1010 otherwise."""
    if answer is UNDEFINED or (not answer and not isinstance(answer, (list, dict))):
        return answer
    if isinstance(answer, dict) and (
        _is_number(answer.get("start")) or isinstance(answer.get("groups"), list) or callable(answer.get("next"))
    ):
        return answer
    raise Failure("T1010")


def described(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of what $match answers, with the keys that the function has given."""
    entry = {"match": answer.get("match", UNDEFINED), "index": answer.get("start", UNDEFINED)}
    entry["groups"] = answer.get("groups", UNDEFINED)
    return {name: value for name, value in entry.items() if value is not UNDEFINED}


def span(answer: dict[str, Any], size: int) -> tuple[int, int]:
    """Return where the match of an object begins and ends in a text of a size."""
    return _place(answer.get("start"), size), _place(answer.get("end"), size)


def match(answer: dict[str, Any], size: int) -> Match:
    """Return the object as a match, to fill a template with."""
    groups = answer.get("groups")
    if not isinstance(groups, list):
        raise Failure("T1010")
    return Match(_text(answer.get("match")), *span(answer, size), tuple(map(_text, groups)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value)
    if value is None or value is UNDEFINED:
        return ""
    raise Failure("T1010")


def _place(number: Any, size: int) -> int:
    if not _is_number(number):
        raise Failure("T1010")
    return max(0, min(int(number), size))


def _next(answer: dict[str, Any]) -> Callable[[], Any]:
    following = answer.get("next")
    if not callable(following):
        raise Failure("T1010")
    return following  # type: ignore[no-any-return]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
