"""JSON that people read: nothing in it is changed, what fits is one line, and no line is long that could be shorter."""

import json

from hypothesis import given
from hypothesis import strategies as st

from unified.text.json_text import lay_out_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.integers(1, 80))
def test_the_layout_changes_nothing(value, width):
    assert json.loads(lay_out_json(value, width=width)) == value


def test_what_fits_is_one_line_and_what_does_not_is_indented():
    value = {"kind": "object", "of": [{"é": 1}, [2, 3]], "none": {}}
    assert lay_out_json(value, width=52) == ('{\n "kind": "object",\n "of": [{"é": 1}, [2, 3]],\n "none": {}\n}')
    assert lay_out_json(value, width=56) == '{"kind": "object", "of": [{"é": 1}, [2, 3]], "none": {}}'
    assert lay_out_json([[1], [2]], width=5) == "[\n [1],\n [2]\n]"
