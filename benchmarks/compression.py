"""What compressing an answer costs and saves, by level: `python -m benchmarks.compression`.

The answers are pages of contacts as the service writes them; docs/performance.md has the table.
"""

import json
import time
from typing import Any

from unified.api.middleware.compression import LEVEL, compressed

SIZES = (3, 20, 100, 200, 1000)
LEVELS = (1, 2, 4, 6, 9)
SECONDS = 0.25
"""Processor time for each number."""


def page(records: int) -> bytes:
    """Return a page of contacts as JSON."""
    return json.dumps({"data": [_contact(number) for number in range(records)], "next_cursor": None}).encode()


def _contact(number: int) -> dict[str, Any]:
    digits = str(10**10 + number * 7919 % 10**9)
    return {
        "id": digits,
        "created_at": f"2026-01-{number % 28 + 1:02}T10:{number % 60:02}:00Z",
        "updated_at": "2026-02-01T00:00:00Z",
        "first_name": ("Ada", "Mary", "Grace", "Alan")[number % 4],
        "last_name": ("Lovelace", "Somerville", "Hopper")[number % 3],
        "emails": [{"email": f"p{digits[3:]}@example.com", "type": "work", "is_primary": True}],
        "phone_numbers": [],
        "addresses": [{"street": f"{number} Main St", "city": "London", "postal_code": digits[-5:], "country": "GB"}],
        "owner_id": digits[::-1],
        "custom_fields": {"lead_status": "open", "score": number * 37 % 100},
    }


def cost(body: bytes, level: int) -> float:
    """Return the processor time of one compression, in milliseconds."""
    began, rounds = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        compressed(body, level)
        rounds += 1
    return (time.process_time() - began) / rounds * 1000


def main() -> None:
    """Print a line for each size."""
    for records in SIZES:
        body = page(records)
        cells = (f"{level}: {cost(body, level):.2f} ms, {len(compressed(body, level)) / len(body):.0%}" for level in LEVELS)
        print(f"{records} records, {len(body) / 1000:.0f} kB | {' | '.join(cells)}")
    print(f"The service uses level {LEVEL}.")


if __name__ == "__main__":
    main()
