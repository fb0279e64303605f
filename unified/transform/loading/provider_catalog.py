"""The files of one provider, loaded, compiled and checked: the one way in which the service and `unified lint` load them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import msgspec

from unified.catalog.load import ProviderFiles, decode_files
from unified.catalog.paths import provider_paths
from unified.catalog.provider import Provider
from unified.catalog.provider_texts import ProviderTexts, read_texts
from unified.catalog.review import ReviewFile
from unified.errors.configuration import CatalogError, FilePosition
from unified.models import model
from unified.transform.checks.check import check_mapping
from unified.transform.checks.check_parents import parent_problems
from unified.transform.mapping import Mapping
from unified.transform.outline import Outline, outlines_of
from unified.transform.tool_review import check_review


class ProviderCatalog(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One provider with its mappings, by model."""

    files: ProviderFiles
    mappings: dict[str, Mapping]

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.files.provider.name

    @property
    def provider(self) -> Provider:
        """The provider file."""
        return self.files.provider

    @property
    def review(self) -> ReviewFile | None:
        """The reviews of its tools."""
        return self.files.review

    @cached_property
    def outlines(self) -> tuple[Outline, ...]:
        """The outlines of its mappings, ordered by model."""
        return outlines_of(self.mappings)


def load_provider_catalog(folder: Path, name: str) -> ProviderCatalog:
    """Load, compile and check the files of one provider.

    Raises:
        CatalogError: They are not valid, whatever is wrong with them; the message gives file, line and column.
    """
    with foreseen(name):
        return compile_texts(name, read_texts(folder, name), [one.stem for one in provider_paths(folder)])


def compile_texts(name: str, texts: ProviderTexts, known: Sequence[str]) -> ProviderCatalog:
    """Compile and check the texts of one provider's files; `known` are the names of all providers with a file.

    Raises:
        CatalogError: They are not valid, whatever is wrong with them; the message gives file, line and column.
    """
    with foreseen(name):
        files = decode_files(name, texts, known)
        return ProviderCatalog(files=files, mappings=compile_mappings(files))


@contextmanager
def foreseen(name: str) -> Iterator[None]:
    """Turn what no rule foresaw about a provider's files into a CatalogError, so that it stops this provider only."""
    try:
        yield
    except CatalogError:
        raise
    except Exception as fault:
        what = f"these files cannot be loaded, for a reason that no rule foresaw ({type(fault).__name__}): report it"
        position = FilePosition(file=f"providers/{name}.yaml", line=1, column=1)
        raise CatalogError(what, position=position) from fault


def compile_mappings(files: ProviderFiles) -> dict[str, Mapping]:
    """Return the mappings of one provider by model, compiled and checked, alone and with one another.

    Raises:
        CatalogError: One is invalid, or a review of a tool is.
    """
    found = {one.model: Mapping(one, files.provider, model(one.model)) for one in files.mappings}
    for mapping in found.values():
        check_mapping(mapping)
    for mapping in found.values():
        for problem in parent_problems(mapping, found):
            raise problem
    if files.review is not None:
        check_review(files.review, found)
    return found
