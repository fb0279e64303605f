"""Signatures such as `<s-n?:s>`: what arguments a function takes, the context standing in for a missing one.

The rules are the language's: every argument is one letter, the letters together are matched against the parameters.
"""

import re
from collections.abc import Sequence as Arguments
from functools import lru_cache
from itertools import repeat
from typing import Any

import msgspec

from unified_jsonata.errors import Failure
from unified_jsonata.runtime.values import LETTERS as LETTER_OF
from unified_jsonata.runtime.values import letter
from unified_jsonata.undefined import UNDEFINED


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter: `kind` its letter, or `(` for a choice; `pattern` matches the letters of what it takes."""

    kind: str
    pattern: str
    subtype: str | None = None
    context: re.Pattern[str] | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed signature."""

    parameters: tuple[Parameter, ...]
    pattern: re.Pattern[str]
    straight: dict[str, int] = {}
    """Letters of arguments that are taken as they are -> how many are missing behind them; -1 for other letters."""

    def arguments(self, given: Arguments[Any], context: Any, name: str = "") -> list[Any]:
        """Return the arguments as the function gets them; T0410, T0411 or T0412 when it does not take them."""
        letters = "".join([LETTER_OF.get(type(one)) or letter(one) for one in given])
        missing = self.straight.get(letters)
        if missing is None:
            missing = self._missing(letters)
            if len(letters) <= SHORT:
                self.straight[letters] = missing
        return [*given, *repeat(UNDEFINED, missing)] if missing >= 0 else self._taken(letters, given, context, name)

    def _missing(self, letters: str) -> int:
        """Return how many arguments are missing behind those with these letters, if that is all; -1 otherwise."""
        groups = _match(self.pattern, letters)
        if groups is None or len(letters) > len(groups):
            return -1
        for parameter, matched in zip(self.parameters, groups, strict=True):
            if len(matched) > 1 or (not matched and parameter.context is not None):
                return -1
            if parameter.kind == "a" and not (matched == "a" and parameter.subtype is None) and matched:
                return -1
        return len(groups) - len(letters)

    def _taken(self, letters: str, given: Arguments[Any], context: Any, name: str) -> list[Any]:
        groups = _matched(self.pattern, letters) if len(letters) <= SHORT else _match(self.pattern, letters)
        if groups is None:
            raise Failure("T0410", self._refused(letters, name), name)
        found: list[Any] = []
        at = 0
        for parameter, matched in zip(self.parameters, groups, strict=True):
            if not matched and parameter.context is not None:
                found.append(_context(parameter.context, context, name))
                continue
            for one in matched or "m":  # a parameter left out takes whatever is at its position, as in the reference
                value = given[at] if at < len(given) else UNDEFINED
                found.append(_taken(parameter, matched, one, value, name) if matched else value)
                at += 1
        return found

    def _refused(self, letters: str, name: str) -> str:
        """Return the first argument of a call that does not fit."""
        good, pattern = 0, ""
        for parameter in self.parameters:
            pattern += parameter.pattern
            match = re.match(pattern, letters)
            if match is None:
                break
            good = match.end()
        called = f" of ${name}" if name else ""
        return f"argument {good + 1}{called}"


def _match(pattern: re.Pattern[str], letters: str) -> tuple[str, ...] | None:
    """Return the letters that each parameter takes."""
    match = pattern.fullmatch(letters)
    return None if match is None else match.groups()


_matched = lru_cache(maxsize=2048)(_match)
SHORT = 4
"""Arguments up to which a match is kept: there are few combinations of kinds."""


def _context(kinds: re.Pattern[str], context: Any, name: str) -> Any:
    if kinds.match(letter(context)) is None:
        raise Failure("T0411", f"of ${name}" if name else "", name)
    return context


def _taken(parameter: Parameter, matched: str, one: str, value: Any, name: str) -> Any:
    if parameter.kind != "a":
        return value
    if one == "m":
        return UNDEFINED
    if not _holds(parameter.subtype, matched, one, value):
        raise Failure(
            "T0412", f"${name} takes {NAMES.get(parameter.subtype or '', 'values of one kind')}" if name else "", name
        )
    return value if one == "a" else [value]


def _holds(subtype: str | None, matched: str, one: str, value: Any) -> bool:
    """Return whether an array holds nothing but values of the subtype."""
    if subtype is None:
        return True
    if one != "a":
        return matched == subtype
    return all(letter(item) == subtype[0] for item in value)


NAMES = {"s": "strings", "n": "numbers", "o": "objects", "b": "booleans", "a": "arrays", "f": "functions"}


OPTIONS = 8


@lru_cache(maxsize=512)
def signature(text: str) -> Signature:
    """Parse a signature. Letters that the language does not know are taken as they are."""
    if text.count("?") + text.count("-") > OPTIONS or text.count("+") > 1:  # matched by trying one way after the other
        raise Failure("U0102", f"a signature with more than {OPTIONS} optional parameters, or more than one +")
    parameters = tuple(_parameters(text))
    pattern = "".join(parameter.pattern for parameter in parameters)
    return Signature(parameters=parameters, pattern=re.compile(pattern))


def _parameters(text: str) -> list[Parameter]:
    found: list[Parameter] = []
    at = 1
    while at < len(text) and text[at] not in ":>":
        char = text[at]
        if char == "(":
            end = text.find(")", at)
            if end < 0:
                raise Failure("S0402")
            found.append(Parameter(kind="(", pattern=f"([{re.escape(text[at + 1 : end])}m])"))
            at = end
        elif char == "<":
            at, subtype = _subtype(text, at)
            found[-1] = msgspec.structs.replace(found[-1], subtype=subtype)
        elif char in "-?+":
            found[-1] = _with_option(found[-1], char)
        else:
            found.append(Parameter(kind=char, pattern=LETTERS.get(char, f"([{re.escape(char)}m])")))
        at += 1
    return found


def _subtype(text: str, at: int) -> tuple[int, str]:
    depth = 0
    for end in range(at, len(text)):
        depth += {"<": 1, ">": -1}.get(text[end], 0)
        if depth == 0:
            return end, text[at + 1 : end]
    return len(text), text[at + 1 :]


def _with_option(parameter: Parameter, option: str) -> Parameter:
    inner = parameter.pattern[1:-1]
    if option == "-":
        return msgspec.structs.replace(parameter, pattern=f"({inner}?)", context=re.compile(inner))
    return msgspec.structs.replace(parameter, pattern=f"({inner}{option})")


LETTERS = {"f": "(f)", "a": "([asnblfom])", "x": "([asnblfom])", "j": "([asnblom])"}
"""Letters for any array, any value and any JSON -> the kinds they mean; other letters mean themselves. `m`: missing."""
