"""All errors, for the pages and clients that are generated from them."""

from collections.abc import Iterator

from unified.errors import access, providers, requests, service, writes
from unified.errors.error import UnifiedError

MODULES = (requests, access, writes, providers, service)
"""Those that define errors of answers, each after those that it imports from."""


def every_error() -> Iterator[type[UnifiedError]]:
    """Yield every class of an error but the base of all, each after its own base."""
    for module in MODULES:
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, UnifiedError) and kind.__module__ == module.__name__:
                yield kind
