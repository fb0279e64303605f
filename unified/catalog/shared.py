"""Loading of `mappings/<provider>/_shared.yaml`: what several mapping files of a provider refer to by name."""

from pathlib import Path

from unified.catalog.decode import decode
from unified.catalog.definitions import check_definitions, definitions_of
from unified.catalog.mapping import SharedDocument, SharedFile
from unified.catalog.source import Source, read_source

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
    if not path.exists():
        return None
    source = read_source(path, name=f"mappings/{path.parent.name}/{path.name}")
    return shared_file(path.parent.name, source, decode(source, SharedDocument))


def shared_file(provider: str, source: Source, document: SharedDocument) -> SharedFile:
    """Return a shared file of which every definition is an expression by itself.

    Raises:
        CatalogError: A definition is not JSONata, or needs itself.
    """
    definitions = definitions_of(source)
    check_definitions(definitions, definitions)
    return SharedFile(provider=provider, document=document, source=source)
