"""OData's `$filter`: comparisons of fields with typed literals, joined by `and`, `or` and `not`."""

import re
from collections.abc import Callable
from typing import Any

from unified_sandbox.described.languages.selection import BadQuery, Selection
from unified_sandbox.described.moments import read_moment
from unified_sandbox.described.values import matches, values_at
from unified_sandbox.messages import Record

Condition = Callable[[Record], bool]

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[(),]|[^\s(),']+)")
_NAME = re.compile(r"[A-Za-z_]\w*(?:/\w+)*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
COMPARISONS = {"eq": "eq", "ne": "ne", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
"""OData's operators to those of filters."""
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: wanted in value,
    "startswith": lambda value, wanted: value.startswith(wanted),
    "endswith": lambda value, wanted: value.endswith(wanted),
}
"""Functions of a field and a text; case does not matter to them."""
WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}


def odata(query: Any) -> Selection:
    """Read a `$filter`.

    Raises:
        BadQuery: It is not a filter; while records are selected, a field that they do not have, or a literal of another kind.
    """
    reader = _Reader(str(query))
    where = reader.either()
    if reader.peek() is not None:
        raise BadQuery(f"{reader.peek()!r} is not expected here")
    return Selection(where=where)


class _Reader:
    """The tokens of a filter, read from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        self._next = at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise BadQuery(f"{text[at:]!r} cannot be read: a text ends with a quote")
            self._tokens.append(found[1])
            at = found.end()

    def peek(self) -> str | None:
        """Return the next token; None at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def take(self, expected: str = "") -> str:
        """Consume the next token and return it; `expected` is the only one that is allowed."""
        token = self.peek()
        if token is None or (expected and token != expected):
            raise BadQuery(f"expected {expected or 'more'}, got {'the end' if token is None else repr(token)}")
        self._next += 1
        return token

    def either(self) -> Condition:
        """Read conditions joined by `or`."""
        parts = [self.every()]
        while self.peek() == "or":
            self.take()
            parts.append(self.every())
        return _joined(any, parts)

    def every(self) -> Condition:
        """Read conditions joined by `and`, which binds closer."""
        parts = [self.one()]
        while self.peek() == "and":
            self.take()
            parts.append(self.one())
        return _joined(all, parts)

    def one(self) -> Condition:
        """Read one condition, or several in parentheses."""
        word = self.take()
        if word == "not":
            negated = self.one()
            return lambda record: not negated(record)
        if word == "(":
            inner = self.either()
            self.take(")")
            return inner
        return self._call(word) if word in FUNCTIONS else self._comparison(word)

    def _call(self, function: str) -> Condition:
        self.take("(")
        field = _field(self.take())
        self.take(",")
        wanted = _literal(self.take())
        self.take(")")
        if not isinstance(wanted, str):
            raise BadQuery(f"{function} expects a text in quotes")
        test = FUNCTIONS[function]
        return lambda record: any(test(str(one).casefold(), wanted.casefold()) for one in _values(record, field, [wanted]))

    def _comparison(self, name: str) -> Condition:
        field, sign = _field(name), self.take()
        if sign == "in":
            wanted = self._list()
            return lambda record: bool(_values(record, field, wanted)) and matches(record, field, "in", wanted)
        if sign not in COMPARISONS:
            raise BadQuery(f"{sign!r} is not an operator; known: {', '.join([*COMPARISONS, 'in'])}")
        literal = _literal(self.take())
        if literal is None:
            return _compared_with_null(field, sign)
        return lambda record: _compared(record, field, COMPARISONS[sign], literal)

    def _list(self) -> list[Any]:
        self.take("(")
        found = [_literal(self.take())]
        while self.peek() == ",":
            self.take()
            found.append(_literal(self.take()))
        self.take(")")
        return found


def _joined(join: Callable[[list[bool]], bool], parts: list[Condition]) -> Condition:
    """Return the condition of several; each is tried, so that a misspelt field is found in any of them."""

    def condition(record: Record) -> bool:
        results = [one(record) for one in parts]
        return join(results)

    return condition


def _field(token: str) -> str:
    if not _NAME.fullmatch(token) or token in WORDS:
        raise BadQuery(f"{token!r} is not a field")
    return token.replace("/", ".")


def _literal(token: str) -> Any:
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if token in WORDS:
        return WORDS[token]
    if _NUMBER.fullmatch(token):
        return float(token) if "." in token else int(token)
    if _UUID.fullmatch(token) or read_moment(token) is not None:
        return token
    raise BadQuery(f"{token!r} is not a literal: a text is in quotes")


def _compared_with_null(field: str, sign: str) -> Condition:
    if sign not in {"eq", "ne"}:
        raise BadQuery(f"null is compared with eq and ne, not with {sign}")
    return lambda record: (not _values(record, field, [])) == (sign == "eq")


def _compared(record: Record, field: str, operator: str, literal: Any) -> bool:
    _values(record, field, [literal])
    return matches(record, field, operator, literal)


def _values(record: Record, field: str, literals: list[Any]) -> list[Any]:
    """Return the values of a field, of which the literals must have the kind."""
    if field.partition(".")[0] not in record:
        raise BadQuery(f"{field!r} is not a field of these records")
    found = list(values_at(record, field))
    for value in found:
        for literal in literals:
            if literal is not None and _kind(value) != _kind(literal):
                raise BadQuery(f"{field!r} is a {_kind(value)}, compared with a {_kind(literal)}")
    return found


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"
