"""The grammar of SOQL, in the subset that clients send: SELECT fields FROM one object, WHERE, ORDER BY, LIMIT, OFFSET.

What is not understood is a BadQuery. Names are not looked up here.
"""

import re
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import msgspec

from unified_sandbox.described.languages.selection import BadQuery

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][\w.]*)
    |(?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
Part = TypeVar("Part")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Literal(msgspec.Struct, frozen=True):
    """A value in a query with the kind it is written as: text, datetime, date, number, boolean or null."""

    kind: str
    value: str | float | bool | None


class Test(msgspec.Struct, frozen=True):
    """One comparison: `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `IN` or `NOT IN`."""

    field: str
    operator: str
    values: tuple[Literal, ...]


class Group(msgspec.Struct, frozen=True):
    """Conditions joined by `AND` or `OR`, or one that `NOT` turns round."""

    operator: str
    parts: tuple["Test | Group", ...]


Condition: TypeAlias = Test | Group


class Order(msgspec.Struct, frozen=True):
    """One term of ORDER BY."""

    field: str
    descending: bool = False
    nulls_last: bool = False


class Select(msgspec.Struct, frozen=True, kw_only=True):
    """A query, read."""

    fields: tuple[str, ...]
    source: str
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0


def parse(text: str) -> Select:
    """Read a query; BadQuery says near what it is not understood."""
    reader = _Reader(text)
    reader.expect("SELECT")
    fields = reader.listed(reader.column)
    reader.expect("FROM")
    source = reader.name()
    where = reader.condition() if reader.take("WHERE") else None
    order: tuple[Order, ...] = ()
    if reader.take("ORDER"):
        reader.expect("BY")
        order = reader.listed(reader.order)
    limit = reader.count() if reader.take("LIMIT") else None
    offset = reader.count() if reader.take("OFFSET") else 0
    reader.end()
    return Select(fields=fields, source=source, where=where, order=order, limit=limit, offset=offset)


class _Reader:
    """Reads tokens one after another; each method reads one part of the grammar."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1].upper() if self.at < len(self.tokens) else ""

    def take(self, word: str) -> bool:
        found = self.peek() == word
        self.at += found
        return found

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.trouble()

    def trouble(self) -> BadQuery:
        near = self.tokens[self.at][1] if self.at < len(self.tokens) else "<EOF>"
        return BadQuery(f"unexpected token: '{near}'")

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.trouble()

    def of_kind(self, kind: str) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != kind:
            raise self.trouble()
        self.at += 1
        return self.tokens[self.at - 1][1]

    def name(self) -> str:
        return self.of_kind("name")

    def count(self) -> int:
        text = self.of_kind("number")
        if not text.isdecimal():
            raise BadQuery(f"expected a whole number, got {text}")
        return int(text)

    def listed(self, one: Callable[[], Part]) -> tuple[Part, ...]:
        found = [one()]
        while self.take(","):
            found.append(one())
        return tuple(found)

    def column(self) -> str:
        name = self.name()
        if name.upper() == "FIELDS" and self.take("("):
            inner = self.name().upper()
            self.expect(")")
            return f"FIELDS({inner})"
        return name

    def order(self) -> Order:
        name = self.name()
        descending = not self.take("ASC") and self.take("DESC")
        last = False
        if self.take("NULLS"):
            last = self.take("LAST")
            if not last:
                self.expect("FIRST")
        return Order(name, descending, last)

    def condition(self) -> Condition:
        first = self.single()
        joint = self.peek()
        if joint not in {"AND", "OR"}:
            return first
        parts = [first]
        while self.take(joint):
            parts.append(self.single())
        if self.peek() in {"AND", "OR"}:  # AND and OR on one level need parentheses
            raise self.trouble()
        return Group(joint, tuple(parts))

    def single(self) -> Condition:
        if self.take("NOT"):
            return Group("NOT", (self.single(),))
        if self.take("("):
            found = self.condition()
            self.expect(")")
            return found
        return self.test()

    def test(self) -> Test:
        name = self.name()
        if self.take("LIKE"):
            return Test(name, "LIKE", (self.literal(),))
        if self.take("NOT"):
            self.expect("IN")
            return Test(name, "NOT IN", self.choices())
        if self.take("IN"):
            return Test(name, "IN", self.choices())
        operator = self.of_kind("sign")
        if operator in {"(", ")", ","}:
            self.at -= 1
            raise self.trouble()
        return Test(name, "!=" if operator == "<>" else operator, (self.literal(),))

    def choices(self) -> tuple[Literal, ...]:
        self.expect("(")
        found = self.listed(self.literal)
        self.expect(")")
        return found

    def literal(self) -> Literal:
        if self.at >= len(self.tokens):
            raise self.trouble()
        kind, text = self.tokens[self.at]
        if kind == "sign" or (kind == "name" and text.lower() not in _WORDS):
            raise self.trouble()
        self.at += 1
        if kind == "name":
            return _WORDS[text.lower()]
        if kind == "number":
            return Literal(kind, float(text))
        return Literal(kind, _unquoted(text) if kind == "text" else text)


_WORDS = {"null": Literal("null", None), "true": Literal("boolean", value=True), "false": Literal("boolean", value=False)}


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise BadQuery(f"unexpected token: '{text[at : at + 20].strip()}'")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    r"""Return text without its quotes; `\%` and `\_` keep their backslash, which LIKE needs."""
    return _ESCAPED.sub(lambda one: one[0] if one[1] in "%_" else _ESCAPES.get(one[1], one[1]), text[1:-1])
