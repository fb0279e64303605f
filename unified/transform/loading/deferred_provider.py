"""A provider with files that are known to be valid: each part is decoded and compiled when it is first used.

An installation uses few of the providers that are installed. The texts are those of the start, so that a file that is edited or
replaced meanwhile changes nothing before the next one.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from unified.catalog.load import decode_provider
from unified.catalog.paths import provider_names, provider_paths
from unified.catalog.provider import Provider
from unified.catalog.provider_texts import ProviderTexts, read_texts
from unified.catalog.review import ReviewFile
from unified.errors.configuration import CatalogError
from unified.transform.loading.checked_files import CheckedFiles
from unified.transform.loading.provider_catalog import ProviderCatalog, compile_texts, foreseen
from unified.transform.mapping import Mapping
from unified.transform.outline import Outline


class DeferredProvider:
    """One provider; immutable except for its decoded parts."""

    def __init__(self, name: str, texts: ProviderTexts, known: Sequence[str], outlines: tuple[Outline, ...]) -> None:
        self.name = name
        self._texts = texts
        self._known = known
        self.outlines = outlines
        """The outlines of its mappings, ordered by model."""

    @cached_property
    def _loaded(self) -> ProviderCatalog:
        """Everything, compiled and checked. Two threads may make it at once; both are the same and one is kept."""
        return compile_texts(self.name, self._texts, self._known)

    @cached_property
    def provider(self) -> Provider:
        """The provider file, which is loaded without the mappings."""
        assert self._texts.provider is not None
        with foreseen(self.name):
            return decode_provider(self.name, self._texts.provider)

    @property
    def mappings(self) -> dict[str, Mapping]:
        """The compiled mappings, by model.

        Raises:
            CatalogError: They are not valid after all: what was kept about their check was wrong.
        """
        return self._loaded.mappings

    @property
    def review(self) -> ReviewFile | None:
        """The reviews of its tools."""
        return self._loaded.review


def deferred_providers(folder: Path, checks: CheckedFiles) -> tuple[list[DeferredProvider], dict[str, CatalogError]]:
    """Return the providers of a folder that have valid files, and what is wrong with the others.

    Those with files that no earlier start has checked are compiled for that, and then dropped like the others.
    """
    found: list[DeferredProvider] = []
    disabled: dict[str, CatalogError] = {}
    known = [one.stem for one in provider_paths(folder)]
    for name in provider_names(folder):
        try:
            found.append(_checked(folder, name, known, checks))
        except CatalogError as problem:
            disabled[name] = problem
    return found, disabled


def _checked(folder: Path, name: str, known: Sequence[str], checks: CheckedFiles) -> DeferredProvider:
    with foreseen(name):
        texts = read_texts(folder, name)
    outlines = checks.find(name, texts)
    if outlines is None:
        outlines = compile_texts(name, texts, known).outlines
        checks.add(name, texts, outlines)
    return DeferredProvider(name, texts, known, outlines)
