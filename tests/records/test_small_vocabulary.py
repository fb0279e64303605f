"""Small words of the format: `$fields`, orders in one direction, nulls of single keys, and forms of a reset time."""

from datetime import UTC, datetime

import pytest

from tests.acme import open_acme, write_catalog
from unified.authoring.lint.lint import lint
from unified.catalog.provider import RateLimit
from unified.errors.requests import UnsupportedFilter
from unified.transport.rate_limit_headers import rate_notes

MAPPING = """\
record: |
  {"id": id, "first_name": first, "custom_fields": $customFields(extra)}
write: |
  {"first": first_name, "title": title, "inner": {"birthday": birth_date}}
nulls: {birthday: "", title: "-"}
list:
  - request: GET /people
    query: '{"custom": "custom_fields" in $fields ? "yes", "sort": $order.by, "down": $order.descending}'
    sort: {created_at: {by: made, only: descending}, first_name: first}
get:
  request: GET /people/{id}
  query: '{"custom": "custom_fields" in $fields ? "yes"}'
update: {request: "PATCH /people/{id}"}
custom_field_pattern: '\\w+'
"""
ONE = {"id": 1, "first": "Ada", "extra": {"a": 1}}
ANSWERS = {"GET /people": [ONE], "GET /people/1": ONE, "PATCH /people/1": ONE}


async def test_expressions_know_the_fields_that_are_asked_for(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.list()
        await acme.list(fields=["first_name"])
        await acme.list(fields=["custom_fields"])
        await acme.get("1")
        await acme.get("1", fields=["id"])
        assert acme.arrived == [
            "GET /people?custom=yes",
            "GET /people",
            "GET /people?custom=yes",
            "GET /people/1?custom=yes",
            "GET /people/1",
        ]


async def test_an_order_in_one_direction_is_refused_in_the_other(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.list(sort="-created_at", fields=["id"])
        assert acme.arrived == ["GET /people?sort=made&down=true"]
        with pytest.raises(UnsupportedFilter) as caught:
            await acme.list(sort="created_at")
        assert caught.value.detail == ("crm.contacts: can be sorted by `created_at` in descending order only: sort=-created_at")


BODIES = """\
record: |
  {"id": id, "first_name": first}
nulls: {phone: "", person.tags: [], tags: gone, owner: {"type": "none"}}
write: |
  {"person": {"first": first_name, "tags": null}, "tags": null}
create:
  request: POST /people
  body: |
    {"all": $write, "owner": owner_id, "many": [{"phone": title}]}
update:
  request: PATCH /people/{id}
  body: |
    {"first": first_name}
  send: form
  after:
    - when: $exists(title)
      request: PUT /people/{id}/title
      body: |
        {"phone": title, "title": title, "owner": null}
"""


async def test_every_body_of_a_write_is_cleared_in_the_forms_of_its_keys(tmp_path) -> None:
    answers = {"POST /people": ONE, "PATCH /people/1": ONE}
    async with open_acme(tmp_path, BODIES, answers) as acme:
        await acme.write("create", {"first_name": None, "owner_id": None, "title": None})
        await acme.write("update", {"first_name": None, "title": None}, record_id="1")
        assert acme.bodies[0] == {
            "all": {"person": {"first": None, "tags": []}, "tags": "gone"},
            "owner": {"type": "none"},
            "many": [{"phone": ""}],
        }
        assert acme.bodies[1] == "first="
        assert acme.bodies[2] == {"phone": "", "title": None, "owner": {"type": "none"}}


async def test_remote_fields_are_sent_as_they_are(tmp_path) -> None:
    async with open_acme(tmp_path, BODIES, {"POST /people": ONE}) as acme:
        await acme.write("create", {"first_name": "A", "remote_fields": {"other": {"phone": None}}})
        assert acme.bodies[0]["other"] == {"phone": None}


def test_a_key_that_no_body_has_is_reported(tmp_path) -> None:
    text = BODIES.replace("owner: {", "nobody: {")
    write_catalog(tmp_path, {"crm.contacts": text})
    found = [str(one) for one in lint(tmp_path) if one.code == "M070"]
    expected = (
        "`nobody` has no effect: no body of a write has this key. Keys: all, first, many, owner, person, phone, tags, title"
    )
    assert found == [f"mappings/acme/crm.contacts.yaml:3:49: M070 {expected}"]


async def test_a_key_is_cleared_in_its_own_form(tmp_path) -> None:
    async with open_acme(tmp_path, MAPPING, ANSWERS) as acme:
        await acme.write("update", {"first_name": None, "title": None, "birth_date": None}, record_id="1")
        assert acme.bodies[0] == {"first": None, "title": "-", "inner": {"birthday": ""}}


@pytest.mark.parametrize(
    ("form", "text"), [("epoch", "1764172830"), ("epoch_ms", "1764172830000"), ("iso", "2025-11-26T16:00:30Z")]
)
def test_a_reset_time_is_read_in_each_form(form: str, text: str) -> None:
    now = datetime(2025, 11, 26, 16, 0, tzinfo=UTC)
    assert rate_notes(RateLimit(reset="X-Reset", reset_format=form), {"x-reset": text}, now).reset == 30
