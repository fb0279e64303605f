"""Which data files were found valid at an earlier start: a start need not compile them again to know it.

Only the time of the check changes, never what is checked: whatever is used comes from the data files, and is checked when it is
compiled. So a file of checks that is damaged, outdated or forged costs time, or makes a provider fail later than it could have.
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from unified.catalog.provider_texts import ProviderTexts
from unified.transform.outline import Outline
from unified.version import __version__

NAME: Final = "catalog.checked.json"
"""The file's name in the home folder."""
PACKAGE: Final = Path(__file__).parents[1]
DECIDING: Final = ("", "catalog", "jsonata", "models", "transform")
"""The folders of the code that decides whether data files are valid, below the package."""


class _Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    digest: str
    """Of its texts."""
    outlines: tuple[Outline, ...]


class _Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: str
    """The version of the code that checked the files."""
    providers: dict[str, _Provider]


class CheckedFiles:
    """The results of earlier starts about data files, and those that this one adds."""

    def __init__(self, home: Path) -> None:
        self._path = home / NAME
        self._code = code_version()
        self._before = self._read()
        self._now: dict[str, _Provider] = {}

    def _read(self) -> dict[str, _Provider]:
        try:
            content = msgspec.json.decode(self._path.read_bytes(), type=_Content)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}
        return content.providers if content.code == self._code else {}

    def find(self, name: str, texts: ProviderTexts) -> tuple[Outline, ...] | None:
        """Return the outlines of a provider that was found valid with exactly these texts; None if nothing is known of them."""
        known = self._before.get(name)
        if known is None or known.digest != texts.digest or [one.model_id for one in known.outlines] != [*texts.mappings]:
            return None
        self._now[name] = known
        return known.outlines

    def add(self, name: str, texts: ProviderTexts, outlines: tuple[Outline, ...]) -> None:
        """Note that a provider's files are valid."""
        self._now[name] = _Provider(digest=texts.digest, outlines=outlines)

    def keep(self) -> bool:
        """Write down what is known, for the next start; return whether anything is new. A read-only home keeps nothing."""
        if self._now == self._before:
            return False
        draft = self._path.with_name(f".{NAME}.{os.getpid()}")
        with contextlib.suppress(OSError):
            content = msgspec.json.encode(_Content(code=self._code, providers=self._now))
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
            draft.replace(self._path)
        return True


def code_version() -> str:
    """Return what changes with the code that checks data files: its version, and the state of its files in a checkout."""
    state = hashlib.sha256(f"{__version__} {sys.version}".encode())
    for path in sorted(_files()):
        found = path.stat()
        state.update(f"{path} {found.st_size} {found.st_mtime_ns}".encode())
    return state.hexdigest()


def _files() -> Iterator[Path]:
    for name in DECIDING:
        yield from (PACKAGE / name).glob("**/*.py" if name else "*.py")
