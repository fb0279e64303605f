"""Source text -> tokens, one at a time, since only the parser knows whether `/` divides or opens a regex."""

import math
import re

import msgspec

from unified_jsonata.errors import JsonataError, syntax_error

END = "(end)"
NAME = "(name)"
VARIABLE = "(variable)"
STRING = "(string)"
NUMBER = "(number)"
VALUE = "(value)"
REGEX = "(regex)"

SPACES = " \t\n\r\v"
WORDS = frozenset(("and", "or", "in"))
CONSTANTS = {"true": True, "false": False, "null": None}
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SYMBOL, PLAIN_STRING, DIGITS, PLAIN_NAME = 1, 2, 3, 4
"""Groups of TOKEN."""
TOKEN = re.compile(
    r"""[ \t\n\r\v]*
    (?: (\.\.|:=|!=|>=|<=|\*\*|~>|\?:|\?\?|[.\[\]{}(),@\#;:?+\-*/%|=<>^&!~])
    | ("[^"\\\ud800-\udfff]*"|'[^'\\\ud800-\udfff]*')
    | ((?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
    | ([^"'`.\[\]{}(),@\#;:?+\-*/%|=<>^&!~\ \t\n\r\v][^.\[\]{}(),@\#;:?+\-*/%|=<>^&!~\ \t\n\r\v]*) )""",
    re.VERBOSE,
)
"""Pattern of most tokens, white space before them included."""
LONGEST = 400
"""Digits of an integer literal; a double holds 309."""
HEX_PATTERN = re.compile(r"[0-9a-fA-F]{4}")
SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
EXACT = 2**53
"""Integral floats below it are written as integers, as JSON numbers are."""


class Token(msgspec.Struct, frozen=True, gc=False):
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
        """Return the syntax error of this source at an offset."""
        return syntax_error(self.source, code, position, token=token)

    def next(self, *, operand: bool) -> Token:
        """Return the next token; `operand` says that a value is expected, so that `/` opens a regex."""
        while True:
            found = TOKEN.match(self.source, self.offset)
            group = found.lastindex if found is not None else None
            if found is None or group is None:
                return self._rest()
            text, start, end = found[group], found.start(group), found.end()
            if text != "/" or not (operand or self.source.startswith("*", end)):
                break
            token = self._slash(start)
            if token is not None:
                return token
        self.offset = end
        if group == SYMBOL:
            return Token(text, text, start, end)
        if group == PLAIN_NAME:
            return self._name(text, start, end)
        return Token(STRING, text[1:-1], start, end) if group == PLAIN_STRING else self._number(text, start, end)

    def _slash(self, start: int) -> Token | None:
        """Return a regular expression; None for a comment, which is passed over."""
        if not self.source.startswith("/*", start):
            return self._regex(start)
        end = self.source.find("*/", start + 2)
        if end < 0:
            raise self.fail("S0106", start)
        self.offset = end + 2
        return None

    def _rest(self) -> Token:
        """Return what the pattern leaves: the end, strings with escapes, names in backticks."""
        start = self.offset
        while start < len(self.source) and self.source[start] in SPACES:
            start += 1
        self.offset = start
        if start >= len(self.source):
            return Token(END, "", start, start)
        char = self.source[start]
        return self._quoted_name(start) if char == "`" else self._string(start, char)

    def _token(self, kind: str, value: str | float | None, start: int, flags: str = "") -> Token:
        return Token(kind, value, start, self.offset, flags)

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

    def _number(self, text: str, start: int, end: int) -> Token:
        value: int | float = int(text) if text.isdigit() and len(text) <= LONGEST else float(text)
        if not math.isfinite(_as_double(value)):
            raise self.fail("S0102", start, text)
        if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
            value = int(value)
        return Token(NUMBER, value, start, end)

    def _name(self, text: str, start: int, end: int) -> Token:
        if text[0] == "$":
            return Token(VARIABLE, text[1:], start, end)
        if text in WORDS:
            return Token(text, text, start, end)
        if text in CONSTANTS:
            return Token(VALUE, CONSTANTS[text], start, end)
        return Token(NAME, text, start, end)

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
    r"""Return the text with pairs of `\uD83D\uDE00` escapes joined into characters; a lone half stays as it is."""
    return SURROGATES.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _as_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf
