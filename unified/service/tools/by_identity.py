"""Caches what is made of objects that cannot be hashed, such as schemas and definitions, by their identity."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from unified.bounded_cache import BoundedCache

Made = TypeVar("Made")


class ByIdentity(Generic[Made]):
    """A function's results for objects that do not change, of which only the newest `max_results` are kept.

    The objects are kept with what was made of them, so that no other object can get the id of one of them.
    """

    def __init__(self, make: Callable[..., Made], max_results: int) -> None:
        self._make = make
        self._kept: BoundedCache[tuple[int, ...], tuple[tuple[Any, ...], Made]] = BoundedCache(max_results)

    def __call__(self, *objects: Any) -> Made:
        """Return the value that is made of these objects."""
        key = tuple(map(id, objects))
        entry = self._kept.get(key)
        if entry is None:
            entry = self._kept.put(key, (objects, self._make(*objects)))
        return entry[1]
