"""The one place that knows which stand-ins exist: modules of this package with a `STANDIN`, and files of the catalog."""

import functools
import importlib
import pkgutil
from pathlib import Path
from types import MappingProxyType

import unified_sandbox
from unified.catalog.load import installed_folder
from unified.errors.configuration import CatalogError
from unified.errors.names import did_you_mean, known_names
from unified_sandbox.described import load_standin, standin_files
from unified_sandbox.standin import StandIn

SHOWCASE = ("bamboohr", "hibob", "hubspot", "jira", "salesforce", "zendesk")
"""The stand-ins that the demo runs by default: two products of each category."""


def standin_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return the names of all stand-ins in alphabetical order, without loading them; `folder` is a catalog's."""
    return tuple(sorted({*_modules(), *standin_files(folder or installed_folder())}))


def discover(*names: str, folder: Path | None = None) -> MappingProxyType[str, StandIn]:
    """Return stand-ins by name, in alphabetical order: the named ones, or all.

    Adding a provider is adding `providers/<name>.sandbox.yaml` to the catalog in `folder`, by default the installed one;
    nothing else is edited. A file takes precedence over a module of the same name.

    Raises:
        CatalogError: There is no such stand-in; the message lists the known ones. Or a file is invalid; the message gives
            file, line and column.
    """
    known = standin_names(folder)
    for name in names:
        if name not in known:
            raise CatalogError(f"no stand-in '{name}'.{did_you_mean(name, known)} Known: {known_names(known)}")
    files = standin_files(folder or installed_folder())
    return MappingProxyType({name: _load(name, files.get(name)) for name in sorted(names or known)})


@functools.cache
def _load(name: str, path: Path | None) -> StandIn:
    if path is not None:
        return load_standin(path)
    standin = importlib.import_module(_modules()[name]).STANDIN
    assert isinstance(standin, StandIn)
    return standin


@functools.cache
def _modules() -> dict[str, str]:
    """Return the packages of stand-ins in Python by the name of the provider, found by their `STANDIN`."""
    found = {}
    for module in pkgutil.iter_modules(unified_sandbox.__path__, "unified_sandbox."):
        if module.ispkg and hasattr(importlib.import_module(module.name), "STANDIN"):
            found[module.name.rpartition(".")[2]] = module.name
    return found
