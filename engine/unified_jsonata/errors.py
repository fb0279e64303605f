"""Reports the error of an expression with its character, under the language's own error code."""

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

SYNTAX: Mapping[str, str] = MappingProxyType(
    {
        "S0101": "a string has no closing quote",
        "S0102": "a number is out of range: {token}",
        "S0103": "unknown escape sequence in a string: \\{token}",
        "S0104": "\\u in a string needs four hexadecimal digits",
        "S0105": "a quoted name has no closing backtick (`)",
        "S0106": "a comment has no closing */",
        "S0201": "unexpected {token} after a complete expression",
        "S0202": "expected {expected}, found {token}",
        "S0203": "expected {expected} before the end of the expression",
        "S0204": "unknown operator {token}",
        "S0207": "the expression ends where a value is expected",
        "S0208": "a function parameter must be a variable such as $x, found {token}",
        "S0209": "a predicate cannot follow a grouping {{…}} in one step",
        "S0210": "a step can have one grouping {{…}} only",
        "S0211": "{token} cannot start a value",
        "S0212": "the left side of := must be a variable such as $x",
        "S0213": "the literal {token} cannot be a step of a path",
        "S0214": "the right side of {token} must be a variable such as $x",
        "S0215": "put @ and its variable before the predicates of the step",
        "S0216": "put @ and its variable before the order-by of the step",
        "S0217": "% has no parent here",
        "S0301": "a regular expression is empty",
        "S0302": "a regular expression has no closing /",
        "S0401": "in a signature only functions (f) and arrays (a) take type parameters",
        "S0402": "in a signature a choice (…) cannot hold parameterised types",
        "U0001": "the expression is longer than {expected} characters",
        "U0002": "the expression is nested deeper than {expected} levels",
        "U0003": "more than {expected} operators follow one another",
    }
)
"""Code -> text with `{token}` and `{expected}`; codes of the language, those from U are the bounds here."""


class JsonataError(Exception):
    """An expression that cannot be parsed, or an evaluation that failed.

    `position` is the 0-based character offset in the source, `line` and `column` are 1-based; all three are
    None when the place is unknown. `token` is source text, never data. `code` is the language's.
    """

    def __init__(
        self,
        *,
        code: str,
        message: str,
        position: int | None = None,
        line: int | None = None,
        column: int | None = None,
        token: str | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.line = line
        self.column = column
        self.token = token
        self.source = source
        """The expression, for showing the place."""

    def explained(self) -> str:
        """Return the error with the line it is in and a caret under the place, for a terminal."""
        if self.source is None or self.line is None or self.column is None:
            return str(self)
        shown = self.source.split("\n")[self.line - 1].replace("\t", " ")
        begin = max(0, self.column - 1 - MAX_LINE // 2)
        number = f"{self.line} | "
        return f"{self}\n{number}{shown[begin : begin + MAX_LINE]}\n{' ' * (len(number) + self.column - 1 - begin)}^"

    def __str__(self) -> str:
        place = "" if self.line is None else f" at {self.line}:{self.column}"
        return f"{self.code}{place}: {self.message}"


class Failure(Exception):
    """Raised by a running expression, before the engine knows the place; becomes a JsonataError.

    `code` is a key of failures.RUNTIME, and its text is shown. `detail` is added to it and `token` is kept on the
    error; both are source text or words of this package, never data.
    """

    def __init__(self, code: str, detail: str = "", token: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.token = token
        self.position: int | None = None


class FunctionError(ValueError):
    """Raised by a function supplied by the caller for arguments that it cannot take.

    Its text is shown to authors and callers, so it names what was expected and the type that came, never a value.
    """


class Refusal(ValueError):
    """Raised by a function supplied by the caller for a value that whoever gave it must correct.

    An evaluation lets it through unchanged, where any other exception becomes a JsonataError.
    """


def refusal_in(error: BaseException) -> Refusal | None:
    """Return the refusal that an exception is, or was raised for."""
    cause = error.__cause__
    return error if isinstance(error, Refusal) else cause if isinstance(cause, Refusal) else None


def line_column(source: str, offset: int) -> tuple[int, int]:
    """Return where an editor shows a character offset: line and column, both counted from 1."""
    offset = max(0, min(offset, len(source)))
    line = source.count("\n", 0, offset) + 1
    return line, offset - (source.rfind("\n", 0, offset) + 1) + 1


def syntax_error(source: str, code: str, position: int, *, token: str = "", expected: str = "") -> JsonataError:
    """Return the error of a syntax code at an offset; `token` is what was found there, `expected` what should have been."""
    line, column = line_column(source, position)
    shown = token if len(token) <= MAX_TOKEN else token[:MAX_TOKEN] + "…"
    message = SYNTAX[code].format(token=shown or "the end", expected=expected)
    return JsonataError(
        code=code, message=message, position=position, line=line, column=column, token=token or None, source=source
    )


def closest(name: str, names: Iterable[str]) -> str:
    """Return a hint such as `; did you mean $count?`, empty when no known name is close. Names are without `$`."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean ${close[0]}?" if close else ""


MAX_LINE = 110
"""Characters of a line that are shown around a place."""
MAX_TOKEN = 60
"""Characters of a token shown in a message."""
