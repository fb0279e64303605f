"""Waiting for something that another task or process does."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until it holds; TimeoutError when it does not within these seconds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
