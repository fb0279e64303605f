"""What a golden case can say: answers, results of `before`, settings, every request of a write, and all that differs."""

from itertools import zip_longest

import pytest
import yaml

from unified.authoring.golden.golden import run_path
from unified.authoring.workspace import open_mapping

PROVIDER = """\
name: shelf
title: Shelf
docs: https://shelf.example.com/docs
base_url: https://{site}.example.com/api
settings:
  site: {title: Site, example: acme}
auth:
  - {type: bearer}
check: {request: GET /me}
pagination: {type: cursor, send: query.after, next: next, size: query.limit, max_size: 100}
errors: {message: error.message, code: error.code, codes: {busy: conflict}, in_success: failed}
"""

MAPPING = """\
record: |
  {"id": id, "first_name": first, "last_name": $names[id = $$.owner].name, "title": $account.settings.site,
   "department": $teams[id = $$.team].name, "emails": [{"email": mail, "type": "work"}], "custom_fields": $customFields($)}
write: |
  {"first": first_name, "title": title, "owner": $names[name = $$.last_name].id}
list:
  - when: search
    from: [all, old]
    warnings: [{code: delayed, message: Found a minute late}]
  - name: old
    request: GET /old
    before: {names: &names {request: GET /names, items: names}}
    items: people
    query: |
      {"q": search}
    warnings: [{code: incomplete, when: $not($exists(filter.email)), message: Old people are missing}]
  - name: all
    request: GET /people
    before: {names: *names}
    per_page: {teams: {request: GET /teams, items: teams}}
    items: people
get: {request: "GET /people/{id}"}
create:
  - {when: title, request: POST /people/titled, new_id: made.id}
  - request: POST /people
    before: {names: *names}
    new_id: made.id
update:
  request: PATCH /people/{id}
  headers: |
    {"If-Match": "*"}
  after:
    - {when: $exists(emails), request: "PUT /people/{id}/mail", body: '{"mail": $entry(emails, "email")}'}
    - {when: $exists(title), request: "PUT /people/{id}/title", body: '{"title": title}'}
delete: {request: "DELETE /people/{id}"}
fields:
  request: GET /fields
  items: fields
  record: |
    {"key": name, "label": title, "type": "string"}
"""

TEAMS = """\
record: |
  {"id": id, "name": name}
list: [{request: GET /users}]
get: {from: list}
"""


BALANCES = """\
record: |
  {"id": id, "employee_id": $query.filter.employee_id}
list:
  - {request: "GET /employees/{employee_id}/balances", parents: hris.employees, items: balances}
"""


def run(folder, case, model="crm.contacts"):
    """What is wrong with one case, None if it holds."""
    folder.write("providers/shelf.yaml", PROVIDER)
    folder.write("mappings/shelf/crm.contacts.yaml", MAPPING)
    folder.write("mappings/shelf/crm.users.yaml", TEAMS)
    folder.write("mappings/shelf/hris.time_off_balances.yaml", BALANCES)
    path = folder.write(
        f"mappings/shelf/{model}.test.yaml", yaml.safe_dump([{"name": "it", **case}], allow_unicode=True, sort_keys=False)
    )
    (found,) = run_path(folder.path, path)
    return found.problem


ADA = {"id": 1, "first": "Ada", "mail": "a@x.org", "shoe": 39}
NAMES = {"names": [{"id": 7, "name": "Lovelace"}]}
PAGE = {"body": {"people": [ADA, {"id": 2}], "next": "p2"}}
RECORDS = [{"id": "1", "first_name": "Ada"}, {"id": "2", "emails": []}]

HOLD = {
    "the records of an answer, of which the named keys are compared": {"list": {}, "answer": PAGE, "gives": RECORDS},
    "its next position": {"list": {}, "answer": PAGE, "next": "p2"},
    "the end": {"list": {}, "answer": {"body": {"people": [ADA]}}, "next": None},
    "the request of another page": {"list": {}, "position": "p2", "sends": {"query": {"after": "p2", "limit": "50"}}},
    "conditions that are tested here": {"list": {"filter": {"first_name": "ada"}}, "answer": PAGE, "gives": [{"id": "1"}]},
    "a list call of a chain": {"list": {"search": "x"}, "call": "old", "sends": {"path": "/old"}},
    "its first call": {"list": {"search": "x"}, "sends": {"path": "/people"}},
    "an empty list": {"list": {}, "answer": {"status": 204}, "gives": [], "next": None},
    "a record by its id": {"get": "1", "answer": {"body": ADA}, "gives": {"id": "1", "first_name": "Ada"}},
    "results of before": {
        "get": "1",
        "before": NAMES,
        "answer": {"body": {**ADA, "owner": 7}},
        "gives": {"last_name": "Lovelace"},
    },
    "the same for a record": {"record": {"id": 1, "owner": 7}, "before": NAMES, "gives": {"last_name": "Lovelace"}},
    "results of calls that follow a page": {
        "list": {},
        "before": {"teams": [{"id": 5, "name": "Sales"}]},
        "answer": {"body": {"people": [{"id": 1, "team": 5}]}},
        "gives": [{"department": "Sales"}],
    },
    "settings": {"record": ADA, "settings": {"site": "acme"}, "gives": {"title": "acme"}},
    "settings beside other parts of the account": {
        "record": ADA,
        "account": {"country": "GB", "settings": {"other": "x"}},
        "settings": {"site": "acme"},
        "gives": {"title": "acme"},
    },
    "a record that is not there": {"get": "1", "answer": {"body": None}, "error": "not_found"},
    "a refusal": {"get": "1", "answer": {"status": 404, "body": {}}, "error": "not_found", "fails": "no such record"},
    "a refusal with a code of the provider": {
        "get": "1",
        "answer": {"status": 400, "body": {"error": {"code": "busy"}}},
        "error": "conflict",
    },
    "a refusal inside a success": {"get": "1", "answer": {"body": {"failed": True}}, "error": "provider_validation"},
    "a redirect": {"get": "1", "answer": {"status": 302}, "error": "provider_error"},
    "an answer of another shape": {"list": {}, "answer": {"body": {"maintenance": True}}, "error": "provider_malformed"},
    "the id of a new record": {
        "write": {"first_name": "Ada"},
        "answer": {"status": 201, "body": {"made": {"id": 9}}},
        "created": "9",
    },
    "the record of an update": {
        "write": {"first_name": "Ada"},
        "id": "1",
        "answer": {"body": ADA},
        "gives": {"first_name": "Ada"},
    },
    "a body that needs before": {
        "write": {"last_name": "Lovelace"},
        "before": NAMES,
        "sends": {"method": "POST", "body": {"owner": 7}},
    },
    "the same without a request": {"write": {"last_name": "Lovelace"}, "before": NAMES, "gives": {"owner": 7}},
    "every request of a write, in order": {
        "write": {"first_name": "Ada", "emails": [{"email": "b@x.org"}]},
        "id": "1",
        "sends": [
            {"method": "PATCH", "path": "/people/1", "headers": {"If-Match": "*"}, "body": {"first": "Ada"}},
            {"path": "/people/1/mail", "body": {"mail": "b@x.org"}},
        ],
    },
    "the first request alone": {"write": {"first_name": "Ada", "title": "Countess"}, "id": "1", "sends": {"path": "/people/1"}},
    "a delete": {"delete": "1", "sends": {"method": "DELETE", "path": "/people/1"}},
    "a call that is chosen": {"write": {"first_name": "Ada", "title": "Countess"}, "sends": {"path": "/people/titled"}},
    "a delete that is refused": {"delete": "1", "answer": {"status": 403}, "error": "provider_forbidden"},
    "field definitions": {
        "fields": {},
        "answer": {"body": {"fields": [{"name": "shoe", "title": "Shoe size"}]}},
        "sends": {"method": "GET", "path": "/fields"},
        "gives": [{"key": "shoe", "type": "string"}],
    },
    "the warnings of a chain": {
        "list": {"search": "x"},
        "warnings": [{"code": "delayed", "message": "Found…"}, {"code": "incomplete", "message": "Old people…"}],
    },
    "the warnings that hold for a query": {
        "list": {"search": "x", "filter": {"email": "a@x.org"}},
        "warnings": [{"code": "delayed", "message": "Found a minute late"}],
    },
    "no warning of a list": {"list": {}, "warnings": [], "sends": {"path": "/people"}},
    "a part of a long text": {"record": {**ADA, "first": "Ada, by the sea\nin autumn"}, "gives": {"first_name": "Ada…sea…"}},
}


@pytest.mark.parametrize("case", HOLD.values(), ids=HOLD)
def test_a_case_can_say(folder, case):
    assert run(folder, case) is None


DIFFER = {
    "everything that differs, in full": (
        {"record": {**ADA, "first": "A" * 1000}, "gives": {"id": "2", "first_name": "Eve", "emails": []}},
        [
            'at /id: expected "2", got "1"',
            f'at /first_name: expected "Eve", got "{"A" * 1000}"',
            'at /emails/0: expected nothing, got {"email":"a@x.org","type":"work","is_primary":null}',
        ],
    ),
    "records of a page": (
        {"list": {}, "answer": PAGE, "gives": [{"id": "1", "first_name": "Eve"}], "next": "p3"},
        [
            'at /0/first_name: expected "Eve", got "Ada"',
            "at /1: expected nothing, got {…",
            'at next: expected "p3", got "p2"',
        ],
    ),
    "parts of a request": (
        {"list": {}, "sends": {"method": "POST", "path": "/old", "query": {"limit": "5", "q": "x"}}},
        [
            'at method: expected "POST", got "GET"',
            'at path: expected "/old", got "/people"',
            'at query/limit: expected "5", got "50"',
            'at query/q: expected "x", got nothing',
        ],
    ),
    "one of several requests": (
        {
            "write": {"first_name": "Ada", "title": "Countess"},
            "id": "1",
            "sends": [{"path": "/people/1"}, {"path": "/people/1/titles"}],
        },
        ['at sends/1/path: expected "/people/1/titles", got "/people/1/title"'],
    ),
    "too few requests": (
        {"write": {"title": "Countess"}, "id": "1", "sends": [{"path": "/people/1"}]},
        ["at sends/1: expected nothing, got {…"],
    ),
    "another refusal": (
        {"get": "1", "answer": {"status": 404}, "error": "conflict"},
        ["expected a failure with the code conflict, got: not_found: Shelf has no such record"],
    ),
    "a refusal that nobody expects": (
        {"write": {"first_nam": "Ada"}, "gives": {}},
        [
            "failed: crm.contacts: `first_nam` cannot be written for this account. Did you mean 'first_name'? Writable: first_name, last_name, title /first_nam: cannot be written here."
        ],
    ),
    "no refusal": (
        {"get": "1", "answer": {"body": ADA}, "error": "conflict", "fails": "state"},
        ["expected a failure with the code conflict and `state`, but it did not fail"],
    ),
    "a warning of a list that nobody expects": (
        {"list": {"search": "x", "filter": {"email": "a@x.org"}}, "warnings": []},
        ['at warnings/0: expected nothing, got {"code":"delayed","message":"Found a minute late"}'],
    ),
    "a text without the part": ({"record": ADA, "gives": {"first_name": "…b…"}}, ['at /first_name: expected "…b…", got "Ada"']),
}


@pytest.mark.parametrize(("case", "lines"), DIFFER.values(), ids=DIFFER)
def test_every_difference_is_a_line(folder, case, lines):
    found = run(folder, case).split("\n")
    assert [one if _cut(one, line) != line else line for one, line in zip_longest(found, lines, fillvalue="")] == lines


def _cut(found, line):
    """A line of the table that ends with `{…` says only how it begins."""
    return line if line.endswith("{…") and found.startswith(line[:-1]) else found


def test_a_record_that_the_list_is_searched_for(folder):
    page = {"body": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Mary"}]}
    assert run(folder, {"get": "2", "answer": page, "gives": {"name": "Mary"}}, "crm.users") is None
    assert run(folder, {"get": "3", "answer": page, "error": "not_found"}, "crm.users") is None
    assert run(folder, {"get": "3", "sends": {"path": "/users"}}, "crm.users") is None


def test_a_body_is_read_by_the_call_that_is_chosen(folder):
    text = TEAMS.replace(
        "get: {from: list}", "get:\n  - {when: id = 'me', request: GET /me, item: user}\n  - {request: 'GET /users/{id}'}"
    )
    folder.write("providers/shelf.yaml", PROVIDER)
    folder.write("mappings/shelf/crm.users.yaml", text)
    mapping = open_mapping(folder.path, "shelf", "crm.users")
    body = {"id": 2, "user": {"id": 1}}
    assert [one["id"] for one in mapping.read(body, "get", query={"id": "me"})] == ["1"]
    assert [one["id"] for one in mapping.read(body, "get")] == ["2"]


def test_the_children_of_one_parent(folder):
    page = {"body": {"balances": [{"id": 4}]}}
    case = {
        "list": {},
        "parent": "7",
        "answer": page,
        "gives": [{"id": "4", "employee_id": "7"}],
        "sends": {"path": "/employees/7/balances"},
    }
    assert run(folder, case, "hris.time_off_balances") is None
    assert run(folder, {"list": {}, "sends": {"path": "/x"}}, "hris.time_off_balances") == (
        "failed: the list is made for each of hris.employees: give the id of one as its parent"
    )


REFUSED = {
    "a key of another input": (
        {"record": ADA, "sends": {"path": "/x"}},
        "`sends` has no effect in a case of `record`. Known there: account, before, call, ",
    ),
    "no answer": (
        {"list": {}, "gives": []},
        "`gives` needs `answer`: without what the provider answers, a list results in nothing",
    ),
    "nothing": ({"gives": {}}, "expected exactly one of record, write, list, get, delete, fields, got none of them"),
    "no expectation": ({"get": "1"}, "expected `gives`, `sends` or `fails`: a case without them cannot fail"),
    "a part that no request has": (
        {"get": "1", "sends": {"url": "/x"}},
        "unknown key `url`. Known keys: body, headers, method, path, query",
    ),
    "a part that no answer has": (
        {"get": "1", "answer": {"code": 1}, "gives": {}},
        "unknown key `code`. Known keys: body, headers, status",
    ),
}


@pytest.mark.parametrize(("case", "message"), REFUSED.values(), ids=REFUSED)
def test_a_key_without_effect_is_refused(folder, case, message):
    assert message in run(folder, case)
