"""Searches that would not end: each stops soon after its time."""

import threading
import time

import pytest

from unified.jsonata.errors import Failure
from unified.jsonata.limits import Limits
from unified.jsonata.runtime.budget import Budget
from unified.jsonata.runtime.regex import pattern

HOSTILE = [
    ("(a+)+$", "a" * 50_000 + "b"),
    ("(.*)*x", "a" * 5_000),
    (r"(\w+\s?)*$", "word " * 2_000 + "!"),
    ("^(?!(?:(?=(?:a|aa)+b)a)+c)", "a" * 5_000),
    ("(x+x+)+y", "x" * 50_000),
    (r"\s+$", " " * 200_000 + "x"),
    ("a{1,1000}a{1,1000}a{1,1000}b", "a" * 3_000),
    (r"(?:a|(b))*\1c", "ab" * 100_000),
    ("^(a?){30}a{30}$", "a" * 29),
    ("(?<=(a|aa)+)b", "a" * 3_000 + "cb"),
    ("(?:(?:a*)*)*b", "a" * 100_000),
]
TIMEOUT = 0.1


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
            pattern("(x+x+)+y").test(Budget(Limits(timeout=0.2)), "x" * 50_000)
        taken.append(time.thread_time() - begin)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(taken) > 0.19


def test_steps_of_the_exact_matcher_count():
    with pytest.raises(Failure) as caught:
        pattern("(?:(a)|b|ab)*c").test(Budget(Limits(steps=10_000, timeout=60)), "ab" * 5_000)
    assert (caught.value.code, caught.value.detail) == ("U1001", "more than 10000 steps")


def test_places_to_come_back_to_are_bounded():
    with pytest.raises(Failure) as caught:
        pattern("(?:(a)|b)*c").test(Budget(Limits(steps=10**9, timeout=60)), "ab" * 200_000)
    assert caught.value.detail == "a regular expression tries too many ways"


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
