"""Guards, which mark rows and check the marks. The keys are in the vault, so a database gets its guard when it is opened."""

from typing import Protocol

Place = tuple[str, ...]
"""The row that a mark is bound to: table, tenant and id."""


class Guard(Protocol):
    """Makes and checks the MACs of rows; see `unified.store.integrity.guarded` for what they cover."""

    def mark(self, place: Place, content: bytes) -> str | None:
        """Return the MAC of a row's content."""

    def fits(self, place: Place, content: bytes, mac: object) -> bool:
        """Return whether this is the MAC of this content at this place."""

    def refuse(self, table: str, tenant_id: object, row_id: object) -> None:
        """Report a row with an invalid mark, each time it is read; its ids may be anything that the database holds."""


class NoGuard:
    """Marks nothing and accepts every row: for tests of queries only. The service never opens a database with it."""

    def mark(self, place: Place, content: bytes) -> str | None:  # noqa: ARG002
        """Return no mark."""
        return None

    def fits(self, place: Place, content: bytes, mac: object) -> bool:  # noqa: ARG002
        """Return True."""
        return True

    def refuse(self, table: str, tenant_id: object, row_id: object) -> None:
        """Do nothing; never called."""
