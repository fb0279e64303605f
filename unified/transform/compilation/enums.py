"""Enums of a mapping: one table for a common word and the provider's own, read, written and filtered by.

A table says how each common word is written (its first native word) and which native words mean it. What the table does not
have cannot be written, so the writable words of a field are read off it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from unified.catalog.mapping import EnumRows, NativeWord
from unified.errors.names import suggestion
from unified.transform.functions.values import missing, text_of, word_of
from unified.transform.refusal import ValueRefused
from unified_jsonata import UNDEFINED, FunctionError
from unified_jsonata.runtime.supplied import promises


class EnumTable(msgspec.Struct, frozen=True, kw_only=True):
    """One enum, ready to be read in both directions."""

    name: str
    written: dict[str, NativeWord]
    """Common word to the native word that is sent for it; null clears."""
    natives: dict[str, tuple[str, ...]]
    """Common word to all native words that mean it, as text."""
    read: dict[str, str]
    """Native word to its common word; one that means several is read as the first."""
    folded: dict[str, str]
    """The same without regard to case."""

    def common(self, word: Any, default: Any) -> Any:
        """Return the common word for a native one; null for none, `default` for one that the table does not have."""
        if missing(word) or word == "":
            return None
        key = word_of("toCommon", word, "text, a number or a boolean")
        found = self.read.get(key)
        return self.folded.get(key.casefold(), default) if found is None else found


Enums = Mapping[str, EnumTable]


def compile_enums(*files: Mapping[str, EnumRows]) -> dict[str, EnumTable]:
    """Return the enums of a mapping from those of its files; a later file's table replaces one of the same name."""
    return {name: _compiled(name, rows) for file in files for name, rows in file.items()}


def _compiled(name: str, rows: EnumRows) -> EnumTable:
    words = {common: natives if isinstance(natives, tuple) else (natives,) for common, natives in rows.items()}
    read: dict[str, str] = {}
    for common, natives in words.items():
        for native in natives:
            if native is not None:
                read.setdefault(_word(native), common)
    folded: dict[str, str] = {}
    for native, common in read.items():
        folded.setdefault(native.casefold(), common)
    return EnumTable(
        name=name,
        written={common: natives[0] for common, natives in words.items() if natives},
        natives={
            common: tuple(word_of("enums", one, "a word") for one in ones if one is not None) for common, ones in words.items()
        },
        read=read,
        folded=folded,
    )


def _word(native: NativeWord) -> str:
    return word_of("enums", native, "a word")


def native_words(enum: EnumTable, common: str) -> tuple[str, ...]:
    """Return every native word that means a common one, for conditions; none for a word that the table does not have."""
    return enum.natives.get(common, ())


def enum_functions(enums: Enums, fields: Mapping[str, str]) -> dict[str, Callable[..., Any]]:
    """Return `$toCommon` and `$toNative` for the enums of one mapping; `fields` are those that the enums are written for."""
    readers = {name: _reader(table) for name, table in enums.items()}

    def to_common(enum: Any, word: Any, default: Any = UNDEFINED) -> Any:
        return readers[_table(enums, "toCommon", enum).name](word, default)

    def settle(enum: Any) -> Callable[..., Any] | None:
        return readers.get(enum) if isinstance(enum, str) else None

    def to_native(enum: Any, word: Any, field: Any = UNDEFINED) -> Any:
        table = _table(enums, "toNative", enum)
        if missing(word):
            return word
        if word in table.written:
            return table.written[word]
        name = fields.get(table.name, table.name) if field is UNDEFINED else text_of("toNative", field, "a field")
        raise ValueRefused(f"expected one of {', '.join(table.written)}", field=name)

    return {
        "toCommon": promises(plain=True, settled=(0, settle))(to_common),
        "toNative": promises(plain=True)(to_native),
    }


def _reader(table: EnumTable) -> Callable[..., Any]:
    """Return `$toCommon` of one enum."""
    words = table.read

    def read(word: Any, default: Any = UNDEFINED) -> Any:
        if type(word) is str and word in words:
            return words[word]
        return table.common(word, None if default is UNDEFINED else default)

    return read


def _table(enums: Enums, function: str, name: Any) -> EnumTable:
    table = enums.get(text_of(function, name, "the name of an enum"))
    if table is None:
        raise FunctionError(f"${function}: no enum is called `{name}`.{suggestion(name, enums)}")
    return table
