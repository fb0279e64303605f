"""Bodies as forms: what is sent reads back as what was meant, whatever the values hold."""

from typing import Any
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from tests.acme import open_acme
from unified.transport.bodies.encodings import ENCODINGS

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(alphabet="abc_", min_size=1, max_size=5)


@given(st.dictionaries(NAME, st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=5))
def test_texts_read_back(body: dict[str, Any]) -> None:
    pairs = parse_qsl(ENCODINGS["form"](body)[1].decode(), keep_blank_values=True)
    wanted = [(name, one) for name, value in body.items() for one in ((value or [""]) if isinstance(value, list) else [value])]
    assert pairs == wanted


def test_other_values_are_those_of_json_and_objects_have_brackets() -> None:
    body = {"a": {"b": 1, "c": {"d": True}}, "e": None, "f": 2.5, "g": [], "h": [{"n": "1", "t": "x"}, {"n": "2"}]}
    assert parse_qsl(ENCODINGS["form"](body)[1].decode(), keep_blank_values=True) == [
        ("a[b]", "1"),
        ("a[c][d]", "true"),
        ("e", ""),
        ("f", "2.5"),
        ("g", ""),
        ("h[0][n]", "1"),
        ("h[0][t]", "x"),
        ("h[1][n]", "2"),
    ]


MAPPING = """\
record: |
  {"id": id}
write: |
  {"first": first_name}
create: {request: POST /people, send: form}
"""


async def test_a_call_says_how_its_body_is_sent(tmp_path) -> None:
    seen: list[tuple[bytes, str]] = []

    def answer(request):
        seen.append((request.content, request.headers["content-type"]))
        return {"id": 1}

    async with open_acme(tmp_path, MAPPING, answer) as acme:
        await acme.write("create", {"first_name": "Ada & Bo"})
    assert seen == [(b"first=Ada+%26+Bo", "application/x-www-form-urlencoded")]
