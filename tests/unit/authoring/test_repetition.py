"""What a provider's mappings have in common is said once: few of their lines are in blocks that stand elsewhere too."""

from pathlib import Path

import pytest

from unified.authoring.workspace import mapping_paths, provider_names
from unified.catalog.load import installed_folder
from unified.catalog.shared import shared_path

BLOCK, MOST = 5, 0.1
"""Lines that make a block, and the share of a provider's lines that may be in repeated ones."""


def lines_of(provider: str) -> list[tuple[Path, str]]:
    folder = installed_folder()
    paths = [one for one in mapping_paths(folder) if one.parent.name == provider]
    paths += [one for one in (shared_path(folder, provider),) if one.exists()]
    return [(path, line.strip()) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def repeated(lines: list[tuple[Path, str]]) -> set[int]:
    """Return the positions of lines in blocks that are written more than once."""
    places: dict[tuple[str, ...], list[int]] = {}
    for start in range(len(lines) - BLOCK + 1):
        block = lines[start : start + BLOCK]
        if block[0][0] == block[-1][0]:
            places.setdefault(tuple(line for _, line in block), []).append(start)
    starts = [start for several in places.values() if len(several) > 1 for start in several]
    return {position for start in starts for position in range(start, start + BLOCK)}


@pytest.mark.parametrize("provider", provider_names(installed_folder()))
def test_less_than_a_tenth_of_the_lines_is_repeated(provider: str) -> None:
    lines = lines_of(provider)
    found = repeated(lines)
    assert len(found) < MOST * len(lines), [f"{lines[one][0].name}: {lines[one][1]}" for one in sorted(found)]
