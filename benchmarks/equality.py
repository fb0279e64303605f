"""That peers answer what Unified answers, checked before anything is measured: a faster wrong answer is no answer."""

from typing import Any

import msgspec

from benchmarks.jsonata.comparison import same
from benchmarks.load import drive
from benchmarks.pages import PAGES


def check_records(name: str, port: int, request: bytes, expected: dict[str, Any]) -> None:
    """Compare the records of every page that takes turns.

    Raises:
        ValueError: A record differs; the message names its first field that does.
    """
    for page in bodies(port, request):
        for record in msgspec.json.decode(page)["data"]:
            wanted = expected[record["id"]]
            if not same(record, wanted):
                field = next(one for one in {**wanted, **record} if not same(record.get(one), wanted.get(one)))
                found = record.get(field)
                raise ValueError(f"{name}, contact {record['id']}: {field} is {found!r}, expected {wanted.get(field)!r}")


def check_bytes(name: str, port: int, request: bytes, expected: set[bytes]) -> None:
    """Compare passed-through pages with the provider's own.

    Raises:
        ValueError: A page differs.
    """
    if bodies(port, request) != expected:
        raise ValueError(f"{name}: the bytes of a page differ from the provider's")


def bodies(port: int, request: bytes) -> set[bytes]:
    """The bodies of all pages that take turns."""
    return {drive(port, [request], count=1).last for _ in range(PAGES)}


def records_by_id(port: int, request: bytes) -> dict[str, Any]:
    """The records of all pages that take turns."""
    return {one["id"]: one for page in bodies(port, request) for one in msgspec.json.decode(page)["data"]}
