"""JQL as text: conditions joined with AND, and an order. Anything else is refused, so that mappings stay honest."""

import re

import msgspec

from unified_sandbox.described.languages.selection import BadQuery

_TOKEN = re.compile(r'\s*(?:"(?P<text>(?:[^"\\]|\\.)*)"|(?P<sign>>=|<=|!=|[=<>~(),])|(?P<word>[^\s"()=!<>~,]+))')
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
SIGNS = frozenset({"=", "!=", ">=", "<=", ">", "<", "~"})


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One condition; `is` and `is not` have no values, since only EMPTY can follow them."""

    field: str
    operator: str
    values: tuple[str, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the order."""

    field: str
    descending: bool


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """A whole query."""

    clauses: tuple[Clause, ...]
    order: tuple[Order, ...]


class _Token(msgspec.Struct, frozen=True):
    text: str
    is_quoted: bool

    def says(self, *words: str) -> bool:
        return not self.is_quoted and self.text.lower() in words


def parse(text: str) -> Search:
    """Read a query.

    Raises:
        BadQuery: Something was not understood.
    """
    reader = _Reader(_tokens(text))
    clauses: list[Clause] = []
    while not reader.at_end() and not reader.peek().says("order"):
        if clauses and not reader.take().says("and"):
            raise reader.refuse("Expecting either 'OR' or 'AND'")
        clauses.append(reader.clause())
    return Search(clauses=tuple(clauses), order=tuple(reader.order()))


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    while end < len(text.rstrip()):
        found = _TOKEN.match(text, end)
        if found is None:
            raise BadQuery(f"Error in the JQL Query: The character at position {end + 1} is not allowed here.")
        end = found.end()
        quoted = found["text"]
        tokens.append(_Token(found["sign"] or found["word"], False) if quoted is None else _Token(_plain(quoted), True))  # noqa: FBT003
    return tokens


def _plain(quoted: str) -> str:
    def letter(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else _LETTERS.get(code, code)

    return _ESCAPE.sub(letter, quoted)


class _Reader:
    """Walks over the tokens of one query."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def peek(self) -> _Token:
        return _Token("", False) if self.at_end() else self._tokens[self._at]  # noqa: FBT003

    def take(self) -> _Token:
        token = self.peek()
        self._at += 1
        return token

    def skip(self, *words: str) -> bool:
        if self.peek().says(*words):
            self._at += 1
            return True
        return False

    def expect(self, problem: str, *words: str) -> None:
        if not self.take().says(*words):
            raise self.refuse(problem)

    def refuse(self, problem: str) -> BadQuery:
        got = self._tokens[min(self._at, len(self._tokens)) - 1].text if self._tokens else ""
        return BadQuery(f"Error in the JQL Query: {problem} but got '{got}'.")

    def clause(self) -> Clause:
        field = self.word()
        operator = self.operator()
        if operator in {"is", "is not"}:
            self.expect("Expecting EMPTY", "empty", "null")
            return Clause(field=field, operator=operator)
        values = self.values() if operator in {"in", "not in"} else (self.value(),)
        return Clause(field=field, operator=operator, values=values)

    def operator(self) -> str:
        if self.skip("is"):
            return "is not" if self.skip("not") else "is"
        if self.skip("not") and self.peek().says("in"):
            self.take()
            return "not in"
        if self.skip("in"):
            return "in"
        token = self.take()
        if token.is_quoted or token.text not in SIGNS:
            raise self.refuse("Expecting operator")
        return token.text

    def values(self) -> tuple[str, ...]:
        self.expect("Expecting '('", "(")
        found = [self.value()]
        while self.skip(","):
            found.append(self.value())
        self.expect("Expecting ')'", ")")
        return tuple(found)

    def value(self) -> str:
        token = self.take()
        if not token.is_quoted and (not token.text or token.text in {*SIGNS, "(", ")", ","}):
            raise self.refuse("Expecting a value")
        return token.text

    def word(self) -> str:
        token = self.take()
        if token.is_quoted or not token.text or not token.text.isalnum():
            raise self.refuse("Expecting a field name")
        return token.text.lower()

    def order(self) -> list[Order]:
        if self.at_end():
            return []
        self.take()
        self.expect("Expecting 'BY'", "by")
        found = [self._one_order()]
        while self.skip(","):
            found.append(self._one_order())
        if not self.at_end():
            self.expect("Expecting ','", ",")
        return found

    def _one_order(self) -> Order:
        field = self.word()
        descending = self.peek().says("desc")
        self.skip("asc", "desc")
        return Order(field=field, descending=descending)
