"""What marks rows and knows the mark again; the keys are the vault's, so a database is given its guard when it is opened."""

from typing import Protocol

Place = tuple[str, ...]
"""For what a mark was made: table, tenant and row."""


class Guard(Protocol):
    """Makes and checks the MACs of rows; see `unified.store.guarded` for what they cover."""

    def mark(self, place: Place, content: bytes) -> str | None:
        """The MAC of a row's content."""

    def fits(self, place: Place, content: bytes, mac: object) -> bool:
        """Whether this is the MAC of this content at this place."""

    def refuse(self, table: str, tenant_id: object, row_id: object) -> None:
        """Is told of a row that does not fit, each time that it is met; its ids are whatever stands there."""


class NoGuard:
    """Marks nothing and takes every row: for tests of queries by themselves. The service never opens a database with it."""

    def mark(self, place: Place, content: bytes) -> str | None:  # noqa: ARG002
        """No mark."""
        return None

    def fits(self, place: Place, content: bytes, mac: object) -> bool:  # noqa: ARG002
        """Always."""
        return True

    def refuse(self, table: str, tenant_id: object, row_id: object) -> None:
        """Never called."""
