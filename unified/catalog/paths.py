"""Where data files are: which files of a folder are providers and mappings."""

from collections.abc import Iterator
from pathlib import Path

from unified.catalog.review import REVIEW_NAME
from unified.catalog.shared import SHARED_NAME

QUALITY_NAME = "quality.yaml"
"""The name of the file of facts and sources, in the folder of a provider's mappings."""
TEST_SUFFIX = ".test.yaml"
STANDIN_SUFFIX = ".sandbox.yaml"


def provider_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all providers that have a file or mappings in a folder, sorted."""
    mapped = {one.parent.name for one in (*mapping_paths(folder), *(folder / "mappings").glob(f"*/{REVIEW_NAME}"))}
    return tuple(sorted(mapped | {one.stem for one in provider_paths(folder)}))


def provider_paths(folder: Path) -> tuple[Path, ...]:
    """Return every provider file of a folder, sorted; without the stand-ins' files next to them."""
    return tuple(sorted(one for one in (folder / "providers").glob("*.yaml") if not one.name.endswith(STANDIN_SUFFIX)))


def mapping_paths(folder: Path) -> tuple[Path, ...]:
    """Return every mapping file of a folder, sorted."""
    return tuple(sorted(_mappings((folder / "mappings").glob("*/*.yaml"))))


def mappings_in(folder: Path) -> tuple[Path, ...]:
    """Return every mapping file in the folder of one provider's mappings, sorted."""
    return tuple(sorted(_mappings(folder.glob("*.yaml"))))


def _mappings(paths: Iterator[Path]) -> Iterator[Path]:
    others = {REVIEW_NAME, SHARED_NAME, QUALITY_NAME}
    return (one for one in paths if one.name not in others and not one.name.endswith(TEST_SUFFIX))
