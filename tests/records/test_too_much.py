"""What a caller sends may be too much for a mapping's own bounds: that is 422 and unsent, and what a provider sends is 502."""

import httpx2
import pytest

from tests.acme import open_acme
from unified.errors.providers import MappingFailed
from unified.errors.requests import ValidationFailed

BOUNDS = {
    "steps": "($all := {list}; $sum($all.($one := $; $sum($all.($length($) + $length($one))))))",
    "string": "$length($join({list}.$pad($, 20000, 'x')))",
    "array": "$count({list}.(([1..2000]).($)))",
}
PLAIN = 'write: |\n  {{"name": first_name, "mail": emails[0].email}}\n'
PLACES = {
    "write": (PLAIN.replace("}}\n", ', "n": {work}}}\n'), ""),
    "body": (PLAIN, '\n  body: |\n    $merge([$write, {{"n": {work}}}])'),
    "query": (PLAIN, '\n  query: |\n    {{"n": {work}}}'),
    "headers": (PLAIN, '\n  headers: |\n    {{"X-N": $string({work})}}'),
}
MANY = 3_000


def mapping(place: str, bound: str) -> str:
    write, call = (part.format(work=BOUNDS[bound].format(list="emails.email")) for part in PLACES[place])
    return f"""\
record: |
  {{"id": $string(id), "first_name": name, "emails": emails.{{"email": $}}}}
get: {{request: "GET /people/{{id}}"}}
create:
  request: POST /people{call}
{write}"""


def body(count: int) -> dict[str, object]:
    return {"first_name": "a", "emails": [{"email": f"a{number}@b.example"} for number in range(count)]}


ANSWERS = {"POST /people": lambda _request: httpx2.Response(201, json={"id": 1, "name": "a", "emails": []})}


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("place", PLACES)
async def test_too_much_input_for_a_conversion_is_the_callers_error(tmp_path, place, bound):
    async with open_acme(tmp_path, mapping(place, bound), ANSWERS) as acme:
        with pytest.raises(ValidationFailed, match=rf"send less at a time \(.*`{place}` failed: U100"):
            await acme.write("create", body(MANY))
        assert acme.arrived == []
        await acme.write("create", body(2))
        assert [one.partition("?")[0] for one in acme.arrived] == ["POST /people"]


@pytest.mark.parametrize("bound", BOUNDS)
async def test_too_much_provider_data_for_a_conversion_is_not_the_callers_error(tmp_path, bound):
    work = BOUNDS[bound].format(list="$known.items")
    text = f"""\
record: |
  {{"id": $string(id), "first_name": name}}
get: {{request: "GET /people/{{id}}"}}
create:
  before: {{known: {{request: GET /known}}}}
  request: POST /people
write: |
  {{"name": first_name, "n": {work}}}
"""
    known = {"GET /known": lambda _request: httpx2.Response(200, json={"items": ["x"] * MANY})}
    async with open_acme(tmp_path, text, ANSWERS | known) as acme:
        with pytest.raises(MappingFailed, match="`write` failed: U100"):
            await acme.write("create", {"first_name": "a"})
        assert acme.arrived == ["GET /known"]


async def test_a_search_may_be_too_much_too(tmp_path):
    work = BOUNDS["steps"].format(list="$split(filter.first_name, '')")
    text = f"""\
record: |
  {{"id": $string(id), "first_name": name}}
list:
  - request: GET /people
    query: |
      {{"n": {work}, "name": filter.first_name}}
    items: people
"""
    known = {"GET /people": lambda _request: httpx2.Response(200, json={"people": []})}
    async with open_acme(tmp_path, text, known) as acme:
        with pytest.raises(ValidationFailed, match="send less at a time"):
            await acme.list(filter={"first_name": "a" * MANY})
        assert acme.arrived == []
