"""Errors of the people who run the service or write its data files; no answer has them."""

import msgspec

from unified.errors.load_rule import LoadRule


class FilePosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a data file something is wrong; lines and columns count from 1."""

    file: str
    """The path as shown in messages, relative to the folder that was loaded."""
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class CatalogError(KeyError):
    """An unknown name in the catalog, or an invalid data file; the message lists the known names.

    `reason` is the message without its position, `rule` says which rule of data files it is about.
    """

    def __init__(self, reason: str, *, rule: LoadRule = LoadRule.FILE, position: FilePosition | None = None) -> None:
        self.reason = reason
        self.rule = rule
        self.position = position
        self.message = reason if position is None else f"{position}: {reason}"
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError puts around its key."""
        return self.message


class ConfigurationError(Exception):
    """An invalid setting; the message says which, what came and what is accepted."""


class DatabaseUnavailable(ConfigurationError):
    """The database fails for a reason that is not in the settings, such as a full disk; the message says what to do."""
