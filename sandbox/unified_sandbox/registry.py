"""The one place that knows which stand-ins exist: every module of this package with a `STANDIN`."""

import functools
import importlib
import pkgutil
from types import MappingProxyType

import unified_sandbox
from unified_sandbox.standin import StandIn


@functools.cache
def discover() -> MappingProxyType[str, StandIn]:
    """Import the modules of this package and answer their stand-ins by name, in alphabetical order.

    Adding a provider is adding a module (or a folder) here; nothing else is edited.
    """
    found: dict[str, StandIn] = {}
    for module in pkgutil.iter_modules(unified_sandbox.__path__, "unified_sandbox."):
        standin = getattr(importlib.import_module(module.name), "STANDIN", None)
        if isinstance(standin, StandIn):
            found[standin.name] = standin
    return MappingProxyType(dict(sorted(found.items())))
