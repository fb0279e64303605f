"""A catalog whose files were checked before says the same as one that compiles everything, and compiles only what is used."""

import shutil
from pathlib import Path

import msgspec
import pytest

from unified.catalog.load import installed_folder
from unified.errors.configuration import CatalogError
from unified.errors.providers import ProviderDisabled
from unified.transform.catalog import Catalog
from unified.transform.loading import deferred_provider
from unified.transform.loading.checked_files import NAME, CheckedFiles
from unified.transform.outline import outlines_of

USED = ("bamboohr", "zendesk")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two of the installed providers, in a folder that can be changed."""
    for name in USED:
        (tmp_path / "data/providers").mkdir(parents=True, exist_ok=True)
        shutil.copy(installed_folder() / f"providers/{name}.yaml", tmp_path / "data/providers")
        shutil.copytree(installed_folder() / "mappings" / name, tmp_path / "data/mappings" / name)
    return tmp_path / "data"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The providers that were compiled, in order."""
    found: list[str] = []
    compile_texts = deferred_provider.compile_texts

    def noted(name: str, *rest: object) -> object:
        found.append(name)
        return compile_texts(name, *rest)

    monkeypatch.setattr(deferred_provider, "compile_texts", noted)
    return found


def started(folder: Path) -> Catalog:
    """The catalog as a start of the service loads it; the folder is its home too."""
    checks = CheckedFiles(folder)
    catalog = Catalog.deferred(folder, checks)
    checks.keep()
    return catalog


def test_only_the_first_start_compiles_what_no_one_uses(folder: Path, compiled: list[str]) -> None:
    started(folder)
    assert compiled == [*USED]
    catalog = started(folder)
    assert catalog.mappings()
    assert [catalog.title(name) for name in USED] == ["BambooHR", "Zendesk"]
    assert compiled == [*USED]
    assert catalog.offered("zendesk")
    assert catalog.compiled("zendesk", "ticketing.tickets").lists
    assert compiled == [*USED, "zendesk"]


def test_both_catalogs_say_the_same(tmp_path: Path) -> None:
    tmp_path.joinpath("home").mkdir()
    Catalog.deferred(None, first := CheckedFiles(tmp_path / "home"))
    first.keep()
    deferred, whole = Catalog.deferred(None, CheckedFiles(tmp_path / "home")), Catalog.load()
    assert deferred.providers() == whole.providers()
    assert deferred.mappings() == whole.mappings()
    for name in whole.providers():
        assert deferred.provider(name) == whole.provider(name)
        assert (
            deferred.outlines(name) == whole.outlines(name) == outlines_of({one.model.id: one for one in whole.offered(name)})
        )
        assert [one.digest for one in deferred.offered(name)] == [one.digest for one in whole.offered(name)]


@pytest.mark.parametrize("name", ["providers/zendesk.yaml", "mappings/zendesk/ticketing.tickets.yaml"])
def test_a_changed_file_is_checked_again(folder: Path, compiled: list[str], name: str) -> None:
    started(folder)
    path = folder / name
    path.write_text(path.read_text() + "\n# a comment\n")
    assert set(started(folder).providers()) == set(USED)
    assert compiled == [*USED, "zendesk"]
    path.write_text(path.read_text() + "\nunknown_key: 1\n")
    for _ in range(2):
        disabled = started(folder).disabled
        assert list(disabled) == ["zendesk"]
        assert str(disabled["zendesk"]) == str(Catalog.available(folder).disabled["zendesk"])


@pytest.mark.parametrize("name", ["shared file", "review", "mapping"])
def test_a_file_that_appears_or_goes_is_noticed(folder: Path, compiled: list[str], name: str) -> None:
    started(folder)
    own = folder / "mappings/zendesk"
    if name == "mapping":
        (own / "ticketing.tags.yaml").unlink()
    elif name == "review":
        (own / "review.yaml").unlink()
    else:
        (own / "_shared.yaml").write_text("define:\n  same: function($value) { $value }\n")
    assert started(folder).mappings() == Catalog.available(folder).mappings()
    assert compiled == [*USED, "zendesk"]


def test_what_is_edited_while_it_runs_changes_nothing_before_the_next_start(folder: Path) -> None:
    started(folder)
    catalog, whole = started(folder), Catalog.load(folder)
    for path in folder.glob("mappings/*/*.yaml"):
        path.write_text("broken: [")
    for name in USED:
        assert [one.digest for one in catalog.offered(name)] == [one.digest for one in whole.offered(name)]
    assert set(started(folder).disabled) == set(USED)


def damaged(kept: bytes) -> list[bytes]:
    """Files of checks that say nothing about the files."""
    content = msgspec.json.decode(kept)
    forged = {name: {**one, "digest": "0" * 64} for name, one in content["providers"].items()}
    return [
        b"",
        b"\xff\xfe",
        kept[: len(kept) // 2],
        b"[]",
        msgspec.json.encode({**content, "code": "of another version"}),
        msgspec.json.encode({**content, "more": 1}),
        msgspec.json.encode({**content, "providers": forged}),
    ]


@pytest.mark.parametrize("number", range(7))
def test_a_damaged_file_of_checks_costs_time_only(folder: Path, compiled: list[str], number: int) -> None:
    started(folder)
    kept = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(damaged(kept)[number])
    assert started(folder).providers() == USED
    assert compiled == [*USED] * 2
    assert (folder / NAME).read_bytes() == kept


def test_a_file_of_checks_for_other_models_is_not_believed(folder: Path, compiled: list[str]) -> None:
    started(folder)
    content = msgspec.json.decode((folder / NAME).read_bytes())
    content["providers"]["zendesk"]["outlines"].pop()
    (folder / NAME).write_bytes(msgspec.json.encode(content))
    assert started(folder).mappings() == Catalog.load(folder).mappings()
    assert compiled == [*USED, "zendesk"]


def test_a_forged_check_disables_the_provider_when_it_is_used(folder: Path) -> None:
    path = folder / "mappings/zendesk/ticketing.tickets.yaml"
    good = path.read_text()
    started(folder)
    path.write_text(good.replace("record: |", "record: |\n  ((", 1))
    checks = CheckedFiles(folder)
    real = checks.find
    checks.find = lambda name, texts: real(name, texts) or checks._before[name].outlines  # type: ignore[method-assign]
    catalog = Catalog.deferred(folder, checks)
    assert catalog.providers() == USED
    with pytest.raises(ProviderDisabled):
        catalog.compiled("zendesk", "ticketing.tickets")
    assert catalog.providers() == ("bamboohr",)
    assert isinstance(catalog.disabled["zendesk"], CatalogError)
    assert catalog.offered("zendesk") == ()
    assert catalog.offered("bamboohr")


def test_a_home_that_cannot_be_written_keeps_nothing_and_stops_nothing(folder: Path, tmp_path: Path) -> None:
    checks = CheckedFiles(tmp_path / "none")
    assert Catalog.deferred(folder, checks).providers() == USED
    assert checks.keep()
    assert not (tmp_path / "none").exists()


def test_the_file_of_checks_is_its_owners_and_holds_no_content(folder: Path) -> None:
    started(folder)
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600
    assert b"http" not in (folder / NAME).read_bytes()
    assert sorted(one.name for one in folder.iterdir()) == [NAME, "mappings", "providers"]
