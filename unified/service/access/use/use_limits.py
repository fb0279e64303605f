"""Limits on what a key or MCP server does: counts for each minute, hour and day and in all. Pure functions.

A credential has its own level and those of every key above it; each level counts separately, and all of them must have room.
So what a key makes can never do more than what the key has left, whatever limits it is given.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Protocol, get_args

import msgspec
from msgspec import UNSET, UnsetType

from unified.models import method_class
from unified.service.access.use.windows import Window

Counted = Literal["calls", "writes", "deletes", "records", "bytes"]
COUNTED: tuple[Counted, ...] = get_args(Counted)
READ: frozenset[Counted] = frozenset({"records", "bytes"})
"""Kinds that only an answer shows exactly: each call counts one in advance, and its answer the rest."""
Period = Literal["minute", "hour", "day", "total"]
SECONDS: dict[Period, int | None] = {"minute": 60, "hour": 3_600, "day": 86_400, "total": None}
"""The length of a period, which begins with a whole minute, hour or day in UTC; None for a count that never begins again."""
Amounts = Mapping[Counted, int]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The most of one thing in each period; a period that is left out has no limit."""

    minute: Count | UnsetType = UNSET
    """In each minute, counted from its beginning."""
    hour: Count | UnsetType = UNSET
    """In each hour."""
    day: Count | UnsetType = UNSET
    """In each day in UTC."""
    total: Count | UnsetType = UNSET
    """In all, for as long as it exists."""


class UseLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How much may be done; null removes a limit, including a default one."""

    calls: Quota | UnsetType | None = UNSET
    """Calls of models, by REST or as tools; a batch counts as many as it has items."""
    writes: Quota | UnsetType | None = UNSET
    """Those that write, deletes among them; also writes that wait for an approval, once, when they are requested."""
    deletes: Quota | UnsetType | None = UNSET
    """Those that delete."""
    records: Quota | UnsetType | None = UNSET
    """Records that answers hold, related ones and those of writes among them; each call counts at least one."""
    bytes: Quota | UnsetType | None = UNSET
    """Bytes of the answers that hold what was read."""


NO_LIMITS = UseLimits()
SERVER_LIMITS = UseLimits(writes=Quota(minute=20, day=200), deletes=Quota(minute=5, day=20))
"""The limits of a new MCP server: more than a person does by hand, and little enough to be undone by hand in a day."""


class Level(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The limits of one credential of a chain, as kept in its row and in the rows of all credentials below it."""

    owner: str
    """The id of the key or MCP server that has these limits, by which they are counted."""
    limits: UseLimits = NO_LIMITS
    window: Window | None = None


Levels = tuple[Level, ...]


class Limited(Protocol):
    """A row that keeps levels."""

    @property
    def use_limits(self) -> list[dict[str, Any]] | None:
        """The levels as JSON values; None without any."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to add to one counter, if it has room."""

    owner: str
    counted: Counted
    period: Period
    number: int
    """The number of the period since 1970; 0 for the total."""
    quota: int
    amount: int


def levels_of(row: Limited) -> Levels:
    """Return the levels that a row keeps, its own first."""
    return () if row.use_limits is None else msgspec.convert(row.use_limits, Levels)


def stored_levels(levels: Levels) -> list[dict[str, Any]] | None:
    """Return levels as a row keeps them."""
    kept = [one for one in levels if _is_limiting(one)]
    return msgspec.json.decode(msgspec.json.encode(kept)) if kept else None


def own_level(levels: Levels, owner: str) -> Level:
    """Return the level of a credential itself; one without limits if it has none."""
    return next((one for one in levels if one.owner == owner), Level(owner=owner))


def _is_limiting(level: Level) -> bool:
    return level.window is not None or any(isinstance(one, Quota) for one in _quotas(level.limits).values())


def _quotas(limits: UseLimits) -> dict[Counted, Any]:
    return {one: getattr(limits, one) for one in COUNTED}


def merged_limits(given: UseLimits | UnsetType, before: UseLimits) -> UseLimits:
    """Return limits with those that were given in place of those before; null removes one."""
    if isinstance(given, UnsetType):
        return before
    changes = {name: UNSET if one is None else one for name, one in _quotas(given).items() if one is not UNSET}
    return msgspec.structs.replace(before, **changes)


def joined(*chains: Levels) -> Levels:
    """Return the levels of several credentials that are shown together, each once."""
    return tuple({one.owner: one for chain in chains for one in chain}.values())


def lies_below(row: Limited, levels: Levels) -> bool:
    """Return whether a row is bound by every one of these levels, so that it cannot do more than their credential."""
    return {one.owner for one in levels} <= {one["owner"] for one in row.use_limits or ()}


DESCRIBING: Amounts = {"calls": 1}
"""The amounts of a call that describes what there is, and reads no record."""


def amounts_of(method: str, cost: int = 1) -> Amounts:
    """Return what a call of a method of a model counts as before it is made."""
    if method_class(method) == "read":
        return {"calls": cost, "records": cost, "bytes": cost}
    if method == "delete":
        return {"calls": cost, "writes": cost, "deletes": cost}
    return {"calls": cost, "writes": cost, "records": cost}


def amounts_of_answer(records: int, size: int) -> Amounts:
    """Return what an answer with so many records and bytes adds to that which its call counted in advance."""
    return {"records": max(0, records - 1), "bytes": max(0, size - 1)}


def limits_reading(levels: Levels) -> bool:
    """Return whether any level limits how much is read."""
    return any(isinstance(getattr(level.limits, one), Quota) for level in levels for one in READ)


def charges_of(levels: Iterable[Level], amounts: Amounts, now: datetime) -> tuple[Charge, ...]:
    """Return what is to be counted, in an order in which no two requests wait for each other."""
    found = [
        Charge(owner=level.owner, counted=counted, period=period, number=number_of(period, now), quota=quota, amount=amount)
        for level in levels
        for counted, amount in amounts.items()
        if amount
        for period, quota in _periods(_quotas(level.limits)[counted])
    ]
    return tuple(sorted(found, key=lambda one: (one.owner, one.counted, one.period)))


def _periods(quota: Quota | UnsetType | None) -> Iterable[tuple[Period, int]]:
    if isinstance(quota, Quota):
        for period in SECONDS:
            most = getattr(quota, period)
            if most is not UNSET:
                yield period, most


def number_of(period: Period, now: datetime) -> int:
    """Return the number of the period that contains a time."""
    length = SECONDS[period]
    return 0 if length is None else int(now.timestamp()) // length


def ends_at(charge: Charge) -> datetime | None:
    """Return when the period of a counter ends; None for the total."""
    length = SECONDS[charge.period]
    return None if length is None else datetime.fromtimestamp((charge.number + 1) * length, UTC)
