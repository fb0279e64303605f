from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.loops import ASYNCIO, LOOPS


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Any]:
    """Whole calls are made on every loop; what is judged before them does not depend on it."""
    return LOOPS if item.path.name in {"test_calls.py", "test_proxy.py"} else ASYNCIO


@pytest.fixture
def capture_logs() -> Iterator[list[Any]]:
    """What is logged during the test."""
    with structlog.testing.capture_logs() as found:
        yield found
