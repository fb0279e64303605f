"""The methods of records that mapping files have keys for; custom methods have other names."""

from unified.models import UPSERT

METHODS = ("list", "get", "create", "update", UPSERT, "delete")
WRITING = frozenset({"create", "update", UPSERT})
"""Methods whose body `write` builds."""
