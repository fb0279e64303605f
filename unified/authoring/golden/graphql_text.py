"""GraphQL documents for people: a line for each field, indented, whatever line breaks they are sent with."""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r'"""(?:[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|\.\.\.|[{}(),]|[^\s,{}()"#]+')
_DOCUMENT = re.compile(r"\s*(?:\{|(?:query|mutation|subscription|fragment)\b)")
INDENT = "  "
OPEN, CLOSE = "()"
TIGHT = frozenset({OPEN, CLOSE, ","})
"""Tokens without a space before them in parentheses."""


def is_graphql(text: str) -> bool:
    """Return whether a text is a GraphQL document, by how it begins."""
    return _DOCUMENT.match(text) is not None


def graphql_lines(text: str) -> Iterator[str]:
    """Yield the lines of a document: one for each field with its arguments, and for each brace that closes."""
    depth, line = 0, ""
    for part in _parts(text):
        if part == "{":
            yield INDENT * depth + f"{line} {{".strip()
            depth, line = depth + 1, ""
        elif part == "}":
            if line:
                yield INDENT * depth + line
            depth, line = max(depth - 1, 0), ""
            yield INDENT * depth + "}"
        elif line and (depth or "#" in (line[0], part[0])) and not _goes_on(line, part):
            yield INDENT * depth + line
            line = part
        else:
            line += part if part.startswith("(") or not line else f" {part}"
    if line:
        yield INDENT * depth + line


def _goes_on(line: str, part: str) -> bool:
    """Return whether a part belongs to the field of the line: arguments, directives, the name behind an alias, a fragment."""
    return part[0] in "(@:" or line.endswith((":", "...", "... on")) or (line == "..." and part == "on")


def _parts(text: str) -> Iterator[str]:
    """Yield words, braces, and what is in parentheses as one part."""
    depth, inside = 0, ""
    for match in _TOKEN.finditer(text):
        word = match[0]
        depth += word == OPEN
        if depth:
            inside += word if word in TIGHT or inside.endswith(OPEN) else f" {word}"
        elif word != ",":
            yield word
        depth -= word == CLOSE
        if inside and not depth:
            yield inside
            inside = ""
