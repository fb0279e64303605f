"""Unified: one API over CRM, HRIS and ticketing products, mapped in flight, with nothing stored.

For programs that embed it: `Catalog` maps provider bodies and builds provider calls without a server; `create_app`
returns the whole service as an ASGI application.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unified.app.application import create_app
    from unified.transform.catalog import Catalog

from unified.version import __version__

__all__ = ["Catalog", "__version__", "create_app"]
_HOMES = {"Catalog": "unified.transform.catalog", "create_app": "unified.app.application"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: embedding needs neither web framework nor database."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'unified' has no attribute '{name}'. Known: {', '.join(__all__)}")
