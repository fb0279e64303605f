"""`unified request` prints what would be sent, and sends nothing."""

import json

import pytest

M = "mappings/shelf/crm.contacts.yaml"
UPDATE = """\
create: {request: POST /people}
update:
  request: PATCH /people/{id}
  before: {old: {request: "GET /people/{id}"}}
  after:
    - when: $not($old.mail = emails[0].email)
      request: PUT /people/{id}/mail
      body: '{"mail": emails[0].email, "site": $account.settings.site}'
"""


@pytest.fixture
def body(tmp_path):
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"first_name": "Ada", "emails": [{"email": "a@x.org"}]}), encoding="utf-8")
    return str(path)


def test_a_query(run, folder):
    out = "GET /changed\n  query since=2026-01-01T00:00:00Z\n"
    assert run("request", "shelf", "crm.contacts", "list", "updated_after=2026-01-01", "limit=5") == (0, out, "")
    assert run("request", "shelf", "crm.contacts", "list", "--position", "p2") == (0, "GET /people\n  query after=p2\n", "")
    assert run("request", "shelf", "crm.contacts", "get", "--id", "a/b") == (0, "GET /people/a%2Fb\n", "")


def test_every_request_of_a_write(run, folder, body, tmp_path):
    folder.edit(M, "create: {request: POST /people}\n", UPDATE)
    words = ("request", "shelf", "crm.contacts", "update", "--id", "7", "--body", body, "--setting", "site=acme")
    patch = 'PATCH /people/7\n  body\n    {\n      "first": "Ada"\n    }\n'
    mail = '\nPUT /people/7/mail\n  body\n    {\n      "mail": "a@x.org",\n      "site": "acme"\n    }\n'
    first = "First, for `$old` (give its result with --before old=FILE.json):\nGET /people/7\n\n"
    assert run(*words) == (0, first + patch + mail, "")
    old = tmp_path / "old.json"
    old.write_text('{"mail": "a@x.org"}', encoding="utf-8")
    assert run(*words, "--before", f"old={old}") == (0, patch, "")


def test_conditions_that_the_provider_does_not_apply(run, folder):
    out = "GET /people\n\nTested here, on the mapped records: filter[email]\n"
    assert run("request", "shelf", "crm.contacts", "list", "filter[email]=a@x.org") == (0, out, "")


def test_calls_that_follow(run, folder):
    names = "per_page: {names: {request: GET /names}}, per_record: {more: {request: 'GET /people/{id}/more'}}"
    folder.edit(M, "  - request: GET /people\n", "  - {request: GET /people, " + names + "}\n")
    folder.edit(M, '"first_name": first,', '"first_name": $names.first, "last_name": $more.last,')
    first = "GET /people\n"
    then = "\nThen, once a page, for `$names`: GET /names\n\nThen, for each record, for `$more`: GET /people/{id}/more\n"
    assert run("request", "shelf", "crm.contacts", "list") == (0, first + then, "")
    assert run("request", "shelf", "crm.contacts", "list", "fields=emails") == (0, first, "")


WRONG = [
    (
        ("list", "filter[mail]=a"),
        1,
        "crm.contacts: filter[mail] cannot be applied for this account. Did you mean 'email'? Filters of crm.contacts: ",
    ),
    (("list", "filter"), 2, "condition: expected name=value, got 'filter'"),
    (("list", "--body", "-"), 2, "--body: list takes conditions"),
    (("create", "name=Ada", "--body", "-"), 2, "expected conditions or --body"),
    (("create", "--body", "-"), 2, "--body: expected an object with common fields in -"),
    (("merge",), 1, "Shelf does not offer merge of crm.contacts. Offered: list, get, create"),
    (("get",), 1, "id: expected text"),
]


@pytest.mark.parametrize(("words", "code", "message"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_mistakes_are_reported(run, folder, words, code, message):
    found, out, err = run("request", "shelf", "crm.contacts", *words, stdin="[]")
    assert (found, out) == (code, "")
    assert err.startswith(f"unified: {message}")
