"""The one place that knows which stand-ins exist: modules of this package with a `STANDIN`, and files of the catalog."""

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

import unified_sandbox
from unified.catalog.load import installed_folder
from unified_sandbox.described import load_standin, standin_files
from unified_sandbox.standin import StandIn


@functools.cache
def discover(folder: Path | None = None) -> MappingProxyType[str, StandIn]:
    """Return the stand-ins by name, in alphabetical order: those of this package, and those that a catalog describes.

    `folder` is a folder with `providers/`, by default the installed one. Adding a provider is adding
    `providers/<name>.sandbox.yaml`; nothing else is edited. A file takes precedence over a module of the same name.

    Raises:
        CatalogError: A file is invalid; the message gives file, line and column.
    """
    described = {name: load_standin(path) for name, path in standin_files(folder or installed_folder()).items()}
    return MappingProxyType(dict(sorted(({one.name: one for one in _modules()} | described).items())))


def _modules() -> Iterator[StandIn]:
    for module in pkgutil.iter_modules(unified_sandbox.__path__, "unified_sandbox."):
        standin = getattr(importlib.import_module(module.name), "STANDIN", None)
        if isinstance(standin, StandIn):
            yield standin
