"""A compiled mapping: which call is taken, what it does itself, what is left, and what can be read and written."""

from typing import Any

import pytest

from unified.errors.providers import NotSupported
from unified.errors.requests import InvalidId, UnsupportedField, UnsupportedFilter
from unified.transform.queries.query import Query
from unified.transform.queries.query_reading import query_from_object
from unified.transform.requests import first_page

RICH = """\
record: |
  {"id": id, "first_name": p.first, "last_name": p.last, "title": p.job, "updated_at": changed,
   "emails": [{"email": p.mail}], "custom_fields": $customFields(p, ["!hs_*"])}
write: |
  {"p": {"first": first_name, "mail": emails[0].email, "job": title}}
list:
  - when: updated_after or filter.title.contains
    request: POST /search
    body: |
      {"since": updated_after, "job": filter.title.contains, "fields": $reads, "order": $order.by, "down": $order.descending}
    pagination: {send: body.after, size: body.limit}
    items: data
    sort: {updated_at: changedAt}
    imprecise: [updated_after]
  - request: GET /contacts
    query: |
      {"email": filter.email, "fields": $join($reads, ","), "n": $limit}
    items: data
get: {request: "GET /contacts/{id}", query: '{"fields": $join($reads, ",")}', item: data}
create: {request: POST /contacts, body: '{"contact": $write}', item: data, required: [last_name]}
update: {request: "PATCH /contacts/{id}"}
delete: {request: "DELETE /contacts/{id}"}
custom_methods:
  archive: {request: "POST /contacts/{id}/archive", body: '{"why": reason}'}
"""
READS = "reads: {under: p, depth: 1, always: [Id]}\n"


def choice(mapping: Any, **given: Any) -> tuple[int, set[str], set[str]]:
    found = mapping.list_for(query_from_object(given, mapping.model))
    return found.index, set(found.native), set(found.remaining)


@pytest.fixture
def rich(catalog):
    return catalog(RICH, provider=READS).compiled("acme", "crm.contacts")


TAKEN = [
    ({}, (1, set(), set())),
    ({"filter": {"email": "a"}}, (1, {"filter.email"}, set())),
    ({"filter": {"last_name": "a"}}, (1, set(), {"filter.last_name"})),
    ({"filter": {"email": {"ne": "a"}}}, (1, set(), {"filter.email.ne"})),
    ({"updated_after": "2026-01-01"}, (0, {"updated_after"}, {"updated_after"})),
    ({"updated_before": "2026-01-01"}, (1, set(), {"updated_before"})),
    ({"filter": {"title": {"contains": "a"}}}, (0, {"filter.title.contains"}, set())),
    ({"updated_after": "2026-01-01", "filter": {"email": "a"}}, (0, {"updated_after"}, {"updated_after", "filter.email"})),
    ({"filter": {"email": "a", "email ": None}}, (1, {"filter.email"}, set())),
    ({"include_deleted": True}, (1, set(), set())),
]


@pytest.mark.parametrize(("given", "expected"), TAKEN)
def test_the_first_call_that_holds_is_taken(rich, given: dict, expected: tuple) -> None:
    assert choice(rich, **given) == expected


def test_two_conditions_on_one_field_are_done_as_equality_there_and_the_other_here(rich) -> None:
    both = {"filter[email]": "a@x.test", "filter[email][ne]": "b@x.test"}
    assert choice(rich, **both) == (1, {"filter.email"}, {"filter.email.ne"})
    doubled = {"filter[title]": "boss", "filter[title][contains]": "bo"}
    assert choice(rich, **doubled) == (1, set(), {"filter.title", "filter.title.contains"})


ORDERS = "Orders of crm.contacts: updated_at (with a filter or search), -updated_at (with a filter or search)"
REFUSED = [
    ({"search": "a"}, UnsupportedFilter, "crm.contacts: search cannot be applied for this account. Filters of crm.contacts: "),
    (
        {"filter": {"department": "a"}},
        UnsupportedFilter,
        "crm.contacts: filter[department] cannot be applied for this account. Filters of crm.contacts: ",
    ),
    (
        {"created_after": "2026-01-01"},
        UnsupportedFilter,
        "crm.contacts: created_after cannot be applied for this account. Filters of crm.contacts: ",
    ),
    ({"sort": "last_name"}, UnsupportedFilter, f"crm.contacts: cannot be sorted by `last_name`. {ORDERS}"),
    (
        {"sort": "updatedat"},
        UnsupportedFilter,
        f"crm.contacts: cannot be sorted by `updatedat`. Did you mean 'updated_at'? {ORDERS}",
    ),
    (
        {"sort": "updated_at"},
        UnsupportedFilter,
        "crm.contacts: can be sorted by `updated_at` only together with a filter or search that the provider applies",
    ),
    (
        {"sort": "last_name", "updated_after": "2026-01-01"},
        UnsupportedFilter,
        f"crm.contacts: cannot be sorted by `last_name`. {ORDERS}",
    ),
    (
        {"fields": "id,frist_name"},
        UnsupportedField,
        "crm.contacts has no field `frist_name`. Did you mean 'first_name'? Fields of crm.contacts: ",
    ),
    ({"fields": "__proto__"}, UnsupportedField, "crm.contacts has no field `__proto__`. Fields of crm.contacts: "),
]


@pytest.mark.parametrize(("given", "kind", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_by_name(rich, given: dict, kind: type, message: str) -> None:
    with pytest.raises(kind) as caught:
        rich.list_for(query_from_object(given, rich.model))
    found = caught.value.detail
    assert found.startswith(message) if message.endswith(": ") else found == message
    (parameter,) = given.keys() - {"updated_after"}
    assert [one.pointer.partition("[")[0] for one in caught.value.errors] == [parameter]


def test_a_refused_filter_names_everything_that_is_possible(rich) -> None:
    with pytest.raises(UnsupportedFilter) as caught:
        rich.list_for(query_from_object({"search": "a"}, rich.model))
    assert caught.value.detail.partition("Filters of crm.contacts: ")[2] == (
        "filter[email], filter[first_name], filter[id], filter[last_name], filter[name], filter[remote_id], "
        "filter[title], filter[updated_at], updated_after, updated_before"
    )


def test_offers_are_derived(rich) -> None:
    assert rich.methods == ("list", "get", "create", "update", "delete", "archive")
    assert rich.list_calls.native_filters == {"updated_after", "filter.title.contains", "filter.email"}
    assert rich.list_calls.sortable == {"updated_at"}
    assert rich.write_calls.writable("create") == rich.write_calls.writable("update") == {"first_name", "emails", "title"}
    assert rich.write_calls.writable("merge") == set()
    assert rich.write_calls.required("create") == ("last_name",)
    assert rich.write_calls.required("update") == ()
    assert {"name", "remote_id", "emails"} <= rich.filled
    assert "display_name" not in rich.filled
    with pytest.raises(NotSupported) as caught:
        rich.operation("merge")
    assert (
        caught.value.detail == "Acme does not offer merge of crm.contacts. Offered: list, get, create, update, delete, archive"
    )


def test_a_name_is_filled_only_with_both_of_its_parts(catalog) -> None:
    one = catalog('record: |\n  {"id": id, "first_name": a}\n').compiled("acme", "crm.contacts")
    assert "name" not in one.filled


PAGES = [
    ({}, "GET", "/contacts", {"fields": "Id,first,job,last,mail", "n": "50", "limit": "50"}, None),
    ({"limit": 150}, "GET", "/contacts", {"fields": "Id,first,job,last,mail", "n": "100", "limit": "100"}, None),
    ({"fields": "title"}, "GET", "/contacts", {"fields": "Id,job", "n": "50", "limit": "50"}, None),
    ({"fields": "name"}, "GET", "/contacts", {"fields": "Id,first,last", "n": "50", "limit": "50"}, None),
    ({"fields": "custom_fields.pet"}, "GET", "/contacts", {"fields": "Id,pet", "n": "50", "limit": "50"}, None),
    (
        {"fields": "title", "filter": {"last_name": "a", "email": "b"}},
        "GET",
        "/contacts",
        {"email": "b", "fields": "Id,job,last", "n": "50", "limit": "50"},
        None,
    ),
    (
        {"remote_query": {"archived": "true", "n": "9"}},
        "GET",
        "/contacts",
        {"fields": "Id,first,job,last,mail", "n": "50", "archived": "true", "limit": "50"},
        None,
    ),
    (
        {"updated_after": "2026-01-01T02:00:00+02:00", "sort": "-updated_at", "fields": "id"},
        "POST",
        "/search",
        {},
        {"since": "2026-01-01T00:00:00Z", "fields": ["Id"], "order": "changedAt", "down": True, "limit": 50},
    ),
]


@pytest.mark.parametrize(("given", "method", "path", "query", "body"), PAGES)
def test_a_common_query_becomes_the_providers_request(rich, given, method, path, query, body) -> None:
    sent = first_page(rich, query_from_object(given, rich.model), {"account": {"settings": {}}})
    assert (sent.method, sent.path, dict(sent.query)) == (method, path, query)
    assert sent.body == body if body is not None else not isinstance(sent.body, dict)


ITEM = {
    "id": 7,
    "changed": None,
    "p": {"first": "Ada", "last": "L", "job": "", "mail": "a@x.test", "hs_a": 1, "pet": "cat", "b": None},
}
NARROWED = [
    ({"fields": "title"}, {"id": "7", "title": None}),
    ({"fields": "name"}, {"id": "7", "name": "Ada L"}),
    ({"fields": "custom_fields.pet"}, {"id": "7", "custom_fields": {"pet": "cat"}}),
    ({"fields": "custom_fields"}, {"id": "7", "custom_fields": {"pet": "cat"}}),
    ({"fields": "title", "filter": {"last_name": "L"}}, {"id": "7", "title": None, "last_name": "L"}),
]


@pytest.mark.parametrize(("given", "record"), NARROWED)
def test_a_record_is_narrowed_to_what_was_asked_for_and_is_still_needed(rich, given: dict, record: dict) -> None:
    query = query_from_object(given, rich.model)
    found = rich.list_for(query)
    assert rich.shape(found.operation, query, found.remaining).record(ITEM, {}) == {**record, "is_deleted": None}


def test_a_shape_is_built_once(rich) -> None:
    operation, query = rich.operation("get"), Query(fields=("title",))
    assert rich.shape(operation, query) is rich.shape(operation, query)
    assert rich.shape(operation, query) is not rich.shape(operation, Query(fields=("name",)))


CUSTOM = [
    ("$customFields(p)", {"hs_a": 1, "pet": "cat", "x_1": 0}),
    ('$customFields(p, "hs_*")', {"hs_a": 1}),
    ('$customFields(p, ["hs_*", "x_*"])', {"hs_a": 1, "x_1": 0}),
    ('$customFields(p, ["!hs_*", "!pet"])', {"x_1": 0}),
    ('$customFields(p, ["x_*", "hs_*", "!hs_*"])', {"x_1": 0}),
    ("$customFields(missing)", {}),
    ("$customFields(id)", {}),
]


@pytest.mark.parametrize(("call", "expected"), CUSTOM)
def test_custom_fields_are_what_the_mapping_does_not_read(catalog, call: str, expected: dict) -> None:
    text = f'record: |\n  {{"id": id, "first_name": p.first, "custom_fields": {call}}}\nget: {{request: GET /c}}\n'
    body = {"id": "1", "p": {"first": "Ada", "hs_a": 1, "pet": "cat", "x_1": 0, "empty": None}}
    (record,) = catalog(text).mapping("acme", "crm.contacts").read(body, "get")
    assert record["custom_fields"] == expected


CHAIN = """\
record: |
  {"id": id, "first_name": $call}
list:
  - {name: one, request: GET /one, query: '{"mail": filter.email, "t": filter.title}', items: data}
  - {name: two, request: GET /two, query: '{"mail": filter.email}', items: data}
  - {from: [one, two]}
"""


def test_a_chain_does_itself_only_what_all_of_its_calls_do(catalog) -> None:
    mapping = catalog(CHAIN).compiled("acme", "crm.contacts")
    found = mapping.list_for(query_from_object({"filter": {"email": "a"}}, mapping.model))
    assert (found.index, found.native) == (2, {"filter.email"})
    assert [part.call.name for part in mapping.list_calls.chained(found.operation)] == ["one", "two"]
    with pytest.raises(UnsupportedFilter):
        mapping.list_for(query_from_object({"filter": {"title": "a"}}, mapping.model))


COMPOSITE = """\
record: |
  {"id": $query.ticket_id & ":" & id, "ticket_id": $query.ticket_id, "body": text}
id: "{ticket_id}:{comment_id}"
list: [{request: "GET /tickets/{ticket_id}/comments", items: data}]
get: {request: "GET /tickets/{ticket_id}/comments/{comment_id}"}
"""


def test_the_parts_of_a_composite_id_fill_the_path(catalog) -> None:
    comments = catalog(COMPOSITE, "ticketing.comments").mapping("acme", "ticketing.comments")
    assert comments.call("get", {"id": "7:8/9"}).path == "/tickets/7/comments/8%2F9"
    assert comments.call("list", {"filter": {"ticket_id": "7"}}).path == "/tickets/7/comments"
    assert comments.compiled.list_calls.native_filters == {"filter.ticket_id"}
    with pytest.raises(InvalidId) as caught:
        comments.call("get", {"id": "7"})
    assert caught.value.detail == "expected an id of the form `{ticket_id}:{comment_id}`"
    with pytest.raises(InvalidId) as caught:
        comments.call("get", {"id": "..:8"})
    assert caught.value.detail == "ticket_id: `.` and `..` cannot be ids"
