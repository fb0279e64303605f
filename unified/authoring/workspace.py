"""The folder that an author works in: one mapping is opened by itself, whatever state the other files are in."""

from collections.abc import Iterable
from pathlib import Path

from unified.catalog.load import installed_folder, load_mapping, load_provider
from unified.catalog.paths import TEST_SUFFIX, mapping_paths, provider_paths
from unified.catalog.provider import Provider
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.models import model
from unified.transform.checks.check import check_mapping
from unified.transform.embedded_mapping import EmbeddedMapping
from unified.transform.mapping import Mapping

__all__ = [
    "TEST_SUFFIX",
    "compiled",
    "find_folder",
    "golden_path",
    "mapping_paths",
    "model_names",
    "offered",
    "open_mapping",
    "open_provider",
    "provider_names",
    "require_data",
]


def find_folder(path: Path | None = None) -> Path:
    """Return the folder with `providers/` at or above a path; without a path the installed one.

    Raises CatalogError when there is none.
    """
    if path is None:
        return installed_folder()
    start = path.resolve()
    if not start.exists():
        raise CatalogError(f"{path}: no such file or folder")
    found = next((one for one in (start, *start.parents) if (one / "providers").is_dir()), None)
    if found is None:
        raise CatalogError(f"{path}: expected a folder with providers/ and mappings/, or a file in one; found no providers/")
    return found


def require_data(folder: Path, path: Path) -> None:
    """Check that a path of a folder is a data file or has some below it, so that no check passes for want of anything to check.

    Raises:
        CatalogError: It has none.
    """
    wanted = path.resolve()
    files = (one.resolve() for part in ("providers", "mappings") for one in (folder / part).rglob("*.yaml"))
    if not any(wanted == one or wanted in one.parents for one in files):
        raise CatalogError(
            f"{path}: expected a provider or mapping file, or a folder with some in providers/ or mappings/; found none"
        )


def provider_names(folder: Path) -> tuple[str, ...]:
    """Return names of the provider files of a folder, sorted."""
    return tuple(one.stem for one in provider_paths(folder))


def model_names(folder: Path, provider: str) -> tuple[str, ...]:
    """Return models that have a mapping file for a provider, sorted."""
    return tuple(one.stem for one in mapping_paths(folder) if one.parent.name == provider)


def cassette_path(folder: Path, provider: str, model: str) -> Path:
    """Return the file with the recorded calls of a model; it need not exist."""
    return folder / "cassettes" / provider / f"{model}.json"


def golden_path(mapping: Path) -> Path:
    """Return where the golden cases of a mapping file are."""
    return mapping.with_name(mapping.stem + TEST_SUFFIX)


def open_provider(folder: Path, name: str) -> Provider:
    """Return one provider file; CatalogError names the known ones."""
    known = provider_names(folder)
    if name not in known:
        raise CatalogError(f"unknown provider '{name}'.{suggestion(name, known)}", rule=LoadRule.UNKNOWN_SUBJECT)
    return load_provider(folder / "providers" / f"{name}.yaml")


def open_mapping(folder: Path, provider: str, model_id: str) -> EmbeddedMapping:
    """Return one mapping, compiled and checked; CatalogError names what exists, or what does not hold in its files."""
    known = open_provider(folder, provider)
    model(model_id)
    models = model_names(folder, provider)
    if model_id not in models:
        raise CatalogError(f"no mapping of {model_id} for {provider}.{suggestion(model_id, models)}")
    return EmbeddedMapping(compiled(folder / "mappings" / provider / f"{model_id}.yaml", {provider: known}))


def compiled(path: Path, providers: dict[str, Provider]) -> Mapping:
    """Compile and check one mapping file."""
    file = load_mapping(path, providers)
    mapping = Mapping(file, providers[file.provider], model(file.model))
    check_mapping(mapping)
    return mapping


def offered(folder: Path, providers: Iterable[str] | None = None) -> tuple[Mapping, ...]:
    """Return every mapping of a folder, or of some providers, compiled; CatalogError for the first that does not hold."""
    names = provider_names(folder) if providers is None else tuple(providers)
    known = {name: open_provider(folder, name) for name in names}
    return tuple(compiled(one, known) for one in mapping_paths(folder) if one.parent.name in known)
