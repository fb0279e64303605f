"""Answers that the look-ups of one request share, such as a company's own fields, which each of them would ask for again."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from unified.catalog.wire import ProviderAnswer, ProviderRequest

MAX_ANSWERS = 20
"""Different answers that are kept; others are asked for each time."""


class LookupCache:
    """Answers to requests of one account that read, in memory for as long as the request that they are for."""

    def __init__(self) -> None:
        self._answers: dict[bytes, ProviderAnswer] = {}
        self._asking: dict[bytes, asyncio.Lock] = {}

    async def get(self, request: ProviderRequest, ask: Callable[[], Awaitable[ProviderAnswer]]) -> ProviderAnswer:
        """The answer to a request, asked for once however many want it at the same time; a failure is not kept."""
        key = msgspec.json.encode(request)
        async with self._asking.setdefault(key, asyncio.Lock()):
            if key in self._answers:
                return self._answers[key]
            answer = await ask()
            if len(self._answers) < MAX_ANSWERS:
                self._answers[key] = answer
            return answer
