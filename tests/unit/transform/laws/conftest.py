from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _still_clock() -> Iterator[None]:
    """Stop the clock, so that the same body gives the same requests."""
    with time_machine.travel("2026-06-01T12:00:00Z", tick=False):
        yield
