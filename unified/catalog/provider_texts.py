"""The data files of a provider as read at one moment: they can be decoded later, whatever becomes of the files meanwhile."""

import hashlib
from pathlib import Path

import msgspec

from unified.catalog.paths import mappings_in
from unified.catalog.review import REVIEW_NAME
from unified.catalog.shared import SHARED_NAME


class ProviderTexts(msgspec.Struct, frozen=True, kw_only=True):
    """The text of every data file of one provider, not decoded yet."""

    provider: bytes | None = None
    """None where only mappings have the provider's name."""
    mappings: dict[str, bytes] = {}
    """By model, sorted."""
    shared: bytes | None = None
    review: bytes | None = None

    @property
    def digest(self) -> str:
        """A digest of all texts."""
        return hashlib.sha256(msgspec.msgpack.encode(self)).hexdigest()


def read_texts(folder: Path, name: str) -> ProviderTexts:
    """Read all data files of one provider.

    Raises:
        OSError: One cannot be read.
    """
    own = folder / "mappings" / name
    return ProviderTexts(
        provider=_text(folder / "providers" / f"{name}.yaml"),
        mappings={one.stem: one.read_bytes() for one in mappings_in(own)},
        shared=_text(own / SHARED_NAME),
        review=_text(own / REVIEW_NAME),
    )


def _text(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
