"""Loading of `mappings/<provider>/_shared.yaml`: what several mapping files of a provider refer to by name."""

from pathlib import Path

from unified.catalog.composition import Circle, needed
from unified.catalog.decode import decode
from unified.catalog.mapping import SharedDocument, SharedFile
from unified.catalog.source import Source, read_source
from unified.jsonata import JsonataError, parse

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
    for name, text in document.define.items():
        place = ("define", name)
        try:
            parse(text)
            needed(document.define, text, (name,))
        except JsonataError as problem:
            raise source.error(place, f"not valid JSONata: {problem.message}", offset=problem.position) from None
        except Circle as circle:
            raise source.error(place, f"definitions need one another in a circle: {circle}") from None
    return SharedFile(provider=provider, document=document, source=source)
