"""Faults that loading accepts and serving would not notice, planted one by one in a copy of a mapping: lint names them all."""

import pytest

from unified.authoring.lint.lint import lint

M, T = "mappings/shelf/ticketing.tickets.yaml", "mappings/shelf/ticketing.tickets.test.yaml"

ORDER = "M083"
"""The mapping is in an order of its own, which is no fault of what it does."""
UNSEEN = "M095"
"""Its few golden cases do not show all fields that it reads."""

MAPPING = """\
record: |
  {"id": id, "name": title, "status": $toCommon("status", state, "other"), "remote_status": state,
   "assignee_ids": assignee.id, "creator_id": author.id, "priority": $names[id = $$.urgency].word,
   "remote_priority": urgency, "web_url": "https://" & $account.settings.site & "/" & id, "parent_id": $query.filter.parent_id,
   "attachments": files.{"id": id, "ticket_id": $$.id, "file_name": name}, "custom_fields": $customFields($)}
write: |
  $merge([
    {"title": name, "urgency": $names[word = $$.priority].id},
    {"state": $toNative("status", status)},
    $exists(assignee_ids) ? {"assignee": {"id": assignee_ids[0]}},
    custom_fields
  ])
enums: {status: {open: new, closed: done}}
custom_field_pattern: "x_[a-z]+"
at_most_one: [assignee_ids]
list:
  - when: include_deleted
    from: [live, gone]
  - name: gone
    request: GET /gone
    before: {names: &names {request: GET /names, items: names}}
    items: tickets
  - when: search or filter.status
    request: GET /search
    before: {names: *names}
    query: |
      {"q": search, "state": filter.status, "order": $order.by, "fields": $join($reads, ","), "total": $limit}
    items: tickets
    sort: {updated_at: changed}
  - name: live
    request: GET /tickets
    before: {names: *names}
    query: |
      {"parent": filter.parent_id, "big": filter.priority.in}
    items: tickets
get:
  request: GET /tickets/{id}
  before: {names: *names}
  query: '{"fields": $join($reads, ",")}'
create:
  request: POST /tickets
  before: {names: *names}
  body: '{"ticket": $write}'
  new_id: $headers.location
  read_back: true
  required: [name]
update:
  request: PATCH /tickets/{id}
  before: {names: *names}
  body: '{"ticket": $write}'
  read_back: true
  after:
    - {when: $exists(tags), request: "PUT /tickets/{id}/tags", body: '{"tags": tags}'}
delete: {request: "DELETE /tickets/{id}"}
custom_methods:
  close: {request: "POST /tickets/{id}/close"}
describe: {close: Close a ticket.}
fields:
  request: GET /fields
  items: fields
  record: |
    {"key": name, "type": "string"}
"""

CASES = """\
- name: a ticket
  record: {id: 1, title: Squeaky, state: new, urgency: 3, x_colour: red}
  before: {names: [{id: 3, word: high}]}
  settings: {site: acme}
  gives: {id: "1", status: open, priority: high, web_url: https://acme/1, custom_fields: {x_colour: red}}
- name: a search
  list: {search: squeaky, fields: id, limit: 3}
  sends: {path: /search, query: {q: squeaky, fields: id, total: "3"}}
- name: a page
  list: {}
  answer: {body: {tickets: [{id: 1}]}}
  gives: [{id: "1"}]
- {name: get, get: "1", sends: {path: /tickets/1}}
- name: create
  write: {name: Squeaky}
  answer: {status: 201, headers: {Location: "7"}}
  sends: {body: {ticket: {title: Squeaky}}}
  created: "7"
- name: update
  write: {tags: [door], name: New}
  id: "1"
  sends: [{path: /tickets/1}, {path: /tickets/1/tags}]
- {name: delete, delete: "1", sends: {path: /tickets/1}}
- {name: fields, fields: {}, sends: {path: /fields}}
- name: close
  write: {}
  operation: close
  id: "1"
  sends: {path: /tickets/1/close}
"""

WRITE = '{"title": name, "urgency"'
PLANTED = [
    (
        "one call under two names",
        M,
        "get:\n  request: GET /tickets/{id}\n  before: {names: *names}",
        "get:\n  request: GET /tickets/{id}\n  before: {names: *names, also: *names}",
        "M094",
    ),
    ("a `when` that no get looks at", M, "get:\n", "get:\n  when: filter.status\n", "M060"),
    ("a `when` that no create looks at", M, "create:\n", "create:\n  when: name\n", "M060"),
    ("items of a get", M, "get:\n", "get:\n  items: tickets\n", "M060"),
    ("an item of a list", M, "    request: GET /gone\n", "    request: GET /gone\n    item: ticket\n", "M060"),
    ("an order of a get", M, "get:\n", "get:\n  sort: {updated_at: changed}\n", "M060"),
    ("pages of a get", M, "get:\n", "get:\n  pagination: {type: none}\n", "M060"),
    ("required fields of an update", M, "update:\n", "update:\n  required: [name]\n", "M060"),
    ("the id of a record that is not new", M, "update:\n", "update:\n  new_id: id\n", "M060"),
    ("a record of a delete", M, '{request: "DELETE /tickets/{id}"}', '{request: "DELETE /tickets/{id}", record: "{}"}', "M060"),
    ("a new id of a custom method", M, '/close"}', '/close", new_id: id}', "M060"),
    ("calls after a list", M, "    request: GET /gone\n", "    request: GET /gone\n    after: [{request: GET /x}]\n", "M060"),
    ("items of a chain", M, "    from: [live, gone]\n", "    from: [live, gone]\n    items: tickets\n", "M060"),
    ("an order over a chain", M, "    from: [live, gone]\n", "    from: [live, gone]\n    sort: {name: title}\n", "M061"),
    ("no id of the record to get", M, "  new_id: $headers.location\n", "", "M061"),
    ("a misspelt filter in a query", M, "filter.parent_id, ", "filter.parent, ", "M062"),
    ("a misspelt filter in `when`", M, "search or filter.status\n", "search or filter.state\n", "M062"),
    ("an unknown operator", M, "filter.priority.in", "filter.priority.any", "M062"),
    ("an id in `write`", M, WRITE, '{"id": id, "title": name, "urgency"', "M063"),
    ("an id in the body of a later call", M, '{"tags": tags}', '{"tags": tags, "ticket": id}', "M063"),
    ("an account that chooses a list", M, "when: search or filter.status", "when: $account.settings.site", "M064"),
    ("a page size of a create", M, "create:\n", "create:\n  query: '{\"size\": $limit}'\n", "M064"),
    ("a page size of a get", M, '\'{"fields": $join($reads, ",")}\'', '\'{"fields": $reads, "n": $limit}\'', "M064"),
    ("an order of a delete", M, '{request: "DELETE', '{query: "{\\"o\\": $order.by}", request: "DELETE', "M064"),
    ("an order that is not offered", M, "    sort: {updated_at: changed}\n", "", "M065"),
    ("an order that is not sent", M, '"order": $order.by, ', "", "M037"),
    ("a misspelt setting", M, "$account.settings.site", "$account.settings.sites", "M066"),
    ("a misspelt part of the account", M, "$account.settings.site", "$account.setting.site", "M066"),
    ("a header in capitals", M, "$headers.location", "$headers.Location", "M067"),
    ("a list call that no chain names", M, "from: [live, gone]", "from: [live]", "M068"),
    ("two list calls of one name", M, "  - when: search", "  - name: live\n    when: search", "M068"),
    ("one entry of what is no list", M, "at_most_one: [assignee_ids]", "at_most_one: [name]", "M069"),
    ("one entry of a list that is not written", M, "at_most_one: [assignee_ids]", "at_most_one: [attachments]", "M069"),
    (
        "objects of a model without them",
        M,
        "custom_field_pattern:",
        "objects: {tickets: ticketing.tickets}\ncustom_field_pattern:",
        "M070",
    ),
    ("an update that does not say of what", M, "request: PATCH /tickets/{id}", "request: PATCH /tickets", "M071"),
    ("a delete that does not say of what", M, '"DELETE /tickets/{id}"', '"DELETE /tickets"', "M071"),
    ("an unknown part of a definition", M, '"type": "string"}\n', '"type": "string", "custom": true}\n', "M076"),
    ("an unknown type of a definition", M, '"type": "string"}\n', '"type": "varchar"}\n', "M076"),
    ("field definitions of nothing", M, '  record: |\n    {"key": name, "type": "string"}\n', "", "M072"),
    (
        "a result with a name of its own",
        M,
        'before: {names: *names}\n    query: |\n      {"parent"',
        'before: {names: *names, limit: {request: GET /x}}\n    query: |\n      {"parent": $limit, "p"',
        "M073",
    ),
    (
        "words that are dropped",
        M,
        '{"state": $toNative("status", status)}',
        '$exists(status) ? {"state": $lookup({"open": "new", "closed": "done"}, status)}',
        "M090",
    ),
    (
        "a word that clears when it is missing",
        M,
        '{"state": $toNative("status", status)}',
        '{"state": status = "open" ? "new" : null}',
        "M074",
    ),
    (
        "a list that clears when it is missing",
        M,
        '$exists(assignee_ids) ? {"assignee": {"id": assignee_ids[0]}}',
        '{"assignee": {"id": assignee_ids ? assignee_ids[0] : null}}',
        "M074",
    ),
    ("no id", M, '"id": id, "name"', '"name"', "M035"),
    ("no id of an entry", M, '"id": id, "ticket_id": $$.id, ', "", "M075"),
    ("a lost word of the provider", M, '"remote_status": state,', "", "M032"),
    ("a word that the model does not have", M, 'state, "other")', 'state, "unknown")', "M033"),
    ("an entry with an unknown field", M, '"file_name": name}', '"filename": name}', "M034"),
    ("a required field that is not sent", M, "required: [name]", "required: [due_date]", "M041"),
    ("a read-only field in `write`", M, WRITE, '{"at": updated_at, "title": name, "urgency"', "M038"),
    ("custom fields without a form", M, 'custom_field_pattern: "x_[a-z]+"\n', "", "M049"),
    ("a method that agents cannot know", M, "describe: {close: Close a ticket.}\n", "", "M048"),
    ("a result that nothing reads", M, "delete: {", "delete: {before: {lost: {request: GET /x}}, ", "M042"),
    ("field definitions without a case", T, "- {name: fields, fields: {}, sends: {path: /fields}}\n", "", "T004"),
    ("a misspelt key of a case", T, '  created: "7"', '  creates: "7"', "T002"),
    ("a key that means nothing in a case", T, "- {name: get,", "- {name: get, position: 1,", "T007"),
    ("an unknown field that is expected", T, 'gives: [{id: "1"}]', 'gives: [{id: "1", titel: null}]', "T008"),
    ("a result that no call has", T, "before: {names:", "before: {name:", "T009"),
    ("a setting that nobody is asked for", T, "settings: {site: acme}", "settings: {sites: acme}", "T009"),
]


@pytest.fixture
def planted(folder):
    folder.edit("providers/shelf.yaml", "title: Shelf\n", "title: Shelf\nnulls: null\n")
    folder.write(M, MAPPING)
    folder.write(T, CASES)
    folder.review()
    return folder


def test_the_mapping_has_no_fault(planted):
    assert [str(one) for one in lint(planted.path) if one.code not in {ORDER, UNSEEN}] == []


@pytest.mark.parametrize(("file", "old", "new", "code"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_a_planted_fault_is_named(planted, file, old, new, code):
    planted.edit(file, old, new)
    assert code in {one.code for one in lint(planted.path) if one.file in {M, T}}


def test_a_case_gives_results_of_calls_that_follow_a_page(planted):
    planted.edit(
        M,
        '    query: |\n      {"parent"',
        '    per_record: {parts: {request: "GET /tickets/{id}/parts"}}\n    query: |\n      {"parent"',
    )
    planted.edit(T, "before: {names: [{id: 3, word: high}]}", "before: {names: [{id: 3, word: high}], parts: {}}")
    assert "T009" not in {one.code for one in lint(planted.path)}
