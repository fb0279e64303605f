"""Folders and file names say which provider and model a file is of; what does not agree is refused."""

from pathlib import Path

import pytest

from unified.catalog.load import ProviderFiles, data_folder, decode_files, installed_folder
from unified.catalog.mapping import MappingDocument
from unified.catalog.paths import provider_names, provider_paths
from unified.catalog.provider_texts import read_texts
from unified.errors.configuration import CatalogError
from unified.errors.names import known_names
from unified.transform.catalog import Catalog

PROVIDER = "name: {0}\ntitle: X\ndocs: d\nbase_url: https://x.example\ncheck: {{request: GET /me}}\nauth: [{{type: bearer}}]\n"
MAPPING = "record: '{\"id\": id}'\n"


def load_files(tmp_path: Path) -> list[ProviderFiles]:
    """The files of all providers of a folder, in the order of their names."""
    found = data_folder(tmp_path)
    known = [one.stem for one in provider_paths(found)]
    return [decode_files(name, read_texts(found, name), known) for name in provider_names(found)]


def folder(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "providers").mkdir()
    for name, text in files.items():
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    files = {f"providers/{name}.yaml": PROVIDER.format(name) for name in ("pipe", "acme")}
    files |= {"mappings/pipe/crm.contacts.yaml": MAPPING, "mappings/acme/crm.opportunities.yaml": MAPPING}
    files |= {"mappings/acme/crm.opportunities.test.yaml": "- name: not read here\n"}
    found = load_files(folder(tmp_path, **files))
    assert [one.provider.name for one in found] == ["acme", "pipe"]
    mappings = [one for part in found for one in part.mappings]
    assert [(one.provider, one.model, one.source.name) for one in mappings] == [
        ("acme", "crm.opportunities", "mappings/acme/crm.opportunities.yaml"),
        ("pipe", "crm.contacts", "mappings/pipe/crm.contacts.yaml"),
    ]


REFUSED = [
    (
        {"providers/acme.yaml": PROVIDER.format("acne")},
        "providers/acme.yaml:1:7: expected `acme`, the name of the file, got `acne`",
    ),
    (
        {"providers/acme.yaml": PROVIDER.format("acme"), "mappings/acmee/crm.opportunities.yaml": MAPPING},
        "mappings/acmee/crm.opportunities.yaml:1:1: unknown provider 'acmee'. Did you mean 'acme'? Known: acme",
    ),
    (
        {"providers/acme.yaml": PROVIDER.format("acme"), "mappings/acme/crm.opportunities.yaml": "recrd: x\n"},
        "mappings/acme/crm.opportunities.yaml:1:1: unknown key `recrd`. Did you mean 'record'? Known keys: "
        + known_names(MappingDocument.__struct_fields__),
    ),
]


@pytest.mark.parametrize(("files", "message"), REFUSED)
def test_files_that_do_not_agree_are_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_files(folder(tmp_path, **files))
    assert str(caught.value) == message


def test_a_model_that_does_not_exist_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    files = {"providers/acme.yaml": PROVIDER.format("acme"), "mappings/acme/crm.contact.yaml": MAPPING}
    with pytest.raises(CatalogError) as caught:
        load_files(folder(tmp_path, **files))
    start = "mappings/acme/crm.contact.yaml:1:1: unknown model 'crm.contact'. Did you mean 'crm.contacts'? Known: crm."
    assert str(caught.value).startswith(start)


def test_a_folder_without_providers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as caught:
        load_files(tmp_path)
    assert (
        str(caught.value)
        == f"expected a folder with providers/ and mappings/, as UNIFIED_CATALOG names it; found no providers/ in {tmp_path}"
    )


def test_an_unknown_provider_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    found = Catalog.load(folder(tmp_path, **{"providers/acme.yaml": PROVIDER.format("acme")}))
    assert found.provider("acme").title == "X"
    with pytest.raises(KeyError) as caught:
        found.provider("acm")
    assert str(caught.value) == "unknown provider 'acm'. Did you mean 'acme'? Known: acme"


def test_the_installed_folder_is_there() -> None:
    assert (installed_folder() / "providers").is_dir()


def test_calls_are_found_with_those_inside_of_them(tmp_path: Path) -> None:
    text = MAPPING + (
        "list:\n  - request: GET /a\n    before: {one: {request: GET /b}}\n"
        "create:\n  request: POST /a\n  after:\n    - request: POST /c\n"
        "custom_methods: {merge: {request: POST /m}}\nfields: {request: GET /f}\n"
    )
    files = {"providers/acme.yaml": PROVIDER.format("acme"), "mappings/acme/crm.opportunities.yaml": text}
    ((mapping,),) = (one.mappings for one in load_files(folder(tmp_path, **files)))
    assert [(place, call.request) for place, call in mapping.calls()] == [
        (("list", 0), "GET /a"),
        (("list", 0, "before", "one"), "GET /b"),
        (("create",), "POST /a"),
        (("create", "after", 0), "POST /c"),
        (("fields",), "GET /f"),
        (("custom_methods", "merge"), "POST /m"),
    ]
