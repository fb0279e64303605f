"""The signs of products: two letters and a color, the same wherever a product is shown, and no two of them alike.

They are neutral: logos are trademarks, and nothing is loaded from elsewhere.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from unified.service.runtime.services import Services

HUES = 8
"""Colors of signs; `style.css` has a class for each."""


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """One sign."""

    letters: str
    hue: int
    """0 to `HUES` - 1."""


def signs_of(services: Services) -> dict[str, Sign]:
    """Return the signs of all products that are installed, by provider."""
    names = services.catalog.providers()
    return signs(tuple((name, services.catalog.provider(name).title) for name in names))


@lru_cache(maxsize=64)
def signs(titles: tuple[tuple[str, str], ...]) -> dict[str, Sign]:
    """Return the signs of products by name; `titles` are pairs of name and title, in any order."""
    found: dict[str, Sign] = {}
    taken: set[str] = set()
    for name, title in sorted(titles):
        letters = next(one for one in _candidates(title or name) if one.casefold() not in taken)
        taken.add(letters.casefold())
        found[name] = Sign(letters=letters, hue=zlib.crc32(name.encode()) % HUES)
    return found


def _candidates(title: str) -> Iterator[str]:
    """Yield two letters of a title, the most telling first: capitals and the first letters of words, then any, then numbers."""
    letters = [one for one in title if one.isalnum()] or ["?"]
    first = letters[0].upper()
    words = [word[0] for word in title.replace("-", " ").split() if word[0].isalnum()]
    later = [*(one for one in letters[1:] if one.isupper()), *words[1:], *letters[1:]]
    yield from (first + one.lower() for one in later)
    yield from (f"{first}{number}" for number in range(2, 10_000))
