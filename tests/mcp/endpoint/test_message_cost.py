"""Reading a message costs no more than its length, whatever it is."""

import pytest

from tests.timing import processor_time
from unified.mcp.message import MAX_DEPTH, InvalidMessage, read_message

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
