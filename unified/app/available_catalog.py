"""The catalog of an installation, and the settings that name its providers.

A provider whose files are not valid is left out, and never stops the others.
"""

import gc
from collections.abc import Iterable

from unified.errors.configuration import ConfigurationError
from unified.errors.names import did_you_mean, known_names
from unified.settings.settings import Settings
from unified.telemetry.loggers import get_logger
from unified.telemetry.metrics import set_disabled
from unified.transform.catalog import Catalog
from unified.transform.loading.checked_files import CheckedFiles

log = get_logger("unified.catalog")


def available_catalog(settings: Settings) -> Catalog:
    """Return the providers and mappings that can be loaded; the log and the metrics say which cannot, and why.

    Raises:
        CatalogError: There is no folder with data files.
    """
    checks = CheckedFiles(settings.home)
    catalog = Catalog.deferred(settings.catalog_path, checks)
    if checks.keep():
        gc.collect()  # what was compiled for the check only
    for name, problem in catalog.disabled.items():
        log.error("provider_disabled", provider=name, problem=problem)
    set_disabled(catalog.providers(), catalog.disabled)
    return catalog


def refuse_unknown_values(settings: Settings, catalog: Catalog) -> None:
    """Refuse values that no provider file names: a misspelt one would never be sent.

    Raises:
        ConfigurationError: There is one.
    """
    for provider, names in settings.provider_values.names().items():
        if provider in catalog.disabled:
            continue  # what its file names is not known
        if provider not in catalog.providers():
            _refuse(f"unknown provider '{provider}'", provider, catalog.providers())
        known = catalog.provider(provider).installation
        for name in names:
            if name not in known:
                _refuse(f"{provider} has no value '{name}'", name, known)


def _refuse(what: str, name: str, known: Iterable[str]) -> None:
    hint, shown = did_you_mean(name, known), known_names(known) or "none"
    raise ConfigurationError(f"UNIFIED_PROVIDER_VALUES: {what}.{hint} Known: {shown}")
