"""Rewriting of data files with old words: only the words change, and comments and layout stay.

What decides what a key means is the struct that decodes its place, so that a custom method, a setting or a definition that
happens to have an old word as its name keeps it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from unified.authoring.golden.golden_update import Edit, read_text
from unified.authoring.golden.yaml_text import Alias, written_tree
from unified.catalog.files.old_words import OLD_KEYS, OLD_NAMES
from unified.catalog.files.source import parse_source
from unified.catalog.mapping import MappingDocument, SharedDocument
from unified.catalog.paths import mapping_paths, provider_paths
from unified.catalog.provider import Provider
from unified.catalog.shared import SHARED_NAME

LINE = "\n"
Kind = Literal["provider", "mapping", "shared"]
_STRUCTS: dict[Kind, type] = {"provider": Provider, "mapping": MappingDocument, "shared": SharedDocument}
_NAME = re.compile(rf"\$(?P<name>{'|'.join(sorted(OLD_NAMES, key=len, reverse=True))})\b(?!\s*:=)")


class Rewritten(msgspec.Struct, frozen=True, kw_only=True):
    """The new text of one file, and a line for each change in it."""

    text: str
    changes: tuple[str, ...]
    """`line: old → new`, in the order of the file."""


class _Change(Edit, frozen=True, kw_only=True):
    shown: str
    """The line that the command prints; empty for the second half of a change."""


def data_files(folder: Path) -> Iterator[tuple[Path, Kind]]:
    """Yield every file of a folder that may have old words: providers, mappings and what these share."""
    yield from ((path, "provider") for path in provider_paths(folder))
    yield from ((path, "shared") for path in sorted((folder / "mappings").glob(f"*/{SHARED_NAME}")))
    yield from ((path, "mapping") for path in mapping_paths(folder))


def rewritten_file(path: Path, kind: Kind) -> Rewritten:
    """Return a file without old words; its text is the same if it has none.

    Raises:
        CatalogError: It is not plain YAML.
    """
    return rewritten(read_text(path), kind, path.name)


def rewritten(text: str, kind: Kind, name: str) -> Rewritten:
    """Return the text of a file without old words; raise as `rewritten_file` does."""
    parse_source(text, name=name)
    search = _Search(text)
    if text.strip():
        search.walk(written_tree(text), msgspec.inspect.type_info(_STRUCTS[kind]))
    edits = sorted(search.edits, key=lambda one: one.start)
    changes = tuple(f"{text.count(LINE, 0, one.start) + 1}: {one.shown}" for one in edits if one.shown)
    for edit in reversed(edits):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return Rewritten(text=text, changes=changes)


class _Search:
    """The search for old words in one text; collects the edits."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.edits: list[_Change] = []

    def walk(self, node: yaml.Node, info: Any) -> None:
        """Search a node and all nodes in it; what an alias repeats is edited where it is written."""
        if isinstance(node, Alias):
            return
        info = _chosen(info, node)
        if isinstance(node, yaml.MappingNode):
            keys = {str(key.value) for key, _ in node.value}
            for key, value in node.value:
                self.walk(value, self._entry(key, value, info, keys))
        elif isinstance(node, yaml.SequenceNode):
            for one in node.value:
                self.walk(one, getattr(info, "item_type", None))
        else:
            self.edits += _names(self.text, node)

    def _entry(self, key: yaml.Node, value: yaml.Node, info: Any, keys: set[str]) -> Any:
        """Collect the edits of one key, and return what is expected as its value; `keys` are those next to it, and it."""
        if isinstance(info, msgspec.inspect.DictType):
            place = info.value_type
            return _SHARED_MAPPING if isinstance(place, msgspec.inspect.DictType) and _is_any(place.value_type) else place
        if not isinstance(info, msgspec.inspect.StructType):
            return None
        word = str(key.value)
        new = OLD_KEYS.get(info.cls.__name__, {}).get(word)
        if new is not None and new not in keys:
            self.edits += _renamed(self.text, key, value, new)
        return next((one.type for one in info.fields if one.encode_name == (new or word)), None)


def _renamed(text: str, key: yaml.Node, value: yaml.Node, new: str) -> Iterator[_Change]:
    """Yield the edits for one old key, of which the value has another form now where it is a flag or an envelope."""
    word, given = str(key.value), text[value.start_mark.index : value.end_mark.index]
    form = {"then": "true", "wrap": f"'{{\"{value.value}\": $write}}'"}.get(word) if _is_text(value) else None
    shown = f"{word} → {new}" if form is None else f"{word}: {given} → {new}: {form}"
    yield _Change(start=key.start_mark.index, end=key.end_mark.index, text=new, shown=shown)
    if form is not None:
        yield _Change(start=value.start_mark.index, end=value.end_mark.index, text=form, shown="")


def _is_text(value: yaml.Node) -> bool:
    return isinstance(value, yaml.ScalarNode) and value.value not in {"", "null", "~"}


def _names(text: str, node: yaml.Node) -> Iterator[_Change]:
    """Yield the edits for old `$names` in an expression."""
    start, end = node.start_mark.index, node.end_mark.index
    for match in _NAME.finditer(text, start, end):
        old, new = match["name"], OLD_NAMES[match["name"]]
        yield _Change(start=match.start("name"), end=match.end("name"), text=new, shown=f"${old} → ${new}")


def _chosen(info: Any, node: yaml.Node) -> Any:
    """Return the part of a union that a node is meant to be."""
    if not isinstance(info, msgspec.inspect.UnionType):
        return info
    kinds: tuple[type, ...] = (msgspec.inspect.StructType, msgspec.inspect.DictType)
    if isinstance(node, yaml.SequenceNode):
        kinds = (msgspec.inspect.VarTupleType,)
    found = [one for one in info.types if isinstance(one, kinds)]
    tags = {str(key.value): str(value.value) for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
    tagged = (one for one in found if isinstance(one, msgspec.inspect.StructType) and _tag_of(one) in tags.items())
    return next(tagged, found[0] if found else None)


def _tag_of(info: msgspec.inspect.StructType) -> tuple[Any, Any]:
    return info.tag_field, info.tag


def _is_any(info: Any) -> bool:
    return isinstance(info, msgspec.inspect.AnyType)


_SHARED_MAPPING = msgspec.inspect.type_info(MappingDocument)
"""The type of a shared mapping: its keys are checked as part of the files that use it."""
