"""The embedding API: bodies in, records out; queries in, calls out; what is covered, derived."""

from typing import Any

import pytest

from unified.errors.configuration import CatalogError
from unified.errors.providers import MappingFailed, ProviderMalformed
from unified.errors.requests import InvalidId, UnsupportedField, ValidationFailed

TEXT = """\
record: |
  {"id": id, "first_name": p.first, "emails": [{"email": p.mail}], "account_id": $query.account}
write: |
  {"p": {"first": first_name, "mail": emails[0].email, "job": title}}
list:
  - when: updated_after
    request: POST /search
    body: |
      {"since": updated_after}
    items: hits.objects
  - request: GET /contacts
    query: |
      {"a": filter.id.in, "b": filter.email, "c": null}
    headers: |
      {"X-Region": $account.settings.region}
    items: data
    sort: {updated_at: changed}
get: {request: "GET /contacts/{id}", item: contact}
create: {request: POST /contacts, body: '{"contact": $write}', item: contact}
update: {request: "PATCH /contacts/{id}"}
delete: {request: "DELETE /contacts/{id}"}
custom_methods:
  archive: {request: "POST /contacts/{id}/archive", body: '{"why": reason}'}
"""
ADA = {"id": 18446744073709551617, "p": {"first": "Ada", "mail": "a@x.test"}}
WHERE = "mappings/acme/crm.contacts.yaml"


@pytest.fixture
def contacts(catalog):
    return catalog(TEXT).mapping("acme", "crm.contacts")


BODIES = [
    ("list", {"data": [ADA, ADA]}, 2),
    ("list", {"data": []}, 0),
    ("list", {"data": ADA}, 1),
    ("list", {"hits": {"objects": [ADA]}}, 1),
    ("search", {"hits": {"objects": [ADA]}}, 1),
    ("batch", {"data": [ADA]}, 1),
    ("list", [ADA, ADA], 2),
    ("list", [], 0),
    ("get", {"contact": ADA}, 1),
    ("get", ADA, 1),
    ("create", {"contact": ADA}, 1),
    ("update", ADA, 1),
    ("record", ADA, 1),
]


@pytest.mark.parametrize(("operation", "body", "count"), BODIES)
def test_a_body_is_mapped_wherever_its_records_stand(contacts, operation: str, body: Any, count: int) -> None:
    records = contacts.read(body, operation)
    assert [(one["id"], one["first_name"], one["emails"][0]["email"]) for one in records] == [
        ("18446744073709551617", "Ada", "a@x.test")
    ] * count


def test_what_only_the_request_knows_is_given_by_the_caller(contacts) -> None:
    assert contacts.read(ADA, "record")[0]["account_id"] is None
    assert contacts.read(ADA, "record", query={"account": "9"})[0]["account_id"] == "9"


PLACES = [
    ("list", {"other": []}, f"{WHERE}:11: expected a list of records at data, hits.objects"),
    ("list", None, f"{WHERE}:11: expected a list of records at data, hits.objects"),
    ("list", "text", f"{WHERE}:11: expected a list of records at data, hits.objects"),
    ("get", [ADA], f"{WHERE}:18: expected one object"),
    ("get", None, f"{WHERE}:18: expected one object"),
]


@pytest.mark.parametrize(("operation", "body", "message"), PLACES)
def test_records_that_are_not_where_the_mapping_says_are_missed(contacts, operation: str, body: Any, message: str) -> None:
    with pytest.raises(ProviderMalformed) as caught:
        contacts.read(body, operation)
    assert caught.value.detail == message


def test_a_value_that_does_not_fit_is_named_without_itself(contacts) -> None:
    with pytest.raises(MappingFailed) as caught:
        contacts.read({"data": [{"id": {"planted": 1}}]})
    assert caught.value.detail.startswith("crm.contacts /id: expected ")
    assert "planted" not in caught.value.detail


def test_an_expression_that_fails_is_named_by_its_place(catalog) -> None:
    text = 'record: |\n  {"id": id, "first_name": $number(name)}\nget: {request: GET /c}\n'
    with pytest.raises(MappingFailed) as caught:
        catalog(text).mapping("acme", "crm.contacts").read({"id": 1, "name": "planted"}, "get")
    assert caught.value.detail == f"{WHERE}:1: `record` failed: D3030 at 1:26: a value cannot be read as a number"


CALLS = [
    ("list", {}, ("GET", "/contacts", {"limit": "50"}, {"X-Region": "eu"}, None)),
    ("list", {"filter": {"id": {"in": ["1", "2"]}}}, ("GET", "/contacts", {"a": ["1", "2"], "limit": "50"}, {"X-Region": "eu"}, None)),
    ("list", {"filter": {"email": "a@x.test"}, "limit": 7}, ("GET", "/contacts", {"b": "a@x.test", "limit": "7"}, {"X-Region": "eu"}, None)),
    ("list", {"updated_after": "2026-01-01"}, ("POST", "/search", {"limit": "50"}, {}, {"since": "2026-01-01T00:00:00Z"})),
    ("get", {"id": "a/b"}, ("GET", "/contacts/a%2Fb", {}, {}, None)),
    ("create", {"first_name": "Ada"}, ("POST", "/contacts", {}, {}, {"contact": {"p": {"first": "Ada"}}})),
    ("update", {"id": "7", "first_name": None}, ("PATCH", "/contacts/7", {}, {}, {"p": {"first": None}})),
    ("update", {"id": "7", "remote_fields": {"p": {"x": 1}, "y": 2}, "title": "b"}, ("PATCH", "/contacts/7", {}, {}, {"p": {"job": "b", "x": 1}, "y": 2})),
    ("delete", {"id": "7"}, ("DELETE", "/contacts/7", {}, {}, None)),
    ("archive", {"id": "7", "reason": "gone"}, ("POST", "/contacts/7/archive", {}, {}, {"why": "gone"})),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "given", "expected"), CALLS)
def test_a_common_call_becomes_the_providers(contacts, operation: str, given: dict, expected: tuple) -> None:
    call = contacts.call(operation, given, account={"settings": {"region": "eu"}})
    assert (call.method, call.path, call.query, call.headers, call.body) == expected


def test_a_call_without_its_id_is_refused(contacts) -> None:
    with pytest.raises(InvalidId, match=r"^id: expected text$"):
        contacts.call("get", {})
    with pytest.raises(ValidationFailed, match=r"^`id` is required for this call$"):
        contacts.call("update", {"title": "x"})
    with pytest.raises(InvalidId, match=r"cannot be ids$"):
        contacts.call("delete", {"id": ".."})


def test_an_order_that_cannot_be_sent_is_refused(contacts) -> None:
    assert contacts.call("list", {"sort": "updated_at"}).path == "/contacts"


NULLS = [
    ("", {"p": {"first": None, "mail": None}}),
    ('nulls: ""\n', {"p": {"first": "", "mail": ""}}),
]


@pytest.mark.parametrize(("provider", "sent"), NULLS)
def test_null_clears_as_the_provider_wants_it(catalog, provider: str, sent: dict) -> None:
    text = 'record: \'{"id": id}\'\nwrite: |\n  {"p": {"first": first_name, "mail": emails[0].email, "job": title}}\nupdate: {request: "PATCH /c/{id}"}\n'
    contacts = catalog(text, provider=provider).mapping("acme", "crm.contacts")
    assert contacts.write({"first_name": None, "emails": [{"email": None}]}, "update") == sent


WRITES = [
    ({}, {"contact": {"p": {}}}),
    ({"first_name": "A", "emails": [{"email": "a"}, {"email": "b"}]}, {"contact": {"p": {"first": "A", "mail": "a"}}}),
    (
        {"remote_fields": {"contact": {"p": {"pet": "R"}}, "z": [1]}, "first_name": "A"},
        {"contact": {"p": {"first": "A", "pet": "R"}}, "z": [1]},
    ),
]


@pytest.mark.parametrize(("body", "sent"), WRITES)
def test_a_body_is_written_and_wrapped_under_what_the_caller_adds(contacts, body: dict, sent: Any) -> None:
    assert contacts.write(body) == sent


TAKEN = [
    ({"contact": {"p": {"first": "R"}}}, "/contact/p/first", "`p.first` belongs to first_name; use first_name"),
    ({"contact": {"p": {"JOB": "R"}}}, "/contact/p/JOB", "`p.job` belongs to title; use title"),
    ({"p": {"mail": {"a": 1}}}, "/p/mail/a", "`p.mail` belongs to emails; use emails"),
    ({"p": []}, "/p", "`p.first` belongs to first_name; use first_name"),
    ({"contact": None}, "/contact", "`contact` holds the whole record; expected an object with single fields"),
]


@pytest.mark.parametrize(("given", "pointer", "message"), TAKEN)
def test_what_a_caller_adds_is_nothing_that_a_field_has(contacts, given: dict, pointer: str, message: str) -> None:
    for operation in ("create", "update"):
        if (operation, pointer) == ("update", "/contact"):
            continue
        with pytest.raises(UnsupportedField) as caught:
            contacts.write({"remote_fields": given, "first_name": "A"}, operation)
        assert caught.value.detail == f"crm.contacts: remote_fields: {message}"
        assert [(one.pointer, one.code) for one in caught.value.errors] == [(f"/remote_fields{pointer}", "unsupported_field")]


def test_a_call_without_a_body_writes_none(contacts) -> None:
    assert contacts.write({}, "delete") is None
    assert contacts.write({"remote_fields": {"a": 1}}, "delete") == {"a": 1}


def test_a_field_that_cannot_be_written_is_refused_by_name(contacts) -> None:
    with pytest.raises(UnsupportedField) as caught:
        contacts.write({"first_name": "A", "last_name": "B", "department": "C"})
    assert caught.value.detail == (
        "crm.contacts: `department`, `last_name` cannot be written for this account. Writable: emails, first_name, title"
    )
    assert [one.pointer for one in caught.value.errors] == ["/department", "/last_name"]


def test_coverage_is_derived(contacts) -> None:
    covered = contacts.coverage()
    assert covered["first_name"] == {
        "field": "first_name",
        "read": True,
        "created": True,
        "updated": True,
        "filtered": (),
        "sorted": False,
        "paths": ("p.first",),
        "sensitivity": "personal",
    }
    assert (covered["id"]["filtered"], covered["id"]["created"]) == (("in",), False)
    assert (covered["updated_at"]["filtered"], covered["updated_at"]["sorted"]) == (("updated_after",), True)
    assert (covered["department"]["read"], covered["department"]["paths"]) == (False, ())
    assert (covered["title"]["read"], covered["title"]["created"]) == (False, True)


UNKNOWN = [
    ("acm", "crm.contacts", "unknown provider 'acm'. Did you mean 'acme'? Known: acme"),
    ("acme", "crm.leads", "no mapping of crm.leads for acme. Known: crm.contacts"),
    ("acme", "crm.contact", "unknown common model 'crm.contact'. Did you mean 'crm.contacts'? Known models: "),
]


@pytest.mark.parametrize(("provider", "model", "message"), UNKNOWN)
def test_an_unknown_name_is_a_key_error_that_names_the_known_ones(catalog, provider: str, model: str, message: str) -> None:
    loaded = catalog(TEXT)
    with pytest.raises(KeyError) as caught:
        loaded.mapping(provider, model)
    assert isinstance(caught.value, CatalogError)
    assert str(caught.value).startswith(message)


def test_loaded_providers_are_listed(catalog) -> None:
    loaded = catalog(TEXT)
    assert loaded.providers() == ("acme",)
    assert loaded.mappings() == (("acme", "crm.contacts"),)
    assert [one.model.id for one in loaded.offered("acme")] == ["crm.contacts"]
    assert loaded.offered("other") == ()
    assert {"crm.contacts", "hris.employees", "ticketing.tickets"} <= set(loaded.models())
    assert loaded.provider("acme").title == "Acme"
