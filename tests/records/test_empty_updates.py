"""An update without content of its own makes no request before the calls that follow it, and none at all if there are none."""

import pytest

from tests.acme import open_acme

MAPPING = """\
record: |
  {"id": id, "first_name": first, "account_id": company}
write: |
  {"person": {"first": first_name, "more": custom_fields}}
get: {request: "GET /people/{id}"}
update:
  before:
    held: {request: "GET /people/{id}/held"}
  request: PATCH /people/{id}
  UPDATE
  read_back: true
  after:
    - when: account_id
      request: PUT /people/{id}/company/{account_id}
"""
ANSWERS = {"GET /people/7": {"id": "7", "first": "Ada", "company": "3"}, "GET /people/7/held": {"version": "v1"}}
UPDATES = {
    "write": "query: '{\"notify\": false}'",
    "version": "body: '$merge([$write, {\"version\": $held.version}])'",
}
OWN = ["PATCH /people/7"]
LINK = ["PUT /people/7/company/3"]


async def sent(tmp_path, body, update=""):
    """Return the requests of an update; the record is read after them."""
    mapping = MAPPING.replace("  UPDATE\n", f"  {update}\n" if update else "")
    async with open_acme(tmp_path, mapping, ANSWERS) as acme:
        written = await acme.write("update", body, record_id="7")
        assert written.record["first_name"] == "Ada"
        assert acme.arrived[-1] == "GET /people/7"
        return acme.arrived[:-1]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"account_id": "3"}, LINK),
        ({"first_name": "Bo", "account_id": "3"}, OWN + LINK),
        ({"first_name": None}, OWN),
        ({"custom_fields": {}, "account_id": "3"}, LINK),
        ({"custom_fields": {"x": None}}, OWN),
        ({"custom_fields": {}}, []),
        ({"remote_fields": {"y": 1}, "account_id": "3"}, OWN + LINK),
    ],
)
async def test_only_what_has_content_is_sent(tmp_path, body, expected) -> None:
    assert await sent(tmp_path, body) == expected


async def test_values_of_every_request_are_not_content(tmp_path) -> None:
    """Neither a version in the body, which is not even read then, nor a constant parameter of the address."""
    assert await sent(tmp_path / "a", {"account_id": "3"}, UPDATES["version"]) == LINK
    assert await sent(tmp_path / "b", {"account_id": "3"}, UPDATES["write"]) == LINK
    assert await sent(tmp_path / "c", {"first_name": "Bo"}, UPDATES["version"]) == ["GET /people/7/held", *OWN]


async def test_a_condition_on_the_whole_body_decides_itself(tmp_path) -> None:
    assert await sent(tmp_path / "a", {"account_id": "3"}, "when: $count($keys($omit($, ['account_id']))) > 0") == LINK
    assert (
        await sent(tmp_path / "b", {"account_id": "3"}, "body: $sift($, function($v, $k) { $k = 'account_id' })") == OWN + LINK
    )
