"""Texts put together from several places: placeholders filled and definitions placed before an expression."""

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from unified.catalog.files.source import DocumentPath, Piece, Source

PLACEHOLDER = re.compile(r"\$\{(?P<name>[a-z][a-z0-9_]*)\}")
_VARIABLE = re.compile(r"\$(?P<name>[A-Za-z_]\w*)(?P<bound>\s*:=)?")


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text and where its parts were written."""

    text: str
    pieces: tuple[Piece, ...]


def written(source: Source, place: DocumentPath, text: str) -> Text:
    """Return a text as it was written in one place."""
    return Text(text=text, pieces=(Piece(start=0, source=source, place=place),))


def filled(whole: Text, value_of: Callable[[str], str]) -> Text:
    """Return a text as it was written, with every `${name}` replaced by its value."""
    if "${" not in whole.text:
        return whole
    written_in, parts, end = whole.pieces[0], [], 0
    for match in PLACEHOLDER.finditer(whole.text):
        parts.append(_part(written_in, whole.text[end : match.start()], end))
        parts.append(_part(written_in, value_of(match["name"]), match.start(), is_value=True))
        end = match.end()
    return joined([*parts, _part(written_in, whole.text[end:], end)])


def _part(first: Piece, text: str, offset: int, *, is_value: bool = False) -> Text:
    return Text(text=text, pieces=(msgspec.structs.replace(first, offset=offset, is_value=is_value),))


def with_definitions(expression: Text, definitions: Iterable[tuple[str, Text]]) -> Text:
    """Return an expression in a block that binds the definitions before it."""
    parts: list[Text | str] = ["("]
    for name, definition in definitions:
        parts += [f" ${name} := ", definition, "\n;"]
    return joined([*parts, "\n", expression, "\n)"]) if len(parts) > 1 else expression


def joined(parts: Iterable[Text | str]) -> Text:
    """Return texts one after another; a plain one counts as part of the text before it."""
    text, pieces = "", []
    for part in parts:
        if isinstance(part, Text):
            pieces += [msgspec.structs.replace(one, start=one.start + len(text)) for one in part.pieces]
        text += part if isinstance(part, str) else part.text
    return Text(text=text, pieces=tuple(pieces))


def needed(definitions: Mapping[str, str], text: str, inside: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the definitions that an expression needs, each behind those that it needs itself.

    Names are found in the text, so one in a string counts too: a definition that is not used changes nothing. A name that the
    expression binds itself is its own.

    Args:
        definitions: Name → expression.
        text: The expression.
        inside: The definitions that lead to it; a function may call itself.

    Raises:
        Circle: Definitions need one another.
    """
    found: dict[str, None] = {}
    names = list(_VARIABLE.finditer(text))
    own = {match["name"] for match in names if match["bound"]} | set(inside[-1:])
    for name in dict.fromkeys(match["name"] for match in names):
        if name in definitions and name not in own and name not in found:
            if name in inside:
                raise Circle((*inside[inside.index(name) :], name))
            found |= dict.fromkeys(needed(definitions, definitions[name], (*inside, name)))
            found[name] = None
    return tuple(found)


class Circle(Exception):
    """Definitions that need one another, in order, the first one again at the end."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(" → ".join(f"${name}" for name in names))
        self.names = names
