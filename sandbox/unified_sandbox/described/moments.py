"""Moments as the providers write them, one function a format."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from unified_sandbox.people import iso, iso_s


def _text(form: str) -> Callable[[datetime], str]:
    return lambda moment: moment.astimezone(UTC).strftime(form)


def _zoned(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}" + moment.strftime("%z")


WRITTEN: dict[str, Callable[[datetime], Any]] = {
    "iso": iso,
    "iso_s": iso_s,
    "iso_ns": _text("%Y-%m-%dT%H:%M:%S.%f000Z"),
    "offset": _text("%Y-%m-%dT%H:%M:%S+00:00"),
    "zoned": _zoned,
    "plain": _text("%Y-%m-%d %H:%M:%S"),
    "epoch": lambda moment: int(moment.timestamp()),
    "epoch_ms": lambda moment: int(moment.timestamp() * 1000),
    "date": _text("%Y-%m-%d"),
}


def read_moment(value: Any) -> datetime | None:
    """Return the moment that a text of ISO 8601 (a day, or with a blank in place of `T`) writes, in UTC; None for others."""
    if not isinstance(value, str) or len(value) < 10:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
