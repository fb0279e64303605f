import pytest

from unified.text.parsing_weights import weight_of


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("gzip", 1.0),
        ("gzip;q=0", 0.0),
        ("de; Q=0.5", 0.5),
        ("text/html;level=1;q=0.25", 0.25),
        ("x;q=9", 1.0),
        ("x;q=-1", 0.0),
        ("x;q=high", 0.0),
        ("x;q=", 0.0),
    ],
)
def test_a_weight_is_between_0_and_1(text, weight):
    assert weight_of(text) == weight
