"""The fields of a common model that a record expression fills."""

from unified.models import Model
from unified.transform.writes.write import BUILT_FROM
from unified_jsonata import Expression

BASE_FIELDS = frozenset({"id", "remote_id", "mapped_fields", "remote_data"})
"""Fields that every record has without a mapping."""


def written_keys(record: Expression) -> frozenset[str]:
    """Return the fields that a record expression fills, if the analysis can tell."""
    return frozenset(write.key for write in record.analysis.writes or ()) | BASE_FIELDS


def filled_fields(record: Expression, model: Model) -> frozenset[str]:
    """Return the fields that records have: those that the expression fills, and those that are built from them."""
    written = written_keys(record)
    built = {name for name, parts in BUILT_FROM.items() if all(written & set(part) for part in parts)}
    return written | (built & {field.name for field in model.fields})
