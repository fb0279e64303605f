"""YAML read with positions, so that every error in a data file can give its line and column."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from unified.errors.configuration import CatalogError, FilePosition
from unified.errors.load_rule import LoadRule

MAX_DEPTH, MAX_PARTS = 64, 100_000
DocumentPath = tuple[str | int, ...]
"""The position of a value in a document, such as `("list", 0, "query")`."""


class Mark(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A position in a file; lines and columns count from 1."""

    line: int
    column: int
    block: bool = False
    """True for a `|` or `>` scalar, of which the text starts on the line after the mark."""
    quote: str = ""
    """`'` or `"` of a quoted scalar, in which escapes are longer in the file than in the text."""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text that is put together from several places; it reaches to the next piece."""

    start: int
    """Where it begins in the whole text."""
    source: "Source"
    place: DocumentPath
    offset: int = 0
    """Where it begins in the scalar that it was written in."""
    is_value: bool = False
    """Whether it is the value of a placeholder, which is at `offset`."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a part of a document was written, if that is another place than the one it is read at."""

    source: "Source"
    place: DocumentPath
    pieces: tuple[Piece, ...] = ()
    """Of a text: where its parts were written."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One data file: its plain content and the position of each part."""

    name: str
    """The path as shown in messages, relative to the folder that was loaded."""
    content: Any
    keys: dict[DocumentPath, Mark]
    values: dict[DocumentPath, Mark]
    lines: tuple[str, ...]
    origins: dict[DocumentPath, Origin] = {}
    """Parts of the content taken from other files, with their sources; positions in a part are those in its own file."""

    def error(
        self,
        place: DocumentPath,
        reason: str,
        *,
        offset: int | None = None,
        key: bool = False,
        rule: LoadRule = LoadRule.FILE,
    ) -> CatalogError:
        """Create the error for a place, or for a text offset inside its scalar."""
        file, line, column = self.written_at(place, offset=offset, key=key)
        return CatalogError(reason, rule=rule, position=FilePosition(file=file, line=line, column=column))

    def where(self, place: DocumentPath) -> str:
        """Return `file:line` of a place."""
        file, line, _ = self.written_at(place)
        return f"{file}:{line}"

    def nulls_at(self, place: DocumentPath) -> frozenset[str]:
        """Return the keys of the object at a place whose value is null; none where there is no object."""
        found = self.content
        for step in place:
            known = (isinstance(found, dict) and step in found) or (isinstance(found, list) and isinstance(step, int))
            found = found[step] if known else None
        return frozenset(name for name, value in found.items() if value is None) if isinstance(found, dict) else frozenset()

    def written_at(self, place: DocumentPath, *, offset: int | None = None, key: bool = False) -> tuple[str, int, int]:
        """Return file, line and column of a place, or of a text offset inside its scalar."""
        end = next((end for end in range(len(place), 0, -1) if place[:end] in self.origins), None)
        if end is None:
            return (self.name, *self.position(place, offset=offset, key=key))
        origin, rest = self.origins[place[:end]], place[end:]
        if offset is None or rest or not origin.pieces:
            return origin.source.written_at((*origin.place, *rest), offset=offset, key=key)
        piece = next((one for one in reversed(origin.pieces) if one.start <= offset), origin.pieces[0])
        inner = piece.offset if piece.is_value else piece.offset + max(0, offset - piece.start)
        return piece.source.written_at(piece.place, offset=inner)

    def position(self, place: DocumentPath, *, offset: int | None = None, key: bool = False) -> tuple[int, int]:
        """Return line and column of a place, or of the nearest enclosing one that has a position."""
        if key and place in self.keys:
            return self.keys[place].line, self.keys[place].column
        while place and place not in self.values:
            place, offset = place[:-1], None
        mark = self.values.get(place, Mark(line=1, column=1))
        if offset is None:
            return (mark.line, mark.column)
        return self._inside(mark, place, offset)

    def _inside(self, mark: Mark, place: DocumentPath, offset: int) -> tuple[int, int]:
        before = text_at(self.content, place)[:offset].split("\n")
        if mark.quote and len(before) == 1:
            return mark.line, mark.column + _written_length(self.lines[mark.line - 1][mark.column - 1 :], mark.quote, offset)
        if not mark.block:
            return mark.line + len(before) - 1, (mark.column if len(before) == 1 else 1) + len(before[-1])
        line = mark.line + len(before)
        return line, self._indent(mark.line) + len(before[-1]) + 1

    def _indent(self, after_line: int) -> int:
        first = next((text for text in self.lines[after_line:] if text.strip()), "")
        return len(first) - len(first.lstrip(" "))


_ESCAPES = {"x": 4, "u": 6, "U": 10}
"""Lengths of escapes in a double-quoted scalar; every other escape has two characters."""


def _written_length(raw: str, quote: str, count: int) -> int:
    """Return how many characters of the file the first `count` characters of a quoted scalar occupy."""
    at = 0
    for _ in range(count):
        if quote == "'" and raw.startswith("''", at):
            at += 2
        elif quote == '"' and raw.startswith("\\", at):
            at += _ESCAPES.get(raw[at + 1 : at + 2], 2)
        else:
            at += 1
    return at


def text_at(content: Any, place: DocumentPath) -> str:
    """Return the scalar at a place, as text."""
    for step in place:
        content = content[step]
    return str(content)


class _Loader(yaml.CSafeLoader):
    """YAML 1.2's plain scalars only: `yes`, `on`, dates and octal numbers stay text."""


_Loader.yaml_implicit_resolvers = {}
_RESOLVERS = {
    "tag:yaml.org,2002:null": (r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    "tag:yaml.org,2002:int": (r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    "tag:yaml.org,2002:float": (r"^[-+]?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?$", list("-+0123456789")),
}
for _tag, (_pattern, _first) in _RESOLVERS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), _first)


def read_source(path: Path, *, name: str | None = None) -> Source:
    """Read one file.

    Raises:
        CatalogError: The file is not plain YAML; the message gives file, line and column.
    """
    return source_of(path.read_bytes(), name=name or path.name)


def source_of(content: bytes, *, name: str) -> Source:
    """Parse the content of a file.

    Raises:
        CatalogError: It is not plain YAML; the message gives file, line and column.
    """
    try:
        text = text_of(content)
    except UnicodeDecodeError:
        raise not_yaml(name, "expected text in UTF-8") from None
    return parse_source(text, name=name)


def text_of(content: bytes, *, errors: str = "strict") -> str:
    """Return the content of a file as text, with ends of lines as `open` reads them."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors=errors).read()


def parse_source(text: str, *, name: str) -> Source:
    """Parse the text of a data file.

    Raises:
        CatalogError: It is not plain YAML, or has duplicate keys or keys that are not text.
    """
    node = compose_text(text, name=name)
    source = Source(name=name, content=None, keys={}, values={}, lines=tuple(text.split("\n")))
    content = None if node is None else _Builder(source).build(node, ())
    return msgspec.structs.replace(source, content=content)


def compose_text(text: str, *, name: str) -> Any:
    """Return the tree of nodes of a data file, for what changes parts of its text; None for an empty one.

    Raises:
        CatalogError: It is not plain YAML.
    """
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise not_yaml(name, problem.problem or problem.context, line, column) from None
    except yaml.reader.ReaderError as problem:
        raise not_yaml(name, f"{problem.reason} (U+{problem.character:04X})") from None


def not_yaml(name: str, reason: str | None, line: int = 1, column: int = 1) -> CatalogError:
    """Create the error for a file that is not plain YAML."""
    return CatalogError(f"not valid YAML: {reason}", position=FilePosition(file=name, line=line, column=column))


class _Builder:
    """Turns a node tree into plain data and records every position."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def build(self, node: yaml.Node, place: DocumentPath) -> Any:
        if len(place) > MAX_DEPTH or len(self.source.values) > MAX_PARTS:
            bounds = f"{MAX_DEPTH} levels and {MAX_PARTS} values, repetitions by aliases included"
            raise self.source.error(place, f"too large: expected at most {bounds}")
        self.source.values[place] = _mark(node)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, place))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _pairs(self, node: yaml.MappingNode, place: DocumentPath) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            where = (*place, key)
            if not isinstance(key_node, yaml.ScalarNode):
                raise self.source.error(place, "expected a plain key, got a list or mapping as key")
            if key in seen:
                raise self._duplicate(key_node, where)
            seen.add(key)
            self.source.keys[where] = _mark(key_node)
            yield key, self.build(value_node, where)

    def _duplicate(self, node: yaml.Node, where: DocumentPath) -> CatalogError:
        mark, first = _mark(node), self.source.keys[where].line
        position = FilePosition(file=self.source.name, line=mark.line, column=mark.column)
        return CatalogError(f"duplicate key `{where[-1]}`, first given on line {first}; keep one", position=position)

    def _scalar(self, node: yaml.Node, place: DocumentPath) -> Any:
        read = _SCALARS.get(node.tag)
        try:
            if read is not None:
                return read(node.value)
        except ValueError:
            pass
        raise self.source.error(place, f"`{node.tag}` is not a valid tag for this value; write the value without a tag")


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:null": lambda _text: None,
    "tag:yaml.org,2002:bool": lambda text: text.lower() == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:str": str,
}


def _mark(node: yaml.Node) -> Mark:
    block = isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}
    quote = node.style if isinstance(node, yaml.ScalarNode) and node.style in {"'", '"'} else ""
    return Mark(line=node.start_mark.line + 1, column=node.start_mark.column + 1 + len(quote), block=block, quote=quote)
