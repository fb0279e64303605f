"""Reading a message costs no more than its length, whatever it is."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mcp.endpoint.conftest import message
from tests.resilience.test_large_answers import holds
from tests.timing import processor_time
from unified.mcp.message import MAX_DEPTH, InvalidMessage, read_message
from unified.service.tools.arguments import MAX_VALUES as MOST_ARGUMENTS
from unified.text.json_text import has_more_values_than

GOOD = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}'


@pytest.mark.parametrize("depth", [1, MAX_DEPTH - 3])
def test_nesting_within_the_bound_is_read(depth):
    body = GOOD.replace(b"{}", b'{"a":"[[[{{{\\"[[", "b":' + b"[" * depth + b"]" * depth + b"}")
    assert read_message(body).method == "tools/list"


@pytest.mark.parametrize(
    "content", [b'"\\"' * 300_000, b'"' * 900_000, b"[" * 101 + b'"\\' * 400_000, b"[[" + b'"\\"' * 300_000]
)
def test_no_text_makes_the_reading_slow(content):
    with processor_time() as spent, pytest.raises(InvalidMessage):
        read_message(content)
    assert spent.seconds < 0.5


VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text('a"\\\\[{,\u00e9', max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text('a",[', max_size=3), inner, max_size=5),
    max_leaves=30,
)


def separators(value):
    """How often a value and what is in it are counted, as they are read."""
    if not isinstance(value, list | dict):
        return 0
    inner = [*value.values()] if isinstance(value, dict) else value
    return max(len(inner), 1) + sum(map(separators, inner))


@given(VALUES)
def test_values_are_counted_without_reading_them(value):
    content, counted = msgspec.json.encode([value]), separators([value])
    assert not has_more_values_than(content, counted)
    assert has_more_values_than(content, counted - 1)


@pytest.mark.parametrize("one", ["[]", '{"a":{}}', '"\\u00e9"', "1.5", '{"a,[":",["}'])
def test_as_many_values_as_arguments_may_have_are_read(one):
    most = MOST_ARGUMENTS // separators_of(one)
    arguments = f'{{"fields":[{",".join([one] * most)}]}}'
    assert read_message(GOOD.replace(b"{}", b'{"arguments":%s}' % arguments.encode())).params["arguments"]["fields"]


def separators_of(text):
    return max(separators(json.loads(text)), 1)


MIB = 1_000_000
SHAPES = {
    "numbers": b"[" + b"1," * (MIB // 2 - 100) + b"1]",
    "fractions": b"[" + b"1.5," * (MIB // 4 - 100) + b"1]",
    "objects": b"[" + b"{}," * (MIB // 3 - 100) + b"1]",
    "members": b"[" + b'{"a":1},' * (MIB // 8 - 100) + b"1]",
    "lists": b"[" + b"[]," * (MIB // 3 - 100) + b"1]",
    "levels": b"[" + (b"[" * 90 + b"]" * 90 + b",") * (MIB // 181 - 10) + b"1]",
    "keys": b"{" + b",".join(b'"%d":1' % number for number in range(MIB // 10)) + b"}",
    "a key": b'{"' + b"k" * (MIB // 5) + b'":1}',
    "texts": b"[" + b'"",' * (MIB // 3 - 100) + b"1]",
    "a text": b'"' + b"x" * (MIB - 1_000) + b'"',
    "escapes": b'"' + b"\\u00e9" * (MIB // 6 - 1_000) + b'"',
    "surrogates": b'"' + b"\\ud83d\\ude00" * (MIB // 12 - 1_000) + b'"',
    "quotes": b'"' + b'\\"[' * (MIB // 3 - 1_000) + b'"',
    "as many as arguments have": b"[" + b'{"a":"x"},' * 4_900 + b"1]",
    "as many as a message has": b"[" + b'{"a":[1.5]},' * 4_900 + b"1]",
}
MAX_HOLD_SECONDS = 0.1


@pytest.mark.alone
@pytest.mark.slow
@pytest.mark.parametrize("place_of", ["whole", "filter", "fields"])
@pytest.mark.parametrize("shape", SHAPES)
async def test_no_arguments_hold_the_event_loop_for_long(place, shape, place_of):
    """From the body to the row of the audit trail, whatever the arguments are refused for."""
    agent = await place.agent()
    body, headers = message("tools/call", {"name": "list_crm_contacts", "arguments": "HERE"})
    inner = SHAPES[shape] if place_of == "whole" else b'{"%s":%s}' % (place_of.encode(), SHAPES[shape])
    content = msgspec.json.encode(body).replace(b'"HERE"', inner)
    assert len(content) < place.services.settings.body_max_bytes
    await agent.tools()
    held = [await holds(agent.post(content, **headers)) for _ in range(3)]
    assert all(answer.status_code in {200, 400} for _, answer in held)
    worst = min(one for one, _ in held)
    print(f"{shape} {place_of}: {worst * 1000:.0f} ms")
    assert worst < MAX_HOLD_SECONDS
