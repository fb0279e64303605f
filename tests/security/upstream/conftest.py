from typing import Any

import pytest

from tests.loops import ASYNCIO, LOOPS


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Any]:
    """All but the memory, which is measured in a process of its own, is tried on every loop."""
    return ASYNCIO if item.path.name == "test_memory.py" else LOOPS
