"""Builds the schemas that no struct describes: the results of a batch, and `meta` of a page of records."""

from unified.api.openapi.schemas.enums import camel, reference
from unified.api.openapi.schemas.normal_form import Schema, described
from unified.api.openapi.schemas.struct_texts import attribute_texts
from unified.models import MAKING
from unified.service.batch import TAKEN, BatchItem

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


_KEYS: dict[str, Schema] = {
    "id": {"type": "string"},
    "by": {"type": "string"},
    "data": {"type": "object", "additionalProperties": True},
    "version": {"type": ["string", "null"]},
}
"""Key of an item → its schema. What a value must be is checked for each write alone, which does not refuse the batch."""


def _item_schemas() -> dict[str, Schema]:
    """Return a schema for each operation of a batch, and `BatchItem`, which is any of them."""
    names = {op: f"Batch{camel(op)}" for op in TAKEN}
    union: Schema = {
        "description": "One write of a batch; `op` says which, and so which other keys it has.",
        "oneOf": [reference(name) for name in names.values()],
        "discriminator": {"propertyName": "op", "mapping": {op: reference(name)["$ref"] for op, name in names.items()}},
    }
    return {**{name: _item(op) for op, name in names.items()}, "BatchItem": union}


def _item(op: str) -> Schema:
    texts = attribute_texts(BatchItem)
    keys = (*TAKEN[op], *(() if op in MAKING else ("version",)))
    return {
        "type": "object",
        "description": f"One write of a batch: {op}.",
        "required": ["op", *TAKEN[op]],
        "properties": {
            "op": {"type": "string", "const": op, "description": texts["op"]},
            **{key: {"description": texts[key], **_KEYS[key]} for key in keys},
        },
        "additionalProperties": False,
    }


def batch_schemas() -> dict[str, Schema]:
    """Return the schemas of a batch's body and answer, and of `meta` in lists of records."""
    return {
        **_item_schemas(),
        "BatchResult": described(_RESULT, required=("index", "status"), description="What became of one write."),
        "BatchResults": described(_RESULTS, required=_RESULTS),
        "ListMeta": described(_META, required=_META, description="What a page of records says about itself."),
    }
