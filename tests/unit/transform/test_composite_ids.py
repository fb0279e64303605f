"""Composite ids in a mapping: built by `$id`, and refused when a part is missing."""

import pytest

from unified.errors.configuration import CatalogError
from unified.errors.providers import MappingFailed

MAPPING = """\
id: "{ticket_id}:{comment_id}"
record: |
  {"id": $id(ticket, id), "ticket_id": ticket, "body": text}
list:
  - request: GET /tickets/{ticket_id}/comments
get: {request: "GET /tickets/{ticket_id}/comments/{comment_id}"}
"""


def test_an_id_is_built_of_texts_and_numbers(catalog):
    mapping = catalog(MAPPING, "ticketing.comments").mapping("acme", "ticketing.comments")
    assert mapping.read({"ticket": 7, "id": "a:b"}, "record")[0]["id"] == "7:a%3Ab"
    assert mapping.call("get", {"id": "7:a%3Ab"}).path == "/tickets/7/comments/a%3Ab"


@pytest.mark.parametrize("item", [{"ticket": 7}, {"ticket": None, "id": 1}, {"ticket": "", "id": 1}])
def test_a_record_with_a_missing_part_has_no_id(catalog, item):
    mapping = catalog(MAPPING, "ticketing.comments").mapping("acme", "ticketing.comments")
    with pytest.raises(MappingFailed, match=r"ticketing\.comments /id"):
        mapping.read(item, "record")


def test_id_is_unknown_where_the_id_is_not_composite(catalog):
    with pytest.raises(CatalogError, match=r"unknown function \$id"):
        catalog(MAPPING.replace('id: "{ticket_id}:{comment_id}"\n', "").replace("{comment_id}", "{id}"), "ticketing.comments")
