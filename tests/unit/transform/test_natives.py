"""Where a body holds the record, and what of it the mapping sets itself: nothing of that is reached by `remote_fields`."""

from pathlib import Path

import pytest

from unified import Catalog
from unified.errors.requests import UnsupportedField
from unified.transform.prepared_write import checked_write, provider_body

PROVIDER = """\
name: shelf
title: Shelf
docs: https://shelf.example.com/docs
base_url: https://shelf.example.com
auth:
  - {type: bearer}
check: {request: GET /me}
"""
MAPPING = """\
record: |
  {"id": id, "first_name": first}
write: |
  {"first": first_name}
update:
  request: POST /graphql
  body: |
    {"query": "mutation " & $selection($reads), "variables": {"id": $query.id, "input": $write}}
"""


@pytest.fixture
def mapping(tmp_path: Path):
    (tmp_path / "providers").mkdir()
    (tmp_path / "mappings/shelf").mkdir(parents=True)
    (tmp_path / "providers/shelf.yaml").write_text(PROVIDER, encoding="utf-8")
    (tmp_path / "mappings/shelf/crm.contacts.yaml").write_text(MAPPING, encoding="utf-8")
    return Catalog.load(tmp_path).compiled("shelf", "crm.contacts")


def body_with(mapping, remote_fields):
    body = {"first_name": "Ada", "remote_fields": remote_fields}
    write = checked_write(mapping, "update", body, {"reads": ["id", "first"]}, {"id": "7"})
    return provider_body(mapping, write, write.bindings)


def test_a_field_besides_those_of_write_is_added_deep_in_the_body(mapping):
    body = body_with(mapping, {"variables": {"input": {"shelf": 3}}})
    assert body["variables"] == {"id": "7", "input": {"first": "Ada", "shelf": 3}}


@pytest.mark.parametrize(
    ("remote_fields", "message"),
    [
        ({"variables": {"input": {"first": "Bob"}}}, "`first` belongs to first_name; use first_name"),
        ({"Variables": {"Input": {"FIRST": "Bob"}}}, "`first` belongs to first_name; use first_name"),
        ({"variables": {"id": "8"}}, "`variables.id` is set by this mapping itself"),
        ({"query": "mutation { all }"}, "`query` is set by this mapping itself"),
        ({"variables": None}, "`variables` holds the whole record; expected an object with single fields"),
        ({"variables": {"input": None}}, "`variables.input` holds the whole record; expected an object with single fields"),
    ],
)
def test_what_the_mapping_sets_itself_is_not_replaced(mapping, remote_fields, message):
    with pytest.raises(UnsupportedField, match="remote_fields") as caught:
        body_with(mapping, remote_fields)
    assert [one.message for one in caught.value.errors] == [message]
