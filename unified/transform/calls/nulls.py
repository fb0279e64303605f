"""Writes the value that clears a field of a provider, null or its replacement, in every body of a write."""

from typing import Any

import msgspec


class Nulls(msgspec.Struct, frozen=True, kw_only=True):
    """The value that clears a field of the provider in place of null."""

    usual: Any = None
    by_key: dict[str, Any] = {}
    """Keys of the provider's body that are cleared in another form, by name, or by their path with dots."""

    def __bool__(self) -> bool:
        """Whether there is any other form than null."""
        return self.usual is not None or bool(self.by_key)

    def form(self, place: tuple[str, ...]) -> Any:
        """Return what clears the key at a place of a body; entries of lists are at the place of the list."""
        if not place:
            return self.usual
        path = ".".join(place)
        return self.by_key[path] if path in self.by_key else self.by_key.get(place[-1], self.usual)


def cleared(value: Any, nulls: Nulls, place: tuple[str, ...] = ()) -> Any:
    """Return a body with every null in the provider's form; `place` is that of the value in it."""
    if not nulls:
        return value
    if isinstance(value, dict):
        return {name: cleared(one, nulls, (*place, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [cleared(one, nulls, place) for one in value]
    return nulls.form(place) if value is None else value
