"""Mistakes that load, pass golden cases and answer wrongly: each is planted and named, and what looks like it is not."""

import json

import pytest

from tests.unit.authoring.test_planted_faults import WRITE, M, T, planted
from unified.authoring.lint.lint import lint

__all__ = ["planted"]

CREATE = "create:\n  request: POST /tickets\n  before: {names: *names}\n"
FIRST = "create:\n  request: POST /tickets\n  before: {names: *names, who: {request: GET /who, query: '{\"a\": SAME}'}}\n"
UPDATE = "update:\n  request: PATCH /tickets/{id}\n"
PARENT = '"parent_id": $query.filter.parent_id'
TICKET = "urgency: 3, x_colour: red}"
MISTAKES = [
    (
        "a condition in a create",
        M,
        CREATE,
        CREATE + "  query: '{\"a\": filter.status}'\n",
        "M110",
        "a create has no conditions",
    ),
    ("by way of $query", M, UPDATE, UPDATE + "  query: '{\"a\": $query.filter.id}'\n", "M110", "an update has no conditions"),
    ("in a call before it", M, CREATE, FIRST.replace("SAME", "updated_after"), "M110", "a create has no conditions"),
    ("a search of a delete", M, "delete: {", "delete: {query: '{\"q\": search}', ", "M110", "a delete has no conditions"),
    (
        "in a method",
        M,
        '  close: {request: "POST',
        '  close: {query: \'{"q": search}\', request: "POST',
        "M110",
        "a close has no",
    ),
    ("a constant word", M, "$names[id = $$.urgency].word", '"high"', "M111", "every record says `high` for `priority`, also"),
    (
        "a constant flag",
        M,
        WRITE,
        '{"seen": is_private, "title": name, "urgency"',
        "M111",
        "every record says `true` for `is_private`",
    ),
    ("null and a text", M, PARENT, '"parent_id": $exists(up) ? "p" & up', "M112", "`$exists(up)` is true for null too, which"),
    ("null and a word", M, PARENT, '"parent_id": $exists(up) ? "p"', "M112", "`$exists(up)` is true for null too, which"),
    (
        "a word in another case",
        M,
        "{open: new, closed",
        "{open: New, closed",
        "M113",
        "`New` is sent unchanged, but known answers",
    ),
]
FINE = [
    ("a condition of the record", PARENT, '"parent_id": $query.filter.parent_id'),
    ("a field that has such a name below", '{"title": name', '{"title": name, "filter": tags.filter'),
    ("null compared", PARENT, '"parent_id": $exists(up) and up != null ? "p" & up'),
    ("null that is handed on", PARENT, '"parent_id": $exists(up) ? up'),
    ("a value that is tested before", PARENT, '"parent_id": up ? up : $exists(up) ? "none"'),
    ("a key that is never null", PARENT, '"parent_id": $exists(state) ? "p" & state'),
    ("a word that no answer has", "closed: done}", "closed: Done}"),
]


@pytest.fixture
def shelf(planted):
    """Answers with a null, and a record that says the same of each ticket."""
    planted.edit(T, TICKET, TICKET.replace("}", ", up: null}"))
    planted.edit(M, '"custom_fields": $customFields($)}', '"is_private": true, "custom_fields": $customFields($)}')
    return planted


def _found(folder):
    return [one for one in lint(folder.path) if one.code in {"M110", "M111", "M112", "M113"}]


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "said"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_named_where_it_is(shelf, file, old, new, code, said):
    assert _found(shelf) == []
    shelf.edit(file, old, new)
    (found,) = _found(shelf)
    assert (found.file, found.code, found.message.startswith(said)) == (M, code, True), found


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in FINE], ids=[row[0] for row in FINE])
def test_what_looks_like_one_is_not_reported(shelf, old, new):
    shelf.edit(M, old, new)
    assert _found(shelf) == []


def test_an_expression_of_a_list_and_a_get_is_for_both(shelf):
    both = "  query: '{\"fields\": id ? id : filter.status}'\n"
    shelf.edit(
        M,
        'get:\n  request: GET /tickets/{id}\n  before: {names: *names}\n  query: \'{"fields": $join($reads, ",")}\'\n',
        "get:\n  request: GET /tickets/{id}\n  before: {names: *names}\n" + both,
    )
    assert [one.code for one in _found(shelf)] == ["M110"]
    shelf.edit(M, "  - name: gone\n    request: GET /gone\n", "  - name: gone\n    request: GET /gone\n  " + both)
    assert _found(shelf) == []


def test_recorded_answers_count_and_recorded_requests_do_not(shelf):
    shelf.edit(T, "up: null", "up: 1")
    shelf.edit(M, PARENT, '"parent_id": $exists(up) ? "p" & up')
    body = {"body": {"json": {"tickets": [{"id": 1, "up": None}]}}}
    shelf.write("cassettes/shelf/ticketing.tickets.json", json.dumps({"get": {"calls": [{"request": body}]}}))
    assert _found(shelf) == []
    shelf.write("cassettes/shelf/ticketing.tickets.json", json.dumps({"get": {"calls": [{"response": body}]}}))
    assert [one.code for one in _found(shelf)] == ["M112"]


def test_a_word_of_a_stand_in_is_right_if_answers_have_another_case(shelf):
    shelf.edit(M, "{open: new, closed", "{open: New, closed")
    shelf.write("providers/shelf.sandbox.yaml", "words: [New]\n")
    assert _found(shelf) == []
