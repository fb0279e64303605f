"""The files that lint opens: what can be read of them, and findings for what cannot."""

from pathlib import Path
from typing import Any, Literal

from unified.authoring.decoding import decode_all
from unified.authoring.lint.findings import Finding, Rule, refused
from unified.authoring.lint.rules.load_rules import PROVIDER_LOADING
from unified.authoring.lint.rules.shared_rules import SHARED_LOADING
from unified.catalog.files.source import Source, read_source
from unified.catalog.mapping import SharedDocument, SharedFile
from unified.catalog.paths import provider_paths
from unified.catalog.provider import Provider
from unified.catalog.shared import shared_file, shared_path
from unified.errors.configuration import CatalogError

Shared = SharedFile | None | Literal["broken"]
"""A provider's shared file; None if there is none."""


def open_source(path: Path, name: str, rules: tuple[Rule, ...], findings: list[Finding]) -> Source | None:
    """Return a file's content, or None if it is not YAML; the findings include its error."""
    try:
        return read_source(path, name=name)
    except CatalogError as problem:
        findings.append(refused(rules, problem, name))
        return None


def decode(source: Source, kind: type[Any], rules: tuple[Rule, ...], findings: list[Finding]) -> Any:
    """Return the struct, if the whole file could be decoded; what could not is among the findings."""
    steps = list(decode_all(source, kind))
    wrong = [one for one in steps if isinstance(one, CatalogError)]
    findings += [refused(rules, one, source.name) for one in wrong]
    return None if wrong else steps[-1]


def load_providers(folder: Path, names: frozenset[str], findings: list[Finding]) -> dict[str, tuple[Source, Provider]]:
    """Return the provider files that could be decoded."""
    found: dict[str, tuple[Source, Provider]] = {}
    for path in (one for one in provider_paths(folder) if one.stem in names):
        source = open_source(path, f"providers/{path.name}", PROVIDER_LOADING, findings)
        provider = decode(source, Provider, PROVIDER_LOADING, findings) if source is not None else None
        if source is None or provider is None:
            continue
        if provider.name != path.stem:
            problem = source.error(("name",), f"expected `{path.stem}`, the name of the file, got `{provider.name}`")
            findings.append(refused(PROVIDER_LOADING, problem, source.name))
        found[path.stem] = (source, provider)
    return found


def load_shared(folder: Path, provider: str, findings: list[Finding]) -> Shared:
    """Return a provider's shared file."""
    path = shared_path(folder, provider)
    if not path.exists():
        return None
    name = f"mappings/{provider}/{path.name}"
    source = open_source(path, name, SHARED_LOADING, findings)
    document = decode(source, SharedDocument, SHARED_LOADING, findings) if source is not None else None
    if source is None or document is None:
        return "broken"
    try:
        return shared_file(provider, source, document)
    except CatalogError as problem:
        findings.append(refused(SHARED_LOADING, problem, name))
        return "broken"
