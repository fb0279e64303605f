"""The heart of the parser: one token of lookahead and operator precedence; what an operator builds is in tables."""

from collections.abc import Callable, Mapping

from unified_jsonata.errors import JsonataError, syntax_error
from unified_jsonata.syntax.lexer import END, Lexer, Token
from unified_jsonata.syntax.tree import Node, Placeholder

MAX_NESTING = 100
"""Levels of brackets and right-hand sides inside one another, far above any mapping written by a person."""
MAX_LINKS = 500
"""Operators and steps one after the other at one level."""

UNKNOWN = frozenset(("!", "~"))
"""Signs that are not operators by themselves."""
OPENING = frozenset(("(", "[", "{", "-", "|"))
"""Signs that a value begins with and does not end with."""

BINDING: Mapping[str, int] = {
    "[": 80,
    "(": 80,
    "@": 80,
    "#": 80,
    ".": 75,
    "{": 70,
    "*": 60,
    "/": 60,
    "%": 60,
    "+": 50,
    "-": 50,
    "&": 50,
    "=": 40,
    "!=": 40,
    "<": 40,
    "<=": 40,
    ">": 40,
    ">=": 40,
    "^": 40,
    "~>": 40,
    "in": 40,
    "?:": 40,
    "??": 40,
    "and": 30,
    "or": 25,
    "?": 20,
    ":=": 10,
}
"""How strongly an operator binds what is on its left."""

Prefix = Callable[["Reader", Token], Node]
Infix = Callable[["Reader", Token, Node], Node]


class Reader:
    """The state of one parse: the current token, where the last one ended, the depth of nesting."""

    def __init__(self, source: str, prefixes: Mapping[str, Prefix], infixes: Mapping[str, Infix]) -> None:
        self.source = source
        self.prefixes = prefixes
        self.infixes = infixes
        self.lexer = Lexer(source)
        self.depth = 0
        self.deepest = 0
        self.last_end = 0
        self.later: JsonataError | None = None
        """Errors that the language reports only when the rest of the source can be read."""
        self.links: list[int] = []
        """For each level the most operators that follow one another there."""
        self.token = Token(END, "", 0, 0)
        self.advance(operand=True)

    def fail(self, code: str, token: Token, expected: str = "") -> JsonataError:
        """Return the syntax error of a code at a token, quoting the token from the source."""
        text = self.source[token.start : token.end]
        return syntax_error(self.source, code, token.start, token=text, expected=expected)

    def advance(self, *, operand: bool) -> Token:
        """Take the current token; `operand` says whether a value is expected after it."""
        token = self.token
        self.last_end = token.end
        self.token = found = self.lexer.next(operand=operand)
        if found.id in UNKNOWN:
            raise self.fail("S0204", found)
        return token

    def expect(self, symbol: str, *, operand: bool) -> Token:
        """Take the current token, which must be `symbol` (S0203 at the end of the source, otherwise S0202)."""
        if self.token.id != symbol:
            code = "S0203" if self.token.id == END else "S0202"
            raise self.fail(code, self.token, f'"{symbol}"')
        return self.advance(operand=operand)

    def accept(self, symbol: str) -> bool:
        """Take the current token when it is `symbol`; a value is expected after it."""
        if self.token.id != symbol:
            return False
        self.advance(operand=True)
        return True

    def expression(self, strength: int = 0) -> Node:
        """Read one expression made of operators that bind more strongly than `strength`."""
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        if self.depth > MAX_NESTING:
            raise self.fail("U0002", self.token, str(MAX_NESTING))
        token = self.advance(operand=False) if self._is_operand() else self.advance(operand=True)
        node = self.prefixes.get(token.id, _refuse)(self, token)
        links = 0
        while strength < BINDING.get(self.token.id, 0):
            links += 1
            if links > MAX_LINKS:
                raise self.fail("U0003", self.token, str(MAX_LINKS))
            operator = self.advance(operand=True)
            node = self.infixes[operator.id](self, operator, node)
        self.depth -= 1
        if links:
            self._count(links)
        return node

    def _count(self, links: int) -> None:
        while len(self.links) <= self.depth:
            self.links.append(0)
        self.links[self.depth] = max(self.links[self.depth], links)

    def height(self) -> int:
        """Return a bound on the levels of the tree: those of brackets, and of operators in each."""
        return 3 * (len(self.links) + self.deepest) + 2 * sum(self.links)

    def _is_operand(self) -> bool:
        """Return whether the current token is a value by itself, so that an operator follows it."""
        return self.token.id not in OPENING


def _refuse(reader: Reader, token: Token) -> Node:
    if token.id == END:  # an operator that misses its closing sign is reported first
        reader.later = reader.later or reader.fail("S0207", token)
        return Placeholder(start=token.start, end=token.end)
    raise reader.fail("S0211", token)
