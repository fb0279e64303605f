"""Errors while evaluating, the limits, and one expression in many threads."""

import threading
import time

import pytest

from unified_jsonata import JsonataError, Limits, compile

ERRORS = [
    ("$number(secret)", "D3030 at 1:1: a value cannot be read as a number"),
    ("{'a': 1,\n 'b': $number(secret)}", "D3030 at 2:7: a value cannot be read as a number"),
    ("1 + secret", "T2002 at 1:3: the right side of this operator must be a number"),
    ("secret - 1", "T2001 at 1:8: the left side of this operator must be a number"),
    ("secret < 1", "T2009 at 1:8: the two sides of this operator must have the same type"),
    ("$toMillis(secret)", "D3110 at 1:1: a time is not in ISO 8601 form, such as 2026-01-31T12:00:00Z"),
    ("$sum(secret)", "T0412 at 1:1: an array argument holds items of a type that the function does not take"),
    ("$uppercase(1)", "T0410 at 1:1: an argument does not have the type or number that the function takes"),
    ("$nope(secret)", "T1006 at 1:1: this is not a function"),
    ("$error(secret)", "D3137 at 1:1: the expression called $error"),
    ("$assert(false, secret)", "D3141 at 1:1: the condition of $assert is false"),
    ("$single([1, 2])", "D3138 at 1:1: $single found more than one value"),
    ("$eval('1 +')", "D3120 at 1:1: the expression given to $eval has a syntax error"),
    (
        "($f := function($x){ 1 + $f($x) }; $f(1))",
        "U1001",
    ),
]


@pytest.mark.parametrize(("source", "text"), ERRORS)
def test_the_words_of_an_error_hold_no_data(source, text, capsys):
    with pytest.raises(JsonataError) as caught:
        compile(source).evaluate({"secret": "hunter2"})
    assert str(caught.value).startswith(text)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in "".join(capsys.readouterr())


def test_time_is_bounded():
    expression = compile("($f := function($x){ $f($x + 1) }; $f(1))")
    start = time.monotonic()
    with pytest.raises(JsonataError) as caught:
        expression.evaluate({}, limits=Limits(timeout=0.1))
    assert time.monotonic() - start < 5
    assert str(caught.value).endswith("(longer than 0.1 s)")
    assert caught.value.code == "U1001"


def test_depth_is_bounded_and_can_be_given():
    expression = compile("($f := function($x){ $x = 0 ? 0 : 1 + $f($x - 1) }; $f(150))")
    with pytest.raises(JsonataError) as caught:
        expression.evaluate({})
    assert caught.value.code == "U1001"
    assert expression.evaluate({}, limits=Limits(timeout=5, depth=1000)) == 150


def test_limits_count_for_each_evaluation():
    expression = compile("$sum([1..50].($ * 2))")
    assert [expression.evaluate({}, limits=Limits(timeout=2)) for _ in range(20)] == [2550] * 20


def test_one_expression_in_many_threads_answers_each_with_its_own_document():
    expression = compile(
        "($n := id; $add := $own(?, $n);"
        " {'id': id, 'root': $$.id, 'var': $v, 'sum': $sum(items.n), 'own': $add(id),"
        "  'each': $map(items, function($i){ $i.n + $n }), 'text': $substring(?, 1)(name)})",
        {"own": lambda left, right: left + right},
    )
    wrong = []

    def work(number):
        for turn in range(15):
            key = number * 1000 + turn
            data = {"id": key, "name": f"x{key}", "items": [{"n": key}, {"n": 1}]}
            wanted = {
                "id": key,
                "root": key,
                "var": key,
                "sum": key + 1,
                "own": key * 2,
                "each": [key * 2, key + 1],
                "text": str(key),
            }
            found = expression.evaluate(data, {"v": key}, Limits(timeout=20))
            if found != wanted:
                wrong.append((found, wanted))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_expression_compiled_in_one_thread_leaves_others_alone():
    expressions = [compile("a & 'x'"), compile("b & 'y'")]
    compile("$unrelated")
    found = []
    thread = threading.Thread(target=lambda: found.extend(one.evaluate({"a": 1, "b": 2}) for one in expressions))
    thread.start()
    thread.join()
    assert found == ["1x", "2y"]


def test_depth_does_not_grow_with_the_number_of_records():
    expression = compile(
        "($f := function($x){ $x.a ? $g($x.a) : 'none' }; $g := function($y){ $uppercase($y) }; [rows.{'v': $f($)}])"
    )
    found = expression.evaluate({"rows": [{"a": "x"}] * 300}, limits=Limits(timeout=20, depth=40))
    assert found == [{"v": "X"}] * 300


def test_a_division_may_follow_an_empty_bracket():
    assert compile("$sum(a[]) / 2").evaluate({"a": 4}) == 2
