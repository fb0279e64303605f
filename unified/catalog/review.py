"""The content of a review file: which tool definitions of a provider were reviewed, by their digests."""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec

from unified.catalog.files.decode import decode
from unified.catalog.files.source import Source, source_of
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion

REVIEW_NAME = "review.yaml"
"""The file's name in the folder of a provider's mappings."""
Digest = Annotated[
    str,
    msgspec.Meta(
        pattern="^sha256:[0-9a-f]{64}$",
        description="`sha256:` and 64 hexadecimal digits",
        examples=["sha256:" + "0123456789abcdef" * 4],
    ),
]
Digests = dict[str, dict[str, Digest]]
"""Maps model and method to a digest."""


class ReviewFile(msgspec.Struct, frozen=True, kw_only=True):
    """One review file as loaded: provider, reviewed digests and source."""

    provider: str
    digests: Digests
    source: Source

    def digest(self, model_id: str, method: str) -> str | None:
        """Return the reviewed digest; None when the method was not reviewed."""
        return self.digests.get(model_id, {}).get(method)


def review_path(folder: Path, provider: str) -> Path:
    """Return the path of a provider's review file, below a folder with `mappings/`."""
    return folder / "mappings" / provider / REVIEW_NAME


def load_review(path: Path, providers: Collection[str]) -> ReviewFile:
    """Decode one review file; its folder must have the name of a known provider.

    Whether its models and methods exist is checked when mappings are compiled.

    Raises:
        CatalogError: The file is invalid, or its provider is unknown.
    """
    return decode_review(path.parent.name, path.read_bytes(), providers)


def decode_review(provider: str, text: bytes, providers: Collection[str]) -> ReviewFile:
    """Decode the text of a provider's review file; it raises as `load_review` does."""
    source = source_of(text, name=f"mappings/{provider}/{REVIEW_NAME}")
    if provider not in providers:
        raise source.error((), f"unknown provider '{provider}'.{suggestion(provider, providers)}", rule=LoadRule.STALE_REVIEW)
    return ReviewFile(provider=provider, digests=decode(source, Digests), source=source)
