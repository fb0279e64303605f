"""Modules of types that are imported when the first of their records is asked for: most programs use one category."""

import importlib
from typing import Any


class LazyModule:
    """A module that is imported when something of it is used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Import the module."""
        return getattr(importlib.import_module(self._name), name)
