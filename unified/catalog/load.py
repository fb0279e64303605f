"""Finding and decoding the data files of a folder: providers, mappings and what these share, reviews."""

import re
from pathlib import Path

import msgspec

from unified.catalog.decode import decode
from unified.catalog.expansion import expand
from unified.catalog.mapping import MappingDocument, MappingFile, SharedFile
from unified.catalog.provider import Provider
from unified.catalog.review import REVIEW_NAME, ReviewFile, load_review
from unified.catalog.shared import SHARED_NAME, load_shared
from unified.catalog.source import read_source
from unified.catalog.text_policy import problems_in
from unified.errors.configuration import CatalogError
from unified.errors.names import suggestion
from unified.models import MODELS

TEST_SUFFIX = ".test.yaml"
STANDIN_SUFFIX = ".sandbox.yaml"
PACKAGE = Path(__file__).parents[1]
_ID = re.compile(r"""^id: *(?P<quote>["']?)(?P<template>[^"'\n]+?)(?P=quote) *(?:#.*)?$""", re.MULTILINE)


class CatalogFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Every data file of one folder, decoded."""

    folder: Path
    providers: dict[str, Provider]
    mappings: tuple[MappingFile, ...]
    reviews: dict[str, ReviewFile] = {}
    """Maps a provider to the reviews of its tools."""

    def provider(self, name: str) -> Provider:
        """Return one provider.

        Raises:
            CatalogError: The provider is unknown; the message lists the known ones.
        """
        if name not in self.providers:
            raise CatalogError(f"unknown provider '{name}'.{suggestion(name, self.providers)}")
        return self.providers[name]


def installed_folder() -> Path:
    """Return the folder of the installed data files: inside the package, or at the top of a checkout."""
    inside = PACKAGE / "data"
    return inside if (inside / "providers").is_dir() else PACKAGE.parent


def load_files(path: str | Path | None = None) -> CatalogFiles:
    """Decode all data files below a folder; by default, the installed ones.

    Raises:
        CatalogError: A file is invalid; the message gives file, line and column.
    """
    folder = installed_folder() if path is None else Path(path)
    if not (folder / "providers").is_dir():
        raise CatalogError(
            f"expected a folder with providers/ and mappings/, as UNIFIED_CATALOG names it; found no providers/ in {folder}"
        )
    providers = {one.name: one for one in map(load_provider, provider_paths(folder))}
    paths = mapping_paths(folder)
    siblings = {one: siblings_in(one) for one in sorted({path.parent for path in paths})}
    mappings = tuple(load_mapping(one, providers, siblings[one.parent]) for one in paths)
    reviews = (load_review(one, providers) for one in sorted((folder / "mappings").glob(f"*/{REVIEW_NAME}")))
    return CatalogFiles(folder=folder, providers=providers, mappings=mappings, reviews={one.provider: one for one in reviews})


def provider_paths(folder: Path) -> tuple[Path, ...]:
    """Return every provider file of a folder, sorted; the stand-ins' files beside them are none."""
    return tuple(sorted(one for one in (folder / "providers").glob("*.yaml") if not one.name.endswith(STANDIN_SUFFIX)))


def mapping_paths(folder: Path) -> tuple[Path, ...]:
    """Return every mapping file of a folder, sorted."""
    files = (folder / "mappings").glob("*/*.yaml")
    others = {REVIEW_NAME, SHARED_NAME}
    return tuple(sorted(one for one in files if one.name not in others and not one.name.endswith(TEST_SUFFIX)))


def load_provider(path: Path) -> Provider:
    """Decode one provider file; its `name` must be the file's name."""
    source = read_source(path, name=f"providers/{path.name}")
    provider = decode(source, Provider)
    if provider.name != path.stem:
        raise source.error(("name",), f"expected `{path.stem}`, the name of the file, got `{provider.name}`")
    for problem in problems_in(provider.title):
        raise source.error(("title",), f"title: {problem}")
    return provider


class Siblings(msgspec.Struct, frozen=True, kw_only=True):
    """What a mapping takes from the other files of its provider's folder."""

    ids: dict[str, str]
    """The templates of composite ids, by model."""
    shared: SharedFile | None


def siblings_in(folder: Path) -> Siblings:
    """Read what the mappings of a folder take from one another; a mapping that is broken itself does not matter.

    Raises:
        CatalogError: The shared file is invalid.
    """
    return Siblings(ids=id_templates_in(folder), shared=load_shared(folder / SHARED_NAME))


def id_templates_in(folder: Path) -> dict[str, str]:
    """Return the templates of composite ids of one provider's mappings, by model, whatever else is wrong in the files."""
    found = ((path.stem, _ID.search(path.read_text(encoding="utf-8", errors="replace"))) for path in folder.glob("*.yaml"))
    return {model: match["template"] for model, match in found if match is not None and model in MODELS}


def load_mapping(path: Path, providers: dict[str, Provider], siblings: Siblings | None = None) -> MappingFile:
    """Decode one mapping file with what it takes from the files beside it, which are read if they are not given.

    Raises:
        CatalogError: A file is invalid, or folder and name are not a known provider and model.
    """
    source = read_source(path, name=f"mappings/{path.parent.name}/{path.name}")
    provider, model_id = path.parent.name, path.stem
    if provider not in providers:
        raise source.error((), f"unknown provider '{provider}'.{suggestion(provider, providers)}")
    if model_id not in MODELS:
        raise source.error((), f"unknown model '{model_id}'.{suggestion(model_id, MODELS)}")
    around = siblings_in(path.parent) if siblings is None else siblings
    expanded = expand(source, around.shared)
    return MappingFile(
        provider=provider,
        model=model_id,
        document=decode(expanded.source, MappingDocument),
        source=expanded.source,
        ids=around.ids,
        shared=around.shared,
        used=expanded.used,
    )
