"""Collects the subject of the tiers' rules, for one provider by itself."""

from pathlib import Path

from unified.authoring.lint.lint import lint
from unified.authoring.quality.quality_file import load_quality
from unified.authoring.quality.rules import QualitySubject
from unified.authoring.workspace import offered, open_provider


def quality_of(folder: Path, provider: str) -> QualitySubject:
    """Return the files of a provider as the rules see them.

    Raises:
        CatalogError: The provider is unknown, or a file of it does not load.
    """
    known = open_provider(folder, provider)
    files = (folder / "providers" / f"{provider}.yaml", folder / "mappings" / provider)
    found = (one for path in files if path.exists() for one in lint(folder, only=path))
    return QualitySubject(
        folder=folder,
        provider=known,
        mappings=offered(folder, [provider]),
        errors=sum(one.severity == "error" and "is not reached" not in one.message for one in found),
        quality=load_quality(folder, provider),
    )
