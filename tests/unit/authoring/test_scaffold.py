from pathlib import Path

import pytest

from unified.authoring.golden.golden import run_path
from unified.authoring.lint.lint import lint
from unified.authoring.scaffold.scaffold import new_mapping, new_provider
from unified.errors.configuration import CatalogError
from unified.models import MODELS


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    (tmp_path / "providers").mkdir()
    return tmp_path


def test_a_new_provider_lints(empty):
    assert new_provider(empty, "big_shelf") == empty / "providers/big_shelf.yaml"
    assert [one.code for one in lint(empty)] == ["P012"]


def test_every_key_of_a_provider_is_explained(empty):
    from unified.catalog.provider import Provider

    text = new_provider(empty, "shelf").read_text()
    assert [name for name in Provider.__struct_fields__ if f"\n{name}:" not in text and f"\n# {name}:" not in text] == []


@pytest.mark.parametrize("model", MODELS)
def test_a_new_mapping_lints_and_its_cases_hold(empty, model):
    new_provider(empty, "shelf")
    path, tests = new_mapping(empty, "shelf", model)
    assert [str(one) for one in lint(empty) if one.code not in {"R003", "M095"}] == []  # placeholders are seen nowhere
    assert [one.problem for one in run_path(empty, tests)] == [None] * len(run_path(empty, tests))
    text = path.read_text()
    assert [f.name for f in MODELS[model].fields if f'"{f.name}":' not in text] == ["remote_id", "mapped_fields", "remote_data"]


def test_nothing_is_overwritten(empty):
    new_provider(empty, "shelf")
    new_mapping(empty, "shelf", "crm.contacts")
    with pytest.raises(CatalogError, match=r"providers/shelf\.yaml exists already; it was left as it is$"):
        new_provider(empty, "shelf")
    with pytest.raises(CatalogError, match=r"shelf/crm\.contacts\.yaml exists already; it was left as it is$"):
        new_mapping(empty, "shelf", "crm.contacts")


@pytest.mark.parametrize("name", ["Shelf", "../shelf", "1shelf", "", "a-b"])
def test_a_provider_has_a_plain_name(empty, name):
    with pytest.raises(CatalogError) as caught:
        new_provider(empty, name)
    assert (
        str(caught.value)
        == f"'{name}' cannot be a provider's name: expected lowercase letters, digits and _, such as `hubspot`"
    )


def test_unknown_names_answer_with_the_known_ones(empty):
    new_provider(empty, "shelf")
    with pytest.raises(CatalogError, match=r"^unknown provider 'shell'\. Did you mean 'shelf'\? Known: shelf$"):
        new_mapping(empty, "shell", "crm.contacts")
    with pytest.raises(CatalogError, match=r"^unknown common model 'crm\.contact'\. Did you mean 'crm\.contacts'"):
        new_mapping(empty, "shelf", "crm.contact")
