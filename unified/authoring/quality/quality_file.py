"""`mappings/<provider>/quality.yaml`: where the facts of a provider are from, and what no rule of a tier can look up."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from unified.catalog.files.decode import decode
from unified.catalog.files.source import read_source
from unified.catalog.paths import QUALITY_NAME
from unified.catalog.review import Digest

Aspect = Literal["address", "credentials", "pages", "changes", "limits", "errors", "fields"]
NEEDED: tuple[Aspect, ...] = ("address", "credentials", "pages")
"""Aspects that every provider has, so that its facts are known for each."""
Day = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^20\d\d-[01]\d-[0-3]\d$", description="a day as year, month and day, in quotes", examples=["2026-11-20"]
    ),
]
Text = Annotated[str, msgspec.Meta(min_length=10)]


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact of a provider that its files depend on."""

    about: Aspect
    says: Text
    source: Text
    """The page or description that says it, so that anyone can read it there."""
    read: Day
    """The day on which it was read there."""


class SecondReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A second reading of what agents see, after the review that accepted it."""

    review: Digest
    """The digest of review.yaml as it was read, so that a change of a tool needs another reading."""
    read: Day


class QualityFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of one file."""

    maintainer: Text
    """Who answers for the facts."""
    facts: tuple[Fact, ...] = ()
    second_reading: SecondReading | None = None
    exempt: dict[str, Text] = {}
    """Rule of a tier → the reason why it does not apply to this provider."""


def load_quality(folder: Path, provider: str) -> QualityFile | None:
    """Decode the file of a provider; None if there is none.

    Raises:
        CatalogError: It is invalid; the message gives file, line and column.
    """
    path = folder / "mappings" / provider / QUALITY_NAME
    if not path.exists():
        return None
    return decode(read_source(path, name=f"mappings/{provider}/{QUALITY_NAME}"), QualityFile)
