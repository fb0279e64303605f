"""How many lines each provider takes, by what they are for: YAML that people write, and Python of its stand-in."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from unified.authoring.workspace import TEST_SUFFIX, model_names, provider_names
from unified.catalog.paths import STANDIN_SUFFIX
from unified.catalog.shared import shared_path

BESIDE_CASSETTES = ("scenario.yaml", "recordings.yaml", "known.yaml")
"""Files that people write, next to the cassettes; the cassettes themselves are recorded."""


class LineCount(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of one provider, blank ones and comments included."""

    provider: str
    provider_file: int
    mappings: int
    """With what they share."""
    golden_cases: int
    stand_in: int
    """The stand-in as data."""
    scenario: int
    """With what tests know about recorded bodies and known differences."""
    python: int
    """The stand-in as Python; a provider has no other."""

    @property
    def yaml(self) -> int:
        """All lines of YAML."""
        return self.provider_file + self.mappings + self.golden_cases + self.stand_in + self.scenario


def line_counts(folder: Path, stand_ins: Path | None, providers: Iterable[str] | None = None) -> tuple[LineCount, ...]:
    """Return the lines of every provider of a folder, or of some; `stand_ins` has a package for each one in Python."""
    names = provider_names(folder) if providers is None else providers
    return tuple(_count(folder, stand_ins, name) for name in names)


def total(counts: Sequence[LineCount]) -> LineCount:
    """Return the sums of all counts, named `total`."""
    numbers = [field for field in LineCount.__struct_fields__ if field != "provider"]
    return LineCount(provider="total", **{name: sum(getattr(one, name) for one in counts) for name in numbers})


def _count(folder: Path, stand_ins: Path | None, name: str) -> LineCount:
    own = folder / "mappings" / name
    models = model_names(folder, name)
    package = [] if stand_ins is None else (stand_ins / name).rglob("*.py")
    return LineCount(
        provider=name,
        provider_file=_lines([folder / "providers" / f"{name}.yaml"]),
        mappings=_lines([shared_path(folder, name), *(own / f"{one}.yaml" for one in models)]),
        golden_cases=_lines(own.glob(f"*{TEST_SUFFIX}")),
        stand_in=_lines([folder / "providers" / f"{name}{STANDIN_SUFFIX}"]),
        scenario=_lines(folder / "cassettes" / name / one for one in BESIDE_CASSETTES),
        python=_lines(package),
    )


def _lines(paths: Iterable[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths if path.is_file())
