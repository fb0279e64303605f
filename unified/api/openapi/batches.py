"""Schemas of what no struct describes: the results of a batch, and what a page of records says about itself."""

from unified.api.openapi.enums import reference
from unified.api.openapi.normal_form import Schema, described

_TEXT: Schema = {"type": "string"}
_INTEGER: Schema = {"type": "integer"}
_RESULT: dict[str, Schema] = {
    "index": {**_INTEGER, "description": "The position of the write in `items`, from 0."},
    "status": {**_INTEGER, "description": "The status of this write alone."},
    "data": {"type": "object", "additionalProperties": True, "description": "The record, after a create or update."},
    "version": {**_TEXT, "description": "Of the record, where it has one: that of its `ETag`."},
    "error": reference("Problem"),
    "approval": reference("ApprovalWaiting"),
}
_RESULTS: dict[str, Schema] = {
    "results": {"type": "array", "items": reference("BatchResult"), "description": "One for each write, in the same order."}
}
_META: dict[str, Schema] = {
    "provider": {**_TEXT, "description": "Name of the provider that answered.", "examples": ["hubspot"]},
    "model": {**_TEXT, "description": "The model of the records.", "examples": ["crm.contacts"]},
    "warnings": {"type": "array", "items": reference("ListWarning"), "description": "What to know about this page."},
}


def batch_schemas() -> dict[str, Schema]:
    """Return the schemas of what a batch answers, and of `meta` in lists of records."""
    return {
        "BatchResult": described(_RESULT, required=("index", "status"), description="What became of one write."),
        "BatchResults": described(_RESULTS, required=_RESULTS),
        "ListMeta": described(_META, required=_META, description="What a page of records says about itself."),
    }
