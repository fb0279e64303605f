"""Dictionaries with a bound, for what is kept in memory: the entries that were put or used longest ago are dropped first."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
OwnerT = TypeVar("OwnerT")


class BoundedCache(OrderedDict[KeyT, ValueT]):
    """A dictionary of at most `max_entries`. Reading an entry does not count as using it, unless it is read with `use`.

    Args:
        max_entries: the bound.
        on_drop: called with each entry that is dropped for a newer one.
    """

    __slots__ = ("_on_drop", "max_entries")

    def __init__(self, max_entries: int, on_drop: Callable[[KeyT, ValueT], object] | None = None) -> None:
        super().__init__()
        self.max_entries = max_entries
        self._on_drop = on_drop

    def put(self, key: KeyT, value: ValueT) -> ValueT:
        """Keep a value as the newest entry, and return it."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self.max_entries:
            dropped = self.popitem(last=False)
            if self._on_drop is not None:
                self._on_drop(*dropped)
        return value

    def use(self, key: KeyT) -> ValueT | None:
        """Return a value and make its entry the newest one; None if there is none."""
        value = self.get(key)
        if value is not None:
            self.move_to_end(key)
        return value


class CachesByOwner(Generic[OwnerT, KeyT, ValueT]):
    """A cache of at most `max_entries` for each owner, which ends with it."""

    def __init__(self, max_entries: int) -> None:
        self._max_entries = max_entries
        self._caches: WeakKeyDictionary[OwnerT, BoundedCache[KeyT, ValueT]] = WeakKeyDictionary()

    def of(self, owner: OwnerT) -> BoundedCache[KeyT, ValueT]:
        """Return the cache of an owner."""
        cache = self._caches.get(owner)
        if cache is None:
            cache = self._caches[owner] = BoundedCache(self._max_entries)
        return cache


class Row(Protocol):
    """A row of the database."""

    @property
    def id(self) -> str:
        """The id of what the row is about."""


RowT = TypeVar("RowT", bound=Row)
Made = TypeVar("Made")


class Latest(Generic[RowT, Made]):
    """A function's results for rows that do not change, one for each id; those of other rows with the id are dropped."""

    def __init__(self, make: Callable[[RowT], Made], max_results: int) -> None:
        self._make = make
        self._kept: BoundedCache[str, tuple[RowT, Made]] = BoundedCache(max_results)

    def __call__(self, row: RowT) -> Made:
        """Return what is made of a row."""
        known = self._kept.get(row.id)
        if known is None or known[0] is not row:
            known = self._kept.put(row.id, (row, self._make(row)))
        return known[1]
