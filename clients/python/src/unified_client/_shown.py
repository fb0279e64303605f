"""Lets records and other answers become plain JSON."""

from typing import Any

import msgspec


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of the service."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON with every field, also those that are None, under the names of the API."""
        names = zip(self.__struct_fields__, self.__struct_encode_fields__, strict=True)
        return {name: plain(getattr(self, own)) for own, name in names}


def plain(value: Any) -> Any:
    """Return a value as plain JSON."""
    if isinstance(value, Shown):
        return value.to_dict()
    if isinstance(value, list):
        return [plain(one) for one in value]
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value
