"""Finding and decoding the data files of a folder: providers, mappings and what these share, reviews."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from unified.catalog.expansion import expand
from unified.catalog.files.decode import decode
from unified.catalog.files.source import Source, read_source, source_of, text_of
from unified.catalog.files.text_policy import problems_in
from unified.catalog.mapping import MappingDocument, MappingFile, SharedFile
from unified.catalog.paths import mappings_in
from unified.catalog.provider import Provider
from unified.catalog.provider_texts import ProviderTexts
from unified.catalog.review import ReviewFile, decode_review
from unified.catalog.shared import SHARED_NAME, decode_shared, load_shared
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.models import MODELS

PACKAGE = Path(__file__).parents[1]
_ID = re.compile(r"""^id: *(?P<quote>["']?)(?P<template>[^"'\n]+?)(?P=quote) *(?:#.*)?$""", re.MULTILINE)


class ProviderFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Every data file of one provider, decoded."""

    provider: Provider
    mappings: tuple[MappingFile, ...]
    review: ReviewFile | None = None
    """The reviews of its tools."""


def installed_folder() -> Path:
    """Return the folder of the installed data files: inside the package, or at the top of a checkout."""
    inside = PACKAGE / "data"
    return inside if (inside / "providers").is_dir() else PACKAGE.parent


def data_folder(path: str | Path | None = None) -> Path:
    """Return a folder with data files; by default, that of the installed ones.

    Raises:
        CatalogError: It has no providers/.
    """
    folder = installed_folder() if path is None else Path(path)
    if not (folder / "providers").is_dir():
        raise CatalogError(
            f"expected a folder with providers/ and mappings/, as UNIFIED_CATALOG names it; found no providers/ in {folder}"
        )
    return folder


def decode_files(name: str, texts: ProviderTexts, known: Sequence[str]) -> ProviderFiles:
    """Decode the texts of all data files of one provider.

    Args:
        name: Its name.
        texts: What was read.
        known: The names of all providers that have a file, for messages.

    Raises:
        CatalogError: A file is invalid; the message gives file, line and column.
    """
    known = [name] if texts.provider is not None else known
    provider = None if texts.provider is None else decode_provider(name, texts.provider)
    shared = None if texts.shared is None else decode_shared(name, texts.shared)
    around = Siblings(ids=_id_templates(texts.mappings), shared=shared)
    sources = ((one, source_of(text, name=f"mappings/{name}/{one}.yaml")) for one, text in texts.mappings.items())
    mappings = tuple(_mapping(name, model_id, source, known, around) for model_id, source in sources)
    review = None if texts.review is None else decode_review(name, texts.review, known)
    if provider is None:
        raise CatalogError(f"unknown provider '{name}'.{suggestion(name, known)}", rule=LoadRule.UNKNOWN_SUBJECT)
    return ProviderFiles(provider=provider, mappings=mappings, review=review)


def load_provider(path: Path) -> Provider:
    """Decode one provider file; its `name` must be the file's name."""
    return decode_provider(path.stem, path.read_bytes())


def decode_provider(name: str, text: bytes) -> Provider:
    """Decode the text of one provider file; its `name` must be the file's name."""
    source = source_of(text, name=f"providers/{name}.yaml")
    provider = decode(source, Provider)
    if provider.name != name:
        raise source.error(("name",), f"expected `{name}`, the name of the file, got `{provider.name}`")
    for problem in problems_in(provider.title):
        raise source.error(("title",), f"title: {problem}")
    return provider


class Siblings(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that a mapping takes from the other files of its provider's folder."""

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
    return _id_templates({one.stem: one.read_bytes() for one in mappings_in(folder)})


def _id_templates(mappings: Mapping[str, bytes]) -> dict[str, str]:
    found = ((model, _ID.search(text_of(text, errors="replace"))) for model, text in mappings.items())
    return {model: match["template"] for model, match in found if match is not None and model in MODELS}


def load_mapping(path: Path, providers: Collection[str], siblings: Siblings | None = None) -> MappingFile:
    """Decode one mapping file with the parts that it takes from its folder's other files, which are read if they are not given.

    Raises:
        CatalogError: A file is invalid, or folder and name are not a known provider and model.
    """
    source = read_source(path, name=f"mappings/{path.parent.name}/{path.name}")
    return _mapping(path.parent.name, path.stem, source, providers, siblings or siblings_in(path.parent))


def _mapping(provider: str, model_id: str, source: Source, providers: Collection[str], around: Siblings) -> MappingFile:
    if provider not in providers:
        raise source.error(
            (), f"unknown provider '{provider}'.{suggestion(provider, providers)}", rule=LoadRule.UNKNOWN_SUBJECT
        )
    if model_id not in MODELS:
        raise source.error((), f"unknown model '{model_id}'.{suggestion(model_id, MODELS)}", rule=LoadRule.UNKNOWN_SUBJECT)
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
