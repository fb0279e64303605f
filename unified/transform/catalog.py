"""The catalog in use: providers and compiled mappings by name."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dict
from pathlib import Path
from typing import TypeVar

from unified.catalog.load import data_folder
from unified.catalog.paths import provider_names
from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.errors.providers import ProviderDisabled
from unified.models import MODELS, model
from unified.transform.embedded_mapping import EmbeddedMapping
from unified.transform.loading.checked_files import CheckedFiles
from unified.transform.loading.deferred_provider import DeferredProvider, deferred_providers
from unified.transform.loading.provider_catalog import ProviderCatalog, load_provider_catalog
from unified.transform.mapping import Mapping
from unified.transform.outline import Outline
from unified.transform.tool_review import is_reviewed

Part = ProviderCatalog | DeferredProvider
Found = TypeVar("Found")


class Catalog:
    """Providers and mappings of one folder, checked when they are loaded."""

    def __init__(self, parts: Iterable[Part], *, disabled: Dict[str, CatalogError] | None = None) -> None:
        self._parts = {one.name: one for one in parts}
        self.disabled = dict(disabled or {})
        """Providers whose files could not be loaded, and why."""

    @classmethod
    def load(cls, path: str | Path | None = None) -> "Catalog":
        """Load `providers/` and `mappings/` below a folder; by default, the installed ones.

        Raises:
            CatalogError: Something is invalid; the message gives file, line and column of the first problem.
        """
        loaded = cls.available(path)
        for problem in loaded.disabled.values():
            raise problem
        return loaded

    @classmethod
    def deferred(cls, path: str | Path | None, checks: CheckedFiles) -> "Catalog":
        """Load a folder as `available` does, but compile what was checked before only when it is used.

        Raises:
            CatalogError: There is no such folder.
        """
        found, disabled = deferred_providers(data_folder(path), checks)
        return cls(found, disabled=disabled)

    @classmethod
    def available(cls, path: str | Path | None = None) -> "Catalog":
        """Load a folder as `load` does, but without providers whose files are not valid: these are `disabled`.

        Raises:
            CatalogError: There is no such folder.
        """
        folder = data_folder(path)
        found: list[ProviderCatalog] = []
        disabled: dict[str, CatalogError] = {}
        for name in provider_names(folder):
            try:
                found.append(load_provider_catalog(folder, name))
            except CatalogError as problem:
                disabled[name] = problem
        return cls(found, disabled=disabled)

    def providers(self) -> tuple[str, ...]:
        """Return the names of the providers, sorted."""
        return tuple(sorted(self._parts))

    def refusal(self, name: str) -> ProviderDisabled:
        """Return the refusal of what needs a provider that is disabled."""
        text = f"{name} is disabled, as its files could not be loaded; the operator finds the reason in the log of the start"
        return ProviderDisabled(text)

    def title(self, name: str) -> str:
        """Return a provider's title; its name if it is unknown or disabled."""
        part = self._parts.get(name)
        return name if part is None else part.provider.title

    def models(self) -> tuple[str, ...]:
        """Return the ids of the common models, sorted."""
        return tuple(sorted(MODELS))

    def mappings(self) -> tuple[tuple[str, str], ...]:
        """Return all pairs of provider and model, sorted."""
        return tuple((name, one.model_id) for name in self.providers() for one in self.outlines(name))

    def provider(self, name: str) -> Provider:
        """Return one provider's file.

        Raises:
            CatalogError: The provider is unknown; the message lists the known ones.
            ProviderDisabled: Its files could not be loaded.
        """
        if name in self.disabled:
            raise self.refusal(name)
        if name not in self._parts:
            raise CatalogError(f"unknown provider '{name}'.{suggestion(name, self._parts)}", rule=LoadRule.UNKNOWN_SUBJECT)
        return self._opened(name, lambda part: part.provider)

    def compiled(self, provider: str, model_id: str) -> Mapping:
        """Return one compiled mapping.

        Raises:
            CatalogError: It does not exist; the message lists what exists for the provider.
            ProviderDisabled: The provider's files could not be loaded.
        """
        self.provider(provider)
        if not any(one.model_id == model_id for one in self.outlines(provider)):
            model(model_id)
            known = [one.model_id for one in self.outlines(provider)]
            raise CatalogError(f"no mapping of {model_id} for {provider}.{suggestion(model_id, known)}")
        return self._opened(provider, lambda part: part.mappings)[model_id]

    def offered(self, provider: str) -> tuple[Mapping, ...]:
        """Return every mapping of a provider, ordered by model; none if it is unknown or disabled."""
        if provider not in self._parts:
            return ()
        mappings = self._opened(provider, lambda part: part.mappings)
        return tuple(mappings[name] for name in sorted(mappings))

    def outlines(self, provider: str) -> tuple[Outline, ...]:
        """Return the outlines of a provider's mappings, ordered by model, without compiling them; none if it is unknown."""
        return self._parts[provider].outlines if provider in self._parts else ()

    def _opened(self, provider: str, read: Callable[[Part], Found]) -> Found:
        """Return a part of a provider; a provider whose files turn out not to be valid is disabled from now on."""
        try:
            return read(self._parts[provider])
        except CatalogError as problem:
            self.disabled[provider] = problem
            del self._parts[provider]
            raise self.refusal(provider) from problem

    def reviewed(self, provider: str, model_id: str, method: str) -> bool:
        """Return whether the tool of this method is the reviewed one; otherwise, it is not offered to agents.

        Raises:
            CatalogError: The mapping does not exist.
        """
        mapping = self.compiled(provider, model_id)
        reviews = self._parts[provider].review
        return reviews is not None and is_reviewed(reviews, mapping, method)

    def mapping(self, provider: str, model_id: str) -> EmbeddedMapping:
        """Return one mapping for embedding: read, call, write, coverage."""
        return EmbeddedMapping(self.compiled(provider, model_id))
