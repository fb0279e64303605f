"""Functions with modules that are imported by the first call: pictures of dates and numbers, which few expressions use."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def late(module: str, name: str) -> Callable[..., Any]:
    """Return a proxy for a function of `unified_jsonata.runtime.<module>`, which is imported by the first call."""
    function: Callable[..., Any] | None = None

    def call(*arguments: Any) -> Any:
        nonlocal function
        if function is None:
            function = getattr(import_module(f"unified_jsonata.runtime.{module}"), name)
        return function(*arguments)

    return call


from_millis = late("dates", "from_millis")
to_millis = late("dates", "to_millis")
refit = late("dates", "refit")
format_base = late("numerals", "format_base")
format_integer = late("numerals", "format_integer")
format_number = late("numerals", "format_number")
parse_integer = late("numerals", "parse_integer")
