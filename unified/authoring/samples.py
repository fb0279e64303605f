"""Samples of a provider's answers: the files of a folder, mapped one by one, and records written back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from unified.errors.configuration import CatalogError
from unified.errors.error import UnifiedError
from unified.text.json_text import decode_json
from unified.text.xml_text import decode_xml
from unified.transform.embedded_mapping import EmbeddedMapping

Record = dict[str, Any]


class MappedSample(msgspec.Struct, frozen=True, kw_only=True):
    """A file with a provider's answer, and what it becomes."""

    name: str
    records: tuple[Record, ...] = ()
    problem: str | None = None
    """Why it cannot be mapped."""


def sample_files(folder: Path) -> tuple[Path, ...]:
    """Return the JSON and XML files of a folder, sorted.

    Raises:
        CatalogError: There are none.
    """
    found = tuple(sorted((*folder.glob("*.json"), *folder.glob("*.xml"))))
    if not found:
        raise CatalogError(f"{folder}: expected files named *.json or *.xml, each with an answer of the provider; found none")
    return found


def read_sample(path: Path) -> Any:
    """Return the JSON values of a file."""
    content = path.read_bytes()
    return decode_xml(content) if path.suffix == ".xml" else decode_json(content)


def map_samples(mapping: EmbeddedMapping, folder: Path, operation: str, known: dict[str, Any]) -> Iterator[MappedSample]:
    """Map each file of a folder; one that cannot be mapped does not stop the others."""
    for path in sample_files(folder):
        try:
            records = mapping.read(read_sample(path), operation, **known)
        except (UnifiedError, CatalogError, msgspec.DecodeError) as problem:
            yield MappedSample(name=path.name, problem=str(problem))
        else:
            yield MappedSample(name=path.name, records=tuple(records))


def written_back(mapping: EmbeddedMapping, record: Record, known: dict[str, Any]) -> Any:
    """Return the body that an update, or where there is none a create, sends for the fields of a record that have a value.

    Raises:
        NotSupported: Neither is offered.
        UnifiedError: A value is refused.
    """
    compiled = mapping.compiled
    method = "update" if "update" in compiled.operations else "create"
    compiled.operation(method)
    writable = compiled.write_calls.writable(method)
    body = {name: value for name, value in record.items() if name in writable and value not in (None, [], {})}
    return mapping.write(body, method, account=known["account"], before=known["before"])
