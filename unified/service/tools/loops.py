"""Agents in a loop: the same calls again and again, pages without end, one error after another.

What an MCP server's agent called lately is kept in the memory of the worker, as keyed digests of a key that the worker made for
itself, and is compared with rules before each call. Each worker decides by what it sees: with several workers, a loop may last
as many times longer.
"""

import hashlib
import secrets
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, Literal

import msgspec

from unified.bounded_cache import CachesByOwner
from unified.errors.service import LoopStopped
from unified.errors.waiting import try_again
from unified.service.access.principals import Principal
from unified.service.runtime.events import LoopReport, event
from unified.service.runtime.services import Services
from unified.service.tools.tool import GET_APPROVAL
from unified.store.deliveries import report
from unified.store.engine.engine import Database

LoopKind = Literal["repeating", "paging", "failing", "polling"]
KEPT_CALLS = 256
MAX_WATCHED = 10_000
"""Agents whose calls are kept; those that called longest ago are dropped first."""
FEW_DIFFERENT = ((10, 1, 120.0), (24, 3, 300.0), (64, 8, 800.0))
"""So many last calls, with so few different ones among them, within so many seconds: a loop."""
PAGES = (100, 900.0)
"""So many pages of one list among the last calls, within so many seconds."""
FAILURES = (20, 25, 300.0)
"""So many failures among so many last calls, within so many seconds."""
POLLS = (60, 60.0)
"""So many questions for the outcome of approvals within so many seconds; asking now and then is how an agent waits."""
FIRST_WAIT, LONGEST_WAIT = 60.0, 900.0
FORGOTTEN_AFTER = 1800.0
"""Seconds after the end of a stop from which on the next one is a first one again."""
_KEY = secrets.token_bytes(32)


class ToolCall(msgspec.Struct, kw_only=True):
    """One call, without its content."""

    tool: str
    digest: bytes
    """Of the tool and its arguments."""
    lists: bytes | None
    """Of the same without the cursor; None for a call without one."""
    at: float
    """Seconds since 1970."""
    failed: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A loop, and what repeats in it."""

    kind: LoopKind
    tools: tuple[str, ...]
    count: int


def described(tool: str, arguments: Any, now: float) -> ToolCall:
    """Return a call as it is kept; what cannot be encoded counts as the same arguments."""
    cursor = arguments.get("cursor") if isinstance(arguments, dict) else None
    rest = {name: one for name, one in arguments.items() if name != "cursor"} if cursor is not None else None
    lists = None if rest is None else _digest(tool, rest)
    return ToolCall(tool=tool, digest=_digest(tool, arguments), lists=lists, at=now)


def _digest(tool: str, arguments: Any) -> bytes:
    try:
        content = msgspec.json.encode([tool, arguments], order="sorted")
    except (TypeError, ValueError, OverflowError, RecursionError):
        content = tool.encode("utf-8", "replace")
    return hashlib.blake2b(content, key=_KEY, digest_size=16).digest()


def find_loop(calls: Sequence[ToolCall]) -> Found | None:
    """Return the loop that an agent is in; the last call is the one that it wants to make now."""
    if not calls:
        return None
    now = calls[-1].at
    polls = [one for one in calls if one.tool == GET_APPROVAL.name and now - one.at < POLLS[1]]
    if len(polls) >= POLLS[0]:
        return Found(kind="polling", tools=(GET_APPROVAL.name,), count=len(polls))
    others = [one for one in reversed(calls) if one.tool != GET_APPROVAL.name]
    return _repeating(others, now) or _paging(others, now) or _failing(calls, now)


def _repeating(latest_first: Sequence[ToolCall], now: float) -> Found | None:
    for count, different, seconds in FEW_DIFFERENT:
        last = latest_first[:count]
        if len(last) == count and now - last[-1].at < seconds and len({one.digest for one in last}) <= different:
            return Found(kind="repeating", tools=_tools(last), count=count)
    return None


def _paging(latest_first: Sequence[ToolCall], now: float) -> Found | None:
    most, seconds = PAGES
    wanted = latest_first[0].lists if latest_first else None
    if wanted is None:
        return None
    pages = [one for one in latest_first if one.lists == wanted and now - one.at < seconds]
    return Found(kind="paging", tools=_tools(pages[:1]), count=len(pages)) if len(pages) >= most else None


def _failing(calls: Sequence[ToolCall], now: float) -> Found | None:
    most, among, seconds = FAILURES
    last = list(islice(reversed(calls), 1, among + 1))  # whether the call that is wanted now fails is not known
    failed = [one for one in last if one.failed and now - one.at < seconds]
    return Found(kind="failing", tools=_tools(failed), count=len(failed)) if len(failed) >= most else None


def _tools(calls: Sequence[ToolCall]) -> tuple[str, ...]:
    return tuple(sorted({one.tool for one in calls}))


class Watch:
    """The latest calls of one agent, and until when it is stopped."""

    __slots__ = ("_calls", "_stopped_until", "_wait")

    def __init__(self) -> None:
        self._calls: deque[ToolCall] = deque(maxlen=KEPT_CALLS)
        self._stopped_until = 0.0
        self._wait = 0.0

    def seconds_left(self, now: float) -> float:
        """Return for how long the agent is stopped; 0 if it is not."""
        return max(0.0, self._stopped_until - now)

    def begin(self, call: ToolCall) -> Found | None:
        """Keep a call, and return the loop that it is part of; then the agent is stopped, longer each time."""
        self._calls.append(call)
        found = find_loop(self._calls)
        if found is not None:
            is_again = call.at < self._stopped_until + FORGOTTEN_AFTER
            self._wait = min(self._wait * 2, LONGEST_WAIT) if is_again and self._wait else FIRST_WAIT
            self._stopped_until = call.at + self._wait
            self._calls.clear()
        return found


_WATCHED: CachesByOwner[Database, tuple[str, str | None], Watch] = CachesByOwner(MAX_WATCHED)


async def begin_call(services: Services, agent: Principal, tool: str, arguments: Any) -> ToolCall:
    """Keep a call of an MCP server's agent, unless the agent is stopped or is in a loop.

    Raises:
        LoopStopped: it is stopped or in a loop; the text says what repeats, and `retry_after` when it can continue.
    """
    now = services.clock()
    watch = _watch(services, agent)
    left = watch.seconds_left(now.timestamp())
    if left:
        raise LoopStopped(f"this agent was in a loop and is stopped; nothing was done; {try_again(left)}", retry_after=left)
    call = described(tool, arguments, now.timestamp())
    found = watch.begin(call)
    if found is None:
        return call
    wait = watch.seconds_left(now.timestamp())
    data = LoopReport(id=agent.key_id, kind=found.kind, tools=found.tools, count=found.count, seconds=int(wait))
    await report(services.database, agent.tenant_id, event("loop.stopped", data, now))
    raise LoopStopped(_explained(found, wait), retry_after=wait)


def _watch(services: Services, agent: Principal) -> Watch:
    watched = _WATCHED.of(services.database)
    key = (agent.key_id, agent.api_key_id)
    return watched.use(key) or watched.put(key, Watch())


TEXTS: dict[LoopKind, str] = {
    "repeating": "the last {count} calls were the same few again and again ({tools}), and their results do not change by that",
    "paging": "{count} pages of one list were read ({tools}); narrow it by a filter",
    "failing": "{count} of the last calls failed ({tools}); read what the errors say to do",
    "polling": "{tools} was asked {count} times within a minute; a person decides, so ask once in a while",
}


def _explained(found: Found, wait: float) -> str:
    what = TEXTS[found.kind].format(count=found.count, tools=", ".join(found.tools))
    return f"{what}. This call was not made. Do something else, or ask a person; {try_again(wait)}"
