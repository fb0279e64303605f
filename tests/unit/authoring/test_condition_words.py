"""Words in conditions: one that can never be is reported wherever a query, a body or `$call` is compared with it."""

import pytest

from tests.acme import PROVIDER, write_catalog
from unified.authoring.lint.lint import lint

MODEL = "crm.tasks"
TASKS = """\
record: |
  {{"id": id, "subject": subject, "status": {record} ? "open" : "completed"}}
write: |
  {{"subject": subject, "state": {write} ? "o" : status}}
list:
  - {{name: done, when: '{chosen}', request: GET /done}}
  - name: tasks
    request: GET /tasks
    query: |
      {{"a": {asked} ? 1}}
    warnings: [{{code: incomplete, when: '{warned}', message: Some are missing}}]
get: {{request: "GET /tasks/{{id}}"}}
create: {{request: POST /tasks}}
update:
  request: PATCH /tasks/{{id}}
  after:
    - {{when: '{after}', request: "POST /tasks/{{id}}/done"}}
"""
RIGHT = {
    "record": '$call = "done"',
    "write": 'status = "open"',
    "chosen": 'filter.status = "completed"',
    "asked": '"open" in filter.status.in',
    "warned": 'filter.status = "open"',
    "after": 'status in ["completed", "other"]',
}


def found(folder, **other):
    write_catalog(folder, {MODEL: TASKS.format(**{**RIGHT, **other})}, PROVIDER)
    return [one.message for one in lint(folder) if one.code == "M097"]


def test_words_of_the_field_and_names_of_calls_are_fine(tmp_path):
    assert found(tmp_path / "a") == []
    assert found(tmp_path / "b", record='done[status = "opn"]', write='subject = "opn"') == []  # no field of the query or body


@pytest.mark.parametrize(("place", "text", "message"), [
    ("record", '$call = "don"', '`$call` is never "don". Did you mean \'done\'? Words: done, tasks'),
    ("write", '"opn" = status', '`status` is never "opn". Did you mean \'open\'? Words: '),
    ("write", '$query.status != "opn"', '`$query.status` is never "opn". Did you mean \'open\'? Words: '),
    ("chosen", 'filter.status = "complete"', '`filter.status` is never "complete". Did you mean \'completed\'? Words: '),
    ("asked", '$not(filter.status.in = "opn")', '`filter.status.in` is never "opn". Did you mean \'open\'? Words: '),
    ("warned", 'filter.status = "othr"', '`filter.status` is never "othr". Did you mean \'other\'? Words: '),
    ("after", 'status in ["completed", "othr"]', '`status` is never "othr". Did you mean \'other\'? Words: '),
])  # fmt: skip
def test_a_word_that_cannot_be_is_reported(tmp_path, place, text, message):
    (one,) = found(tmp_path, **{place: text})
    assert one.startswith(message)
