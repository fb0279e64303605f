"""Values of the installation: what the operator has from a provider, sent in headers and token requests of all accounts."""

from collections.abc import Iterable

from unified.errors.configuration import ConfigurationError
from unified.errors.names import did_you_mean, known_names
from unified.settings.settings import Settings
from unified.transform.catalog import Catalog


def refuse_unknown_values(settings: Settings, catalog: Catalog) -> None:
    """Refuse values that no provider file names: a misspelt one would never be sent.

    Raises:
        ConfigurationError: There is one.
    """
    for provider, names in settings.provider_values.names().items():
        if provider not in catalog.providers():
            _refuse(f"unknown provider '{provider}'", provider, catalog.providers())
        known = catalog.provider(provider).installation
        for name in names:
            if name not in known:
                _refuse(f"{provider} has no value '{name}'", name, known)


def _refuse(what: str, name: str, known: Iterable[str]) -> None:
    hint, shown = did_you_mean(name, known), known_names(known) or "none"
    raise ConfigurationError(f"UNIFIED_PROVIDER_VALUES: {what}.{hint} Known: {shown}")
