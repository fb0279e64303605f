"""What a provider's tier needs: it is checked, not claimed."""

from collections.abc import Iterator
from pathlib import Path

from unified.authoring.golden import run_case
from unified.authoring.golden_files import read_golden
from unified.authoring.workspace import golden_path
from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.transform.catalog import EmbeddedMapping
from unified.transform.mapping import Mapping

MAX_SHOWN = 6
ORDER = ("bronze", "silver", "gold")
WRITES = ("create", "update", "upsert", "delete")


def missing_for_tier(folder: Path, provider: Provider, mappings: tuple[Mapping, ...], errors: int) -> tuple[str, ...]:
    """Return what the tier in the provider's file needs and is not there; a provider without any mapping claims nothing.

    `errors` is how many lint errors its files have.
    """
    if not mappings and not errors:
        return ()
    level = ORDER.index(provider.tier)
    found = list(_bronze(folder, mappings, errors))
    if level >= ORDER.index("silver"):
        found += _silver(folder, provider, mappings)
    if level >= ORDER.index("gold") and not any(method in WRITES for one in mappings for method in one.methods):
        found.append("no model can be written")
    return tuple(found)


def _bronze(folder: Path, mappings: tuple[Mapping, ...], errors: int) -> Iterator[str]:
    if errors:
        yield f"lint finds {errors} {'error' if errors == 1 else 'errors'} in its files"
    if not any({"list", "get"} & set(one.methods) for one in mappings):
        yield "no model has list or get"
    failing = sum(_failing(folder, one) for one in mappings)
    if failing:
        yield f"{failing} golden {'case fails' if failing == 1 else 'cases fail'} (run `unified test`)"


def _failing(folder: Path, mapping: Mapping) -> int:
    path = golden_path(folder / mapping.file.source.name)
    try:
        cases = read_golden(path).cases if path.exists() else ()
    except CatalogError:
        return 0  # counted among the lint errors
    return sum(run_case(EmbeddedMapping(mapping), case) is not None for case in cases)


def _silver(folder: Path, provider: Provider, mappings: tuple[Mapping, ...]) -> Iterator[str]:
    recorded = {one.name for one in (folder / "cassettes" / provider.name).glob("*.yaml")}
    wanted = [f"{mapping.model.id}.{method}" for mapping in mappings for method in mapping.methods]
    missing = [name for name in wanted if not any(one.startswith(name) for one in recorded)]
    if missing:
        shown = ", ".join(missing[:MAX_SHOWN]) + (f" and {len(missing) - MAX_SHOWN} more" if len(missing) > MAX_SHOWN else "")
        yield f"cassettes/{provider.name}/ has no cassette of {shown}"
