import json
from pathlib import Path

import jsonschema
import pytest
from jsonschema import Draft202012Validator

from tests.cases import each
from unified.authoring.golden.golden_files import golden_paths
from unified.authoring.lint.rules.provider_rules import error_codes
from unified.authoring.reference_pages.errors import WHAT_TO_DO, error_classes
from unified.authoring.schemas import cases_schema, mapping_schema, provider_schema
from unified.authoring.workspace import mapping_paths
from unified.catalog.files.source import read_source
from unified.catalog.paths import provider_paths

REPOSITORY = Path(__file__).parents[3]
MAPPING = json.loads(mapping_schema((REPOSITORY / "docs/mapping-files.md").read_text(encoding="utf-8")))
CASES = json.loads(cases_schema((REPOSITORY / "docs/mapping-files.md").read_text(encoding="utf-8")))
PROVIDER = json.loads(provider_schema((REPOSITORY / "docs/provider-files.md").read_text(encoding="utf-8")))

TAKES_MAPPING, TAKES_CASES, TAKES_PROVIDER = (Draft202012Validator(one) for one in (MAPPING, CASES, PROVIDER))


def test_the_schemas_are_schemas():
    for one in (MAPPING, CASES, PROVIDER):
        Draft202012Validator.check_schema(one)


def test_every_error_says_what_to_do():
    assert set(WHAT_TO_DO) == error_codes() == {one.code for one in error_classes()}


@each("path", mapping_paths(REPOSITORY), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_schema_takes_every_mapping(path):
    TAKES_MAPPING.validate(read_source(path).content)


@pytest.mark.parametrize("path", provider_paths(REPOSITORY), ids=lambda path: path.name)
def test_the_schema_takes_every_provider(path):
    TAKES_PROVIDER.validate(read_source(path).content)


@each("path", golden_paths(REPOSITORY), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_schema_takes_every_golden_case(path):
    TAKES_CASES.validate(read_source(path).content)


@pytest.mark.parametrize(("schema", "name"), [(CASES, "Case"), (MAPPING, "MappingDocument"), (MAPPING, "Call")])
def test_every_key_has_a_sentence(schema, name):
    properties = schema["$defs"][name]["properties"]
    assert [key for key, one in properties.items() if not one.get("description")] == []


def test_the_schema_refuses_an_unknown_key():
    with pytest.raises(jsonschema.ValidationError, match="'lost' was unexpected"):
        jsonschema.validate({"record": "id", "lost": []}, MAPPING)


def test_keys_are_described_by_the_guides():
    file, call = MAPPING["$defs"]["MappingDocument"]["properties"], MAPPING["$defs"]["Call"]["properties"]
    assert [name for name, one in {**file, **call}.items() if "description" not in one] == []
    assert (
        PROVIDER["$defs"]["Provider"]["properties"]["nulls"]["description"]
        == 'what a write sends to clear a field; HubSpot takes ""'
    )
