"""Source text -> tokens, one at a time, since only the parser knows whether `/` divides or opens a regex."""

import math
import re

import msgspec

from unified.jsonata.errors import JsonataError, syntax_error

END = "(end)"
NAME = "(name)"
VARIABLE = "(variable)"
STRING = "(string)"
NUMBER = "(number)"
VALUE = "(value)"
REGEX = "(regex)"

PAIRS = frozenset(("..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"))
SINGLES = frozenset(".[]{}(),@#;:?+-*/%|=<>^&!~")
SPACES = " \t\n\r\v"
WORDS = frozenset(("and", "or", "in"))
CONSTANTS = {"true": True, "false": False, "null": None}
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
NUMBER_PATTERN = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
HEX_PATTERN = re.compile(r"[0-9a-fA-F]{4}")
SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
EXACT = 2**53
"""Integral floats below it are written as integers, as JSON numbers are."""


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One word of the language; `id` is the operator itself or one of the kinds in parentheses above."""

    id: str
    value: str | int | float | bool | None
    start: int
    end: int
    flags: str = ""


class Lexer:
    """Reads one source from left to right; holds only the offset."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.offset = 0

    def fail(self, code: str, position: int, token: str = "") -> JsonataError:
        """The syntax error of this source at an offset."""
        return syntax_error(self.source, code, position, token=token)

    def next(self, *, operand: bool) -> Token:
        """The next token; `operand` says that a value is expected, so that `/` opens a regex."""
        self._skip()
        start = self.offset
        if start >= len(self.source):
            return Token(id=END, value="", start=start, end=start)
        char = self.source[start]
        if operand and char == "/":
            return self._regex(start)
        pair = self.source[start : start + 2]
        if pair in PAIRS:
            return self._symbol(pair)
        if char in SINGLES:
            return self._symbol(char)
        return self._word(start, char)

    def _word(self, start: int, char: str) -> Token:
        if char in "\"'":
            return self._string(start, char)
        if char == "`":
            return self._quoted_name(start)
        number = NUMBER_PATTERN.match(self.source, start)
        return self._number(number) if number else self._name(start)

    def _token(self, kind: str, value: str | float | None, start: int, flags: str = "") -> Token:
        return Token(id=kind, value=value, start=start, end=self.offset, flags=flags)

    def _symbol(self, text: str) -> Token:
        start = self.offset
        self.offset += len(text)
        return self._token(text, text, start)

    def _skip(self) -> None:
        source, size = self.source, len(self.source)
        while self.offset < size:
            if source[self.offset] in SPACES:
                self.offset += 1
            elif source.startswith("/*", self.offset):
                end = source.find("*/", self.offset + 2)
                if end < 0:
                    raise self.fail("S0106", self.offset)
                self.offset = end + 2
            else:
                return

    def _string(self, start: int, quote: str) -> Token:
        source, at = self.source, start + 1
        parts: list[str] = []
        while at < len(source):
            char = source[at]
            if char == quote:
                self.offset = at + 1
                return self._token(STRING, joined("".join(parts)), start)
            if char == "\\":
                text, at = self._escape(at)
                parts.append(text)
            else:
                parts.append(char)
                at += 1
        raise self.fail("S0101", start)

    def _escape(self, at: int) -> tuple[str, int]:
        letter = self.source[at + 1 : at + 2]
        if letter in ESCAPES:
            return ESCAPES[letter], at + 2
        if letter != "u":
            raise self.fail("S0103", at, letter)
        digits = HEX_PATTERN.match(self.source, at + 2)
        if digits is None:
            raise self.fail("S0104", at)
        return chr(int(digits.group(), 16)), at + 6

    def _quoted_name(self, start: int) -> Token:
        end = self.source.find("`", start + 1)
        if end < 0:
            raise self.fail("S0105", start)
        self.offset = end + 1
        return self._token(NAME, self.source[start + 1 : end], start, "`")

    def _number(self, match: re.Match[str]) -> Token:
        text = match.group()
        self.offset = match.end()
        value: int | float = int(text) if text.isdigit() else float(text)
        if not math.isfinite(_as_double(value)):
            raise self.fail("S0102", match.start(), text)
        if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
            value = int(value)
        return self._token(NUMBER, value, match.start())

    def _name(self, start: int) -> Token:
        source, at = self.source, start + 1
        while at < len(source) and source[at] not in SINGLES and source[at] not in SPACES:
            at += 1
        self.offset = at
        text = source[start:at]
        if text[0] == "$":
            return self._token(VARIABLE, text[1:], start)
        if text in WORDS:
            return self._token(text, text, start)
        if text in CONSTANTS:
            return self._token(VALUE, CONSTANTS[text], start)
        return self._token(NAME, text, start)

    def _regex(self, start: int) -> Token:
        source, at, depth = self.source, start + 1, 0
        while at < len(source):
            char = source[at]
            if char == "/" and depth == 0:
                return self._regex_token(start, at)
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
            at += 2 if char == "\\" else 1
        raise self.fail("S0302", start)

    def _regex_token(self, start: int, closing: int) -> Token:
        if closing == start + 1:
            raise self.fail("S0301", start)
        at = closing + 1
        while self.source[at : at + 1] in ("i", "m"):
            at += 1
        self.offset = at
        return self._token(REGEX, self.source[start + 1 : closing], start, self.source[closing + 1 : at])


def joined(text: str) -> str:
    r"""The characters that pairs of `\uD83D\uDE00` escapes stand for; a lone half stays as it is."""
    return SURROGATES.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _as_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
