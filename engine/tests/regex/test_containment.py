"""Searches that would take long: RE2 runs them in linear time, and `regex` stops soon after their time."""

import threading
import time

import pytest

from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.regex import pattern

LINEAR = [
    ("(a+)+$", "a" * 50_000 + "b", False),
    ("(.*)*x", "a" * 5_000, False),
    (r"(\w+\s?)*$", "word " * 2_000 + "!", True),
    ("(x+x+)+y", "x" * 50_000, False),
    (r"\s+$", " " * 200_000 + "x", False),
    ("^(a?){30}a{30}$", "a" * 29, False),
    ("(?:(?:a*)*)*b", "a" * 100_000, False),
    ("(?:(a)|b|ab)*c", "ab" * 5_000, False),
    ("(?:(a)|b)*c", "ab" * 200_000, False),
    ("(a|a)*b", "a" * 50_000, False),
]
HOSTILE = [
    ("^(?!(?:(?=(?:a|aa)+b)a)+c)", "a" * 5_000),
    ("(?=(?:a|aa)+b)a", "a" * 5_000),
    (r"(x+x+)+\1y", "x" * 50_000),
    (r"(?<=a)(?:a|b|ab)*\d(?=c)", "ab" * 50_000),
]
TIMEOUT = 0.1


@pytest.mark.parametrize(("source", "text", "expected"), LINEAR)
def test_linear(source, text, expected):
    begin = time.thread_time()
    assert pattern(source).test(Budget(Limits(timeout=TIMEOUT)), text) is expected
    assert time.thread_time() - begin < TIMEOUT


@pytest.mark.parametrize(("source", "text"), HOSTILE)
def test_hostile(source, text):
    budget = Budget(Limits(timeout=TIMEOUT, steps=10**9))
    begin = time.thread_time()
    with pytest.raises(Failure) as caught:
        pattern(source).test(budget, text)
    assert caught.value.code == "U1001"
    assert time.thread_time() - begin < TIMEOUT + 0.5


def test_the_time_of_other_threads_does_not_count():
    taken = []

    def work():
        begin = time.thread_time()
        with pytest.raises(Failure):
            pattern(r"(x+x+)+\1y").test(Budget(Limits(timeout=0.2)), "x" * 50_000)
        taken.append(time.thread_time() - begin)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(taken) > 0.19


def test_many_searches_that_each_see_the_whole_text_are_stopped():
    begin = time.thread_time()
    with pytest.raises(Failure) as caught:
        pattern("a.*b|a").find_all(Budget(Limits(timeout=TIMEOUT, steps=10**9)), "a" * 200_000)
    assert caught.value.code == "U1001"
    assert time.thread_time() - begin < TIMEOUT + 0.5


def test_a_large_program_does_not_search_a_long_text_without_a_time_out():
    made = pattern("(?:a?){500}b")
    assert made.automaton is not None
    with pytest.raises(Failure) as caught:
        made.test(Budget(Limits(timeout=TIMEOUT)), "a" * (made.reach + 1))
    assert caught.value.code in {"U1001", "U1005"}


def test_the_text_of_the_engine_that_notes_every_round_is_bounded():
    with pytest.raises(Failure) as caught:
        pattern("(?=b)a").test(Budget(Limits()), "a" * 1_000_001)
    assert (caught.value.code, "1000000 characters" in caught.value.detail) == ("U1001", True)


def test_the_length_of_a_result_is_bounded():
    budget = Budget(Limits(string=10_000, steps=10**9))
    for source, replacement in (("a", "x" * 100), ("(?=(a*))a", "$1"), ("(a)(b)?|(c)", "$1$1$1$1$1$1$1$1$1$1$1")):
        with pytest.raises(Failure) as caught:
            pattern(source).replace(budget, "a" * 1_000, replacement)
        assert caught.value.code == "U1002"


def test_the_number_of_results_is_bounded():
    budget = Budget(Limits(array=100, steps=10**9))
    for search in (pattern("a").find_all, pattern("(a)").split):
        with pytest.raises(Failure) as caught:
            search(budget, "a" * 5_000)
        assert caught.value.code == "U1003"
