"""Fair shares: of what tenants, accounts and requesters want at once, none takes so much that the others wait for it.

Three rules, for whatever is bounded and shared. Who waits is served in turns over tenants, then over the accounts or requesters
of each (`FairQueue`). No one holds more than `SHARE` times what is left free (`may_take`), so one who comes later always finds
something: one who floods leaves a sixth, and two, once what they hold has changed hands, leave an eleventh and hold the same.
What one round can hold is divided evenly among those who wait, and what one does not need goes to the others (`even_shares`).

The bound by what is free is the dynamic threshold of shared buffers (Choudhury and Hahne, 1998).
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

SHARE = 5
"""How many times what is left free one of several may hold."""
Owner = tuple[str, ...]
"""The owner of something, the widest first: a tenant, then its account or the requester."""
Item = TypeVar("Item", bound=Hashable)


def may_take(held: int, free: int) -> bool:
    """Return whether one who holds so many may take another of those that are free."""
    return held < SHARE * free


def room_for(held: int, free: int) -> int:
    """Return how many of those that are free one who holds so many may take in a row."""
    room = 0
    while may_take(held + room, free - room):
        room += 1
    return room


def even_shares(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """Divide room evenly among those who want some; everybody gets one at least, even beyond the room."""
    shares: dict[str, int] = {}
    left = len(wanted)
    for name, count in sorted(wanted.items(), key=lambda one: one[1]):
        shares[name] = min(count, max(room // left, 1))
        room, left = room - shares[name], left - 1
    return shares


def anybody(_name: str) -> bool:
    """Allow everybody's turn."""
    return True


class FairQueue(Generic[Item]):
    """Items in lines by owner: `take` goes round the tenants, and within each round its accounts or requesters.

    Each operation takes a time that depends on the length of an owner alone, but for `take` with tenants that may not.
    """

    __slots__ = ("_items", "_lines", "_size")

    def __init__(self) -> None:
        self._lines: OrderedDict[str, FairQueue[Item]] = OrderedDict()
        self._items: OrderedDict[Item, None] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def waiting(self, name: str) -> int:
        """Return how many items of a tenant wait."""
        line = self._lines.get(name)
        return 0 if line is None else len(line)

    def add(self, owner: Owner, item: Item) -> None:
        """Add an item at the end of its owner's line."""
        self._size += 1
        if not owner:
            self._items[item] = None
            return
        line = self._lines.get(owner[0])
        if line is None:
            line = self._lines[owner[0]] = FairQueue()
        line.add(owner[1:], item)

    def discard(self, owner: Owner, item: Item) -> bool:
        """Remove an item; return whether it was queued."""
        if not owner:
            found = item in self._items
            self._items.pop(item, None)
        else:
            line = self._lines.get(owner[0])
            found = line is not None and line.discard(owner[1:], item)
            if line is not None and not line:
                del self._lines[owner[0]]
        self._size -= found
        return found

    def take(self, may: Callable[[str], bool] = anybody) -> Item | None:
        """Remove and return the next item, of a tenant that `may`; None if there is none."""
        for name, line in self._lines.items():
            if may(name):
                item = line.take()
                self._size -= 1
                if line:
                    self._lines.move_to_end(name)
                else:
                    del self._lines[name]
                return item
        if not self._items:
            return None
        self._size -= 1
        return self._items.popitem(last=False)[0]
