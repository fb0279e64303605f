"""When to try again is said as a number, the same as in the header."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sizes import examples
from unified.api.answers.problems import whole_seconds
from unified.errors.service import RateLimited
from unified.errors.waiting import try_again


@settings(max_examples=examples(100), deadline=None)
@given(st.one_of(st.none(), st.floats(min_value=0, max_value=10_000_000)))
def test_the_text_has_the_number_of_the_header(seconds):
    error = RateLimited("", retry_after=seconds)
    assert try_again(seconds).split()[3] == whole_seconds(error.wait)


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "try again in 1 second"), (1.2, "try again in 2 seconds")])
def test_it_is_said_as_people_say_it(seconds, text):
    assert try_again(seconds) == text
