from collections.abc import Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture
def capture_logs() -> Iterator[list[Any]]:
    """What is logged during the test."""
    with structlog.testing.capture_logs() as found:
        yield found
