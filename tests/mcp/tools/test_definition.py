"""One definition in full: what each method becomes, what a custom method needs, what a digest is of."""

import gc
import weakref

import msgspec
import pytest

from tests.mcp.tools.samples import RICH
from unified.errors.configuration import CatalogError
from unified.transform.tools import blocked_by, define, documented, reviewed_digest
from unified.transform.tools.definition import MAX_CACHED, _cache

LIST_TEXT = "List contacts in Acme, one page at a time. Contact: a person in the CRM. "


def test_a_list(rich):
    made = define(rich, "list")
    assert (made.name, made.method, made.method_class, made.model, made.tags) == (
        "list_crm_contacts",
        "list",
        "read",
        "crm.contacts",
        ("crm",),
    )
    assert made.description == LIST_TEXT + "People who can log in. filter.title.contains looks inside."
    assert made.annotations == {
        "title": "List contacts (Acme)",
        "readOnlyHint": True,
        "destructiveHint": False,
        "idempotentHint": True,
        "openWorldHint": True,
    }
    properties = made.input_schema["properties"]
    assert list(properties) == [
        "limit",
        "cursor",
        "updated_after",
        "updated_before",
        "filter",
        "search",
        "sort",
        "fields",
        "include_deleted",
    ]
    assert properties["limit"]["maximum"] == 200
    assert properties["sort"] == {
        "type": "string",
        "enum": ["title", "-title"],
        "description": "title: only with a filter or search.",
    }
    assert list(properties["filter"]["properties"]) == ["id", "first_name", "title", "email", "lifecycle_stage"]
    assert properties["filter"]["properties"]["email"] == {"type": "string", "description": "Compared with emails."}
    assert properties["filter"]["properties"]["title"] == {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"contains": {"type": "string"}},
                "minProperties": 1,
                "additionalProperties": False,
            },
        ]
    }
    assert properties["filter"]["properties"]["lifecycle_stage"]["enum"][:2] == ["subscriber", "lead"]


def test_an_order_in_one_direction_is_offered_in_that_direction(catalog):
    after = catalog(RICH.replace("sort: {title: name}", "sort: {title: {by: name, only: descending}}"))
    sort = define(after.compiled("acme", "crm.contacts"), "list").input_schema["properties"]["sort"]
    assert sort["enum"] == ["-title"]


def test_times_that_neither_the_provider_nor_the_records_tell_are_left_out(rich):
    assert "created_after" not in define(rich, "list").input_schema["properties"]
    assert "updated_before" in define(rich, "list").input_schema["properties"]


def test_writes(rich):
    create, update = define(rich, "create"), define(rich, "update")
    assert create.input_schema["required"] == ["first_name"]
    assert create.input_schema["properties"]["title"] == {"type": "string", "description": "Job title."}
    assert create.input_schema["properties"]["emails"]["maxItems"] == 1
    assert update.input_schema["required"] == ["id"]
    assert update.input_schema["properties"]["title"] == {"type": ["string", "null"], "description": "Job title."}
    assert update.input_schema["properties"]["first_name"] == {"type": "string", "description": "Given name."}
    assert update.input_schema["properties"]["lifecycle_stage"]["enum"][-1] is None
    assert "remote_fields" not in create.input_schema["properties"]
    assert create.annotations["destructiveHint"] is False
    assert update.annotations == {
        "title": "Update contact (Acme)",
        "readOnlyHint": False,
        "destructiveHint": True,
        "idempotentHint": False,
        "openWorldHint": True,
    }


def test_a_delete_answers_what_is_gone(rich):
    made = define(rich, "delete")
    assert made.input_schema["properties"].keys() == {"id"}
    assert made.output_schema["properties"]["data"]["required"] == ["id", "deleted"]
    assert "required" not in made.output_schema
    assert made.annotations["destructiveHint"]
    assert made.annotations["idempotentHint"]


def test_answers_of_reads_have_the_whole_envelope(rich):
    made = define(rich, "list").output_schema
    assert made["required"] == ["source", "untrusted", "data", "next_cursor", "truncated", "cleaned", "warnings"]
    assert made["properties"]["untrusted"]["const"] is True
    record = made["properties"]["data"]["items"]
    assert record["required"] == ["id"]
    assert record["properties"]["title"] == {"type": ["string", "null"]}
    assert "remote_data" not in record["properties"]


def test_a_custom_method_is_described_by_its_mapping_only(rich):
    made = define(rich, "merge")
    assert made.name == "merge_crm_contact"
    assert made.method_class == "custom"
    assert made.description == "Acme: Merges a person into the one of another account."
    assert list(made.input_schema["properties"]) == ["id", "account_id", "reason"]
    assert made.annotations["destructiveHint"]
    assert not made.annotations["idempotentHint"]


@pytest.mark.parametrize("method", ["lock", "destroy"])
def test_undescribed_operations_are_not_defined(rich, method):
    assert not documented(rich, method)
    with pytest.raises(CatalogError) as caught:
        define(rich, method)
    expected = "expected a method of the mapping, with a text under `describe`"
    assert str(caught.value) == f"{method} of crm.contacts for acme has no description: {expected}"


def test_hidden_fields_are_not_arguments(rich):
    hidden = frozenset({"emails", "title", "updated_at"})
    listed = define(rich, "list", hidden=hidden).input_schema["properties"]
    assert list(listed) == ["limit", "cursor", "filter", "fields", "include_deleted"]
    assert list(listed["filter"]["properties"]) == ["id", "first_name", "lifecycle_stage"]
    assert "emails" not in define(rich, "create", hidden=hidden).input_schema["properties"]
    assert "title" not in define(rich, "get", hidden=hidden).output_schema["properties"]["data"]["properties"]


def test_a_search_could_tell_of_anything_hidden(rich):
    assert "search" in define(rich, "list").input_schema["properties"]
    assert "search" not in define(rich, "list", hidden=frozenset({"birth_date"})).input_schema["properties"]


def test_a_tool_that_needs_a_hidden_field_is_reported(rich):
    assert blocked_by(rich, "create", frozenset({"first_name", "title"})) == ("first_name",)
    assert blocked_by(rich, "update", frozenset({"first_name", "title"})) == ()


def test_conditions_in_a_path_are_required(catalog):
    text = 'record: \'{"id": id}\'\nlist: [{request: "GET /t/{ticket_id}/c"}]\n'
    mapping = catalog(text, model="ticketing.comments").compiled("acme", "ticketing.comments")
    schema = define(mapping, "list").input_schema
    assert schema["required"] == ["filter"]
    assert schema["properties"]["filter"]["required"] == ["ticket_id"]
    assert blocked_by(mapping, "list", frozenset({"ticket_id"})) == ("ticket_id",)


def test_no_read_can_change_something_and_still_be_called_a_read(catalog):
    with pytest.raises(CatalogError, match="`PUT` in a call of `get`: expected GET, or POST for a search: it only reads"):
        catalog('record: \'{"id": id}\'\nget: {request: "PUT /people/{id}"}\n')


def test_a_condition_with_a_strange_name_belongs_to_no_field(catalog):
    text = 'record: \'{"id": id}\'\nlist: [{request: GET /p, query: \'{"a": filter.`call me now`, "b": filter.email}\'}]\n'
    mapping = catalog(text).compiled("acme", "crm.contacts")
    assert list(define(mapping, "list").input_schema["properties"]["filter"]["properties"]) == ["id", "email"]


# digests


def test_a_digest_is_of_what_is_read_and_not_of_what_is_hidden(catalog, rich):
    assert reviewed_digest(rich, "list") == define(rich, "list", hidden=frozenset({"title"})).digest
    again = catalog(RICH).compiled("acme", "crm.contacts")
    assert [define(again, one).digest for one in ("list", "create")] == [define(rich, one).digest for one in ("list", "create")]


CHANGES = [
    ("the describe text", "who can log in", "who may log in", "list"),
    ("a field that is written", '"title": title, "stage"', '"stage"', "create"),
    ("what is demanded", "[first_name]", "[first_name, title]", "create"),
    ("a condition", '"q": search', '"q": search, "mail": filter.email.in', "list"),
    ("one at most", "at_most_one: [emails]\n", "", "update"),
    ("the order", "sort: {title: name}", "sort: {first_name: name}", "list"),
    ("a tag", "get: {", "tags: [more]\nget: {", "get"),
    ("the words of a custom method", '"why": reason', '"why": note', "merge"),
]


@pytest.mark.parametrize(("old", "new", "method"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_digest_changes_with(catalog, rich, old, new, method):
    before = reviewed_digest(rich, method)
    assert RICH.count(old) == 1
    after = catalog(RICH.replace(old, new)).compiled("acme", "crm.contacts")
    assert reviewed_digest(after, method) != before


def test_how_the_provider_is_called_does_not_change_a_digest(catalog, rich):
    after = catalog(RICH.replace("GET /search", "GET /find")).compiled("acme", "crm.contacts")
    assert reviewed_digest(after, "list") == reviewed_digest(rich, "list")


# keeping


def test_definitions_are_made_once(rich):
    hidden = frozenset({"title"})
    assert define(rich, "list", hidden=hidden) is define(rich, "list", hidden=frozenset({"title"}))


@pytest.mark.slow
def test_what_is_kept_is_bounded_and_goes_with_its_mapping(catalog):
    mapping = catalog(RICH).compiled("acme", "crm.contacts")
    for number in range(MAX_CACHED + 10):
        define(mapping, "get", hidden=frozenset({f"field_{number}"}))
    late = frozenset({"late"})
    assert define(mapping, "get", hidden=late) is define(mapping, "get", hidden=late)
    assert len(_cache.of(mapping)) == MAX_CACHED
    gone = weakref.ref(mapping)
    del mapping
    gc.collect()
    assert gone() is None


def test_a_definition_is_json(rich):
    made = define(rich, "list")
    assert msgspec.json.decode(msgspec.json.encode(made))["input_schema"] == made.input_schema
