"""What a catalog holds: the texts of what nobody uses, and a bounded multiple of them for what is compiled."""

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import QUICK
from unified.catalog.load import installed_folder
from unified.catalog.paths import provider_names
from unified.catalog.provider_texts import read_texts
from unified.transform.catalog import Catalog
from unified.transform.loading.checked_files import CheckedFiles

AROUND = 24 * 1024
"""Bytes per provider that is not used besides its texts: its outlines and what holds them."""
COMPILED = 60
"""How many times its texts a compiled provider may take: trees, analyses, structs and the position of each part. It is 40 on the average, 53 at most."""


@pytest.fixture(scope="module")
def sizes() -> dict[str, int]:
    """Bytes of the texts of each installed provider."""
    return {name: _size(name) for name in provider_names(installed_folder())}


def _size(name: str) -> int:
    texts = read_texts(installed_folder(), name)
    one = (texts.provider, texts.shared, texts.review, *texts.mappings.values())
    return sum(len(text) for text in one if text is not None)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the installed files are known to be valid; everything that any provider needs is imported."""
    folder = tmp_path_factory.mktemp("home")
    checks = CheckedFiles(folder)
    assert Catalog.deferred(None, checks).providers()
    checks.keep()
    return folder


def held(make: Callable[[], object]) -> int:
    """Return the bytes that a result holds."""
    gc.collect()
    tracemalloc.start()
    try:
        result = make()
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        assert result is not None
    finally:
        tracemalloc.stop()
    return size


def test_an_unused_provider_takes_the_memory_of_its_texts(home: Path, sizes: dict[str, int]) -> None:
    size = held(lambda: Catalog.deferred(None, CheckedFiles(home)))
    assert sum(sizes.values()) < size < sum(sizes.values()) + AROUND * len(sizes)


@pytest.mark.takes(seconds=30)  # compiles every provider
def test_using_a_provider_compiles_that_provider(home: Path, sizes: dict[str, int]) -> None:
    catalog = Catalog.deferred(None, CheckedFiles(home))
    largest = max(sizes, key=lambda name: sizes[name])
    assert held(lambda: catalog.offered(largest)) < COMPILED * sizes[largest]
    assert held(lambda: catalog.offered(largest)) < AROUND


@pytest.mark.parametrize("some", [QUICK, pytest.param(None, marks=pytest.mark.slow, id="all")], ids=repr)
def test_compiled_providers_take_a_bounded_multiple_of_their_texts(
    home: Path, sizes: dict[str, int], some: tuple[str, ...] | None
) -> None:
    names = some or tuple(sizes)
    catalog = Catalog.deferred(None, CheckedFiles(home))
    size = held(lambda: [catalog.offered(name) for name in names])
    assert 2 < size / sum(sizes[name] for name in names) < COMPILED
