"""The two sides of a comparison, a subject and its reference, timed call by call, in alternation."""

from collections.abc import Awaitable, Callable
from time import process_time
from typing import Final

import msgspec

from benchmarks.gate.client import Client
from benchmarks.gate.observed import Times
from benchmarks.pages import PAGES

MOST_CALLS: Final = 32
"""Of a subject in a round."""


class Side(msgspec.Struct, kw_only=True):
    """What one side does, and what it took; mutable while it is measured."""

    act: Callable[[int], Awaitable[None]]
    """Does so many calls or requests."""
    ready: Callable[[], Awaitable[None]] | None = None
    """What has to be done before some calls and is not timed."""
    turns: int = PAGES
    """How many different pages take turns; only whole turns are made."""
    times: Times = []
    """The seconds of each page's calls."""
    at: int = 0
    """The page of the next call."""

    def __post_init__(self) -> None:
        self.times = [[] for _ in range(self.turns)]

    async def time_once(self) -> float:
        """Make one call, and keep the processor time of the process."""
        began = process_time()
        await self.act(1)
        spent = process_time() - began
        self.times[self.at].append(spent)
        self.at = (self.at + 1) % self.turns
        return spent

    async def warm(self, seconds: float) -> float:
        """Call it for a while, without keeping what it took; the best of a call."""
        if self.ready is not None:
            await self.ready()
        ends, best = process_time() + seconds, float("inf")
        while process_time() < ends:
            best = min([best, *[await self.time_once() for _ in range(self.turns)]])
        self.times = [[] for _ in range(self.turns)]
        return best


class Pair(msgspec.Struct, kw_only=True):
    """A subject with its reference."""

    own: Side
    reference: Side
    calls: int = PAGES
    """Calls of the subject in a round."""

    async def warm(self, seconds: float, round_seconds: float) -> float:
        """Warm both sides up; a round then takes about so long, and whole turns. The best of one call of the subject."""
        best = await self.own.warm(seconds)
        await self.reference.warm(seconds / 2)
        self.calls = max(1, min(MOST_CALLS // self.own.turns, round(round_seconds / best / self.own.turns))) * self.own.turns
        return best

    async def round(self) -> None:
        """Call each side some times in a row: the first calls of a side find little of it in the processor's cache."""
        for side, calls in ((self.own, self.calls), (self.reference, PAGES)):
            if side.ready is not None:
                await side.ready()
            for _ in range(calls):
                await side.time_once()


def sending(client: Client, request: bytes) -> Side:
    """A side that sends requests over a new connection, which a few requests have opened."""

    async def act(count: int) -> None:
        await client.send(request, count)

    async def ready() -> None:
        await client.ready()
        await client.send(request, PAGES)

    return Side(act=act, ready=ready)


def calling(call: Callable[[], object], more: Callable[[], None] = lambda: None, *, turns: int = PAGES) -> Side:
    """A side that calls a function, and what is planted after it."""

    async def act(count: int) -> None:
        for _ in range(count):
            call()
            more()

    return Side(act=act, turns=turns)
