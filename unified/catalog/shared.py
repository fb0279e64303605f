"""Loading of `mappings/<provider>/_shared.yaml`: what several mapping files of a provider refer to by name."""

from pathlib import Path

from unified.catalog.definitions import check_definitions, definitions_of
from unified.catalog.files.decode import decode
from unified.catalog.files.source import Source, source_of
from unified.catalog.mapping import SharedDocument, SharedFile

SHARED_NAME = "_shared.yaml"
"""The file's name in the folder of a provider's mappings."""


def shared_path(folder: Path, provider: str) -> Path:
    """Return the path of a provider's shared file, below a folder with `mappings/`."""
    return folder / "mappings" / provider / SHARED_NAME


def load_shared(path: Path) -> SharedFile | None:
    """Decode one shared file; None if there is none.

    Raises:
        CatalogError: The file is invalid; the message gives file, line and column.
    """
    return decode_shared(path.parent.name, path.read_bytes()) if path.exists() else None


def decode_shared(provider: str, text: bytes) -> SharedFile:
    """Decode the text of a provider's shared file.

    Raises:
        CatalogError: The file is invalid; the message gives file, line and column.
    """
    source = source_of(text, name=f"mappings/{provider}/{SHARED_NAME}")
    return shared_file(provider, source, decode(source, SharedDocument))


def shared_file(provider: str, source: Source, document: SharedDocument) -> SharedFile:
    """Return a shared file with each definition as a separate expression.

    Raises:
        CatalogError: A definition is not JSONata, or needs itself.
    """
    definitions = definitions_of(source)
    check_definitions(definitions, definitions)
    return SharedFile(provider=provider, document=document, source=source)
