"""`$selection`: what is selected are exactly the paths, each below its parents."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acme import open_acme
from unified.transform.functions.graphql import selection

NAME = st.text(alphabet="abcXY_1", min_size=1, max_size=4).filter(lambda one: not one[0].isdigit())
PATHS = st.lists(st.lists(NAME, min_size=1, max_size=4).map(".".join), min_size=1, max_size=12)


def leaves(text: str) -> set[str]:
    """Parse a selection without arguments, and return the paths of its leaves."""
    found, above, last = set(), [], ""
    for token in re.findall(r"[{}]|\w+", text):
        if token == "{":
            above.append(last)
            found.discard(".".join([*above[1:]]))
        elif token == "}":
            above.pop()
        else:
            last = token
            found.add(".".join([*above[1:], token]))
    return found


@given(PATHS)
def test_leaves_are_the_paths(paths: list[str]) -> None:
    wanted = {one for one in paths if not any(other.startswith(f"{one}.") for other in paths)}
    assert leaves(selection(paths)) == wanted


@pytest.mark.parametrize("path", ["a b", "a{", "x.", "", "a(first: 1)", "é", 'a"', "1a"])
def test_an_invalid_name_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="expected names of GraphQL"):
        selection([path])


MAPPING = """\
record: |
  {"id": id, "first_name": person.first, "title": title}
write: |
  {"first": first_name}
list:
  - request: POST /graphql
    body: '{"query": "query { people " & $selection($reads) & " }"}'
    items: data.people
create:
  request: POST /graphql
  body: '{"query": "mutation { make " & $selection($reads) & " }", "variables": $write}'
  item: data.make
"""


async def test_lists_and_mutations_select_what_the_record_needs(tmp_path) -> None:
    one: dict[str, Any] = {"id": "1", "person": {"first": "Ada"}, "title": "Countess"}
    answers = {"POST /graphql": {"data": {"people": [one], "make": one}}}
    async with open_acme(tmp_path, MAPPING, answers) as acme:
        await acme.list()
        await acme.list(fields=["first_name"])
        made = await acme.write("create", {"first_name": "Ada"})
        assert made.record is not None
        assert made.record["title"] == "Countess"
        assert [body["query"] for body in acme.bodies] == [
            "query { people { id person { first } title } }",
            "query { people { id person { first } } }",
            "mutation { make { id person { first } title } }",
        ]
