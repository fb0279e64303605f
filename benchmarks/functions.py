"""The functions that a mapping's record calls, for engines that are compared with ours."""

from collections.abc import Callable
from typing import Any

from unified.transform.compilation.compile import id_function
from unified.transform.compilation.custom_function import custom_function, names_read_without_custom
from unified.transform.compilation.enums import enum_functions
from unified.transform.functions import callables
from unified.transform.mapping import Mapping


def record_functions(mapping: Mapping) -> dict[str, Callable[..., Any]]:
    """Return the functions by name: those of all mappings, and those over its own enums and custom fields."""
    own: dict[str, Callable[..., Any]] = {"customFields": custom_function(names_read_without_custom(mapping.record))}
    if mapping.id_template is not None:
        own["id"] = id_function(mapping.id_template)
    return dict(callables()) | enum_functions(mapping.enums, mapping.enum_fields) | own
