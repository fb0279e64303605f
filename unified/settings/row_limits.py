"""How many rows a tenant may make, so that one tenant's neither slow down nor fill the database of all."""

import msgspec

from unified.errors.names import suggestion
from unified.settings.parsing import read_whole

MOST = 100_000_000


class RowLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The most rows of each kind that a tenant may have; an API key and those below it make half of them at most."""

    accounts: int = 100_000
    keys: int = 10_000
    """API keys that are valid."""
    links: int = 50_000
    """Connect links until a day after they expire, when they are deleted."""
    servers: int = 10_000
    """MCP servers that are valid."""
    webhooks: int = 50
    deliveries: int = 10_000
    """Deliveries of webhooks that wait to be sent."""


def read_row_limits(raw: str) -> RowLimits:
    """Parse `name=number` separated by commas; a kind that is not named keeps its default."""
    given: dict[str, int] = {}
    for part in raw.split(","):
        name, _, number = (one.strip() for one in part.partition("="))
        if name not in RowLimits.__struct_fields__ or name in given:
            known = suggestion(name, RowLimits.__struct_fields__, "The kinds of rows are")
            raise ValueError(f"expected each kind of rows once, such as webhooks=50, got '{part.strip()}'.{known}")
        given[name] = read_whole(1, MOST)(number)
    return RowLimits(**given)
