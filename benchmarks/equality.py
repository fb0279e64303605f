"""That peers answer what Unified answers, checked before anything is measured: a faster wrong answer is no answer."""

from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks import service
from benchmarks.by_hand import contacts
from benchmarks.load import drive, get
from benchmarks.pages import PAGES, page
from benchmarks.rows import MAPPED, PASSED
from benchmarks.subjects import Subjects
from jsonata_benchmarks.comparison import same


def check_records(
    name: str, port: int, request: bytes, expected: dict[str, Any], seen: Callable[[Any], Any] = lambda one: one
) -> None:
    """Compare what is to be seen of the records of every page that takes turns.

    Raises:
        ValueError: A record differs.
    """
    for record_id, record in records_by_id(port, request).items():
        check_record(name, seen(record), expected[record_id])


def check_record(name: str, record: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare one record.

    Raises:
        ValueError: It differs; the message names its first field that does.
    """
    for field in {**expected, **record}:
        found, wanted = record.get(field), expected.get(field)
        if not same(found, wanted):
            raise ValueError(f"{name}, contact {expected['id']}: {field} is {found!r}, expected {wanted!r}")


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


def check_peers(subjects: Subjects) -> None:
    """Check every peer that runs, and Unified's own pass-through, against the provider and Unified's records."""
    home, ours = subjects.homes["ours"], subjects.running["ours"]
    raw = bodies(subjects.provider.port, get("/crm/v3/objects/contacts?limit=100"))
    check_bytes("Unified's pass-through", ours.port, service.passed_through(home), raw)
    mapped = records_by_id(ours.port, service.contacts(home))
    check_by_hand(mapped)
    for name, peer in subjects.running.items():
        if name in {"nginx", "node_pass"}:
            check_bytes(name, peer.port, PASSED, raw)
        elif name == "node_hand":
            check_records(name, peer.port, MAPPED, {key: as_given(one) for key, one in mapped.items()}, as_given)
        elif name.startswith("node_"):
            check_records(name, peer.port, MAPPED, mapped)


def as_given(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what a peer leaves as the provider gave it."""
    phones = [{**one, "e164": None} for one in record["phone_numbers"]]
    addresses = [{**one, "country": None, "country_name": None} for one in record["addresses"]]
    kept = {name: value for name, value in record.items() if not name.endswith("_at")}
    return {**kept, "phone_numbers": phones, "addresses": addresses}


def check_by_hand(expected: dict[str, Any]) -> None:
    """Compare the records of the mapping in plain Python.

    Raises:
        ValueError: A record differs.
    """
    for turn in range(PAGES):
        for record in contacts(page(100, turn)):
            check_record("by hand in Python", record, expected[record["id"]])
