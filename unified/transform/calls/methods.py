"""The methods of records that mapping files have keys for; custom methods have names of their own."""

from unified.models import UPSERT

METHODS = ("list", "get", "create", "update", UPSERT, "delete")
WRITING = frozenset({"create", "update", UPSERT})
"""Methods of which `write` builds the body."""
