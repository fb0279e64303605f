"""Reads the metadata of a record besides its fields: its version, and warnings about fields that the provider leaves out."""

from collections.abc import Collection
from typing import Any

from unified.errors.providers import MappingFailed
from unified.transform.mapping import Mapping
from unified.transform.records.record_notes import RecordNote, notes_of
from unified.transform.records.record_version import is_field_of, version_text
from unified_jsonata import Expression, JsonataError, Refusal


def record_version(mapping: Mapping, item: Any, bindings: dict[str, Any]) -> str | None:
    """Return the version of a record, as the provider says it with the record or in a header; None if it says none.

    Raises:
        MappingFailed: The expression fails, or gives something else than text or a number.
    """
    if mapping.version is None:
        return None
    return version_text(_evaluated(mapping, "version", mapping.version, item, bindings), _where(mapping, "version"))


def shows_version(mapping: Mapping, hidden: Collection[str] = (), *, is_partial: bool = False) -> bool:
    """Return whether records have a version that reveals no change of `hidden` fields, or in fields seen in part.

    A version that is not a separate field may change with anything, so it is for those who see all of the record.
    """
    is_whole = not (hidden or is_partial)
    return mapping.version is not None and (is_whole or is_field_of(mapping.version, mapping.records, hidden))


def record_notes(mapping: Mapping, item: Any, bindings: dict[str, Any]) -> tuple[RecordNote, ...]:
    """Return the warnings about a record, by the expression `warnings`.

    Raises:
        MappingFailed: The expression fails, or gives something else than warnings.
    """
    if mapping.warnings is None:
        return ()
    value = _evaluated(mapping, "warnings", mapping.warnings, item, bindings)
    return notes_of(value, mapping.field_names, _where(mapping, "warnings"))


def _evaluated(mapping: Mapping, key: str, expression: Expression, item: Any, bindings: dict[str, Any]) -> Any:
    """Return what an expression of the file gives for a provider's object; raise MappingFailed if it fails."""
    try:
        return expression.evaluate(item, bindings)
    except (JsonataError, Refusal) as problem:
        raise MappingFailed(f"{_where(mapping, key)}: `{key}` failed: {problem}") from None


def _where(mapping: Mapping, key: str) -> str:
    return mapping.file.source.where((key,))
