"""Times as tables hold them: whole microseconds since 1970 UTC, which every database compares and indexes alike."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Return an aware time as it is stored.

    Raises:
        TypeError: The time is naive, and its zone would be a guess.
    """
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """Return a stored time as an aware UTC time."""
    return _EPOCH + stored * _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """An aware time in a BIGINT column."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Convert a value for the database."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Convert a value from the database."""
        return None if value is None else from_microseconds(value)
