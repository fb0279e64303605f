"""Path parameters and ids as callers give them: in the form that a mapping file wants, or refused before any call is made."""

import re
from collections.abc import Mapping
from typing import Any

from unified.catalog.mapping import MappingDocument
from unified.errors.requests import InvalidId
from unified.text.pattern_examples import expected_form
from unified.transform.calls.path import IdTemplate, is_reserved, segment


def check_forms(document: MappingDocument, values: Mapping[str, Any], provider: str) -> None:
    """Check path parameters against the forms and reserved names of a file; `provider` is the title for messages.

    Raises:
        InvalidId: A path parameter does not have the required form, or is a reserved name.
    """
    for name, pattern in document.path.items():
        value = values.get(name)
        if value is None:
            continue
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise InvalidId(f"{name}: expected {expected_form(pattern)}")
        if is_reserved(value, document.reserved.get(name, ())):
            raise InvalidId(f"{name}: expected a custom one; objects of {provider}'s own are not reached here")


def id_values(record_id: Any, template: IdTemplate | None) -> dict[str, str]:
    """Return the id, and the parts of a composite one, as names for paths and expressions.

    Raises:
        InvalidId: The id does not have the required form.
    """
    if not isinstance(record_id, str):
        raise InvalidId("id: expected text")
    parts = template.split(record_id) if template else {}
    for name, value in (parts or {"id": record_id}).items():
        segment(name, value)  # refused here, before any call is made for it
    return {"id": record_id, **parts}
