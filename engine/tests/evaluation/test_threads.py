"""One compiled expression for many threads and tasks at once: every answer belongs to its own document, and to no other."""

import asyncio
import copy
import random
import threading

import pytest

from unified_jsonata import UNDEFINED, JsonataError, Limits, compile

THREADS = 8
TURNS = 40
PATIENT = Limits(timeout=60)
"""A thread's processor time is its own, but the machine may be slow."""


def document(key):
    """A document in which every value tells whose it is."""
    return {
        "id": key,
        "name": f"n{key}",
        "text": f"{key}-a {key}-b x",
        "rows": [{"k": "ab"[at % 2], "v": key * 10 + at, "in": {"w": [key, at]}} for at in range(4)],
        "source": f"id + {key}",
        "one": {"two": {"three": key}},
    }


EXPRESSIONS = {
    "id": lambda key: key,
    "$$.id + $v": lambda key: key + key,
    "($n := id; rows.(v - $n * 10))": lambda _: [0, 1, 2, 3],
    "($n := id; $f := function($x){ $x + $n }; $map(rows.v, $f))": lambda key: [
        key * 11,
        key * 11 + 1,
        key * 11 + 2,
        key * 11 + 3,
    ],
    "($n := id; $f := function($x){ $x <= 0 ? $n : $f($x - 1) }; $f(30))": lambda key: key,
    "($n := id; $f := function($x){ $x <= 0 ? $n : 1 + $f($x - 1) }; $f(20))": lambda key: key + 20,
    "($n := id; $a := function($x){ $x <= 0 ? $n : $b($x - 1) }; $b := function($x){ $a($x) }; $a(15))": lambda key: key,
    "($p := $append(?, id); $p([$v]))": lambda key: [key, key],
    "($g := function($x, $y){ $x & '/' & $y & '/' & $v }; $h := $g(name, ?); $h(id))": lambda key: f"n{key}/{key}/{key}",
    "($s := $string ~> $uppercase; $s(name))": lambda key: f"N{key}",
    "$eval('id + $v')": lambda key: key * 2,
    "$eval(source)": lambda key: key * 2,
    "($w := id; $eval('$w + $sum(rows.v)'))": lambda key: key + 40 * key + 6,
    "$eval('$map(rows.v, function($x){ $x - ' & (id * 10) & ' })')": lambda _: [0, 1, 2, 3],
    "$match(text, /([0-9]+)-b/).groups": lambda key: [f"{key}"],
    "$replace(text, /-([ab])/, function($m){ ':' & $m.groups[0] & id })": lambda key: f"{key}:a{key} {key}:b{key} x",
    "$replace(text, /-([ab])/, function($m){ ':' & $m.groups[0] & $v })": lambda key: f"{key}:a{key} {key}:b{key} x",
    "$split(text, /\\s/)[0]": lambda key: f"{key}-a",
    "rows{k: $sum(v)}": lambda key: {"a": key * 20 + 2, "b": key * 20 + 4},
    "rows{k: $count($) + $$.id}": lambda key: {"a": key + 2, "b": key + 2},
    "rows.in.w.%.%.v": lambda key: [key * 10 + at // 2 for at in range(8)],
    "rows.in.{'p': %.v, 'r': %.%.id}": lambda key: [{"p": key * 10 + at, "r": key} for at in range(4)],
    "rows@$r.$$.one@$o.($r.v + $o.two.three)": lambda key: [key * 11 + at for at in range(4)],
    "rows#$i[$i > 2].(v & ':' & $i & ':' & $$.id)": lambda key: f"{key * 10 + 3}:3:{key}",
    "rows@$r#$i.($r.v + $i + $v)": lambda key: [key * 11 + 2 * at for at in range(4)],
    "rows^(>v)[0].v": lambda key: key * 10 + 3,
    "$sort(rows, function($x, $y){ $x.v < $y.v })[0].v": lambda key: key * 10 + 3,
    "$reduce(rows.v, function($x, $y){ $x + $y }, id)": lambda key: key * 41 + 6,
    "(rows ~> |in|{'w': $$.id}|).in.w": lambda key: [key] * 4,
    "$each(one.two, function($x, $k){ $k & $x })": lambda key: f"three{key}",
    "$sift(one.two, function($x){ $x = $v })": lambda key: {"three": key},
    "$filter(rows, function($r, $i, $all){ $r.v = $all[$i].v and $i = $$.rows[3].in.w[1] }).v": lambda key: key * 10 + 3,
    "[1..3].($ + $$.id)": lambda key: [key + 1, key + 2, key + 3],
    "$count(**)": lambda _: 32,
    "$lookup({'a': id, 'b': name}, 'b')": lambda key: f"n{key}",
    "{name: {name: $v}, 'x': [id, [id]]}": lambda key: {f"n{key}": {f"n{key}": key}, "x": [key, [key]]},
    "$own(id, $v)": lambda key: key * 2,
    "$map(rows.v, $own(?, $v))": lambda key: [key * 11 + at for at in range(4)],
    "$error('x')": lambda _: "D3137",
    "id + name": lambda _: "T2002",
    "nothing": lambda _: UNDEFINED,
}
FUNCTIONS = {"own": lambda left, right: left + right}


def answer(expression, key):
    try:
        return expression.evaluate(document(key), {"v": key}, PATIENT)
    except JsonataError as error:
        return error.code


def in_threads(work, count=THREADS):
    """Run `work(number)` in so many threads that begin together; what any of them raised."""
    raised = []
    ready = threading.Barrier(count)

    def begin(number):
        ready.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - told by the test
            raised.append(error)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.fixture
def _often(switched=1e-5):
    """Threads that change places all the time."""
    import sys

    before = sys.getswitchinterval()
    sys.setswitchinterval(switched)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_what_an_expression_answers_alone(source):
    assert answer(compile(source, FUNCTIONS), 7) == EXPRESSIONS[source](7)


@pytest.mark.slow
@pytest.mark.usefixtures("_often")
def test_threads_share_expressions_and_nothing_else():
    expressions = [(source, compile(source, FUNCTIONS)) for source in EXPRESSIONS]
    wrong = []

    def work(number):
        order = random.Random(number)
        for turn in range(TURNS):
            for source, expression in order.sample(expressions, len(expressions)):
                key = number * 1_000 + turn
                found = answer(expression, key)
                if found != EXPRESSIONS[source](key):
                    wrong.append((source, key, found))

    assert in_threads(work) == []
    assert wrong == []


@pytest.mark.usefixtures("_often")
def test_the_first_evaluation_may_be_everybodys():
    for _ in range(5):
        expressions = [(source, compile(source, FUNCTIONS, lazy=True)) for source in EXPRESSIONS]
        wrong = []

        def work(number, expressions=expressions, wrong=wrong):
            for source, expression in expressions:
                if answer(expression, number) != EXPRESSIONS[source](number):
                    wrong.append((source, number))

        assert in_threads(work) == []
        assert wrong == []


@pytest.mark.usefixtures("_often")
def test_the_first_list_where_a_value_was_expected_may_be_everybodys():
    """A program that takes one value for granted is replaced by another when a list comes: for this call and the next."""
    for _ in range(10):
        expression = compile("a.b.(c + 1)")
        wrong = []

        def work(number, expression=expression, wrong=wrong):
            single, double = {"a": {"b": {"c": number}}}, {"a": [{"b": [{"c": number}, {"c": [number]}]}, [{"b": {"c": 5}}]]}
            for at in range(20):
                data, wanted = (single, number + 1) if (at + number) % 2 else (double, None)
                try:
                    found = expression.evaluate(data, limits=PATIENT)
                except JsonataError as error:
                    found = error.code
                if found != (wanted if wanted is not None else "T2001"):
                    wrong.append((number, at, found))

        assert in_threads(work) == []
        assert wrong == []


@pytest.mark.usefixtures("_often")
def test_hidden_functions_are_hidden_for_the_call_that_hides_them():
    expression = compile("$count(rows) + $own(id, 1)", FUNCTIONS)
    wrong = []

    def work(number):
        for turn in range(50):
            bound = {"own": 5} if (turn + number) % 2 else {}
            try:
                found = expression.evaluate(document(number), bound, PATIENT)
            except JsonataError as error:
                found = error.code
            if found != ("T1006" if bound else number + 5):
                wrong.append((number, turn, found))

    assert in_threads(work) == []
    assert wrong == []


def test_tasks_share_expressions_and_nothing_else():
    expressions = [(source, compile(source, FUNCTIONS, lazy=True)) for source in EXPRESSIONS]

    async def inline(key):
        found = []
        for source, expression in expressions:
            await asyncio.sleep(0)
            found.append((source, key, answer(expression, key)))
        return found

    async def apart(key):
        return [(source, key, await asyncio.to_thread(answer, one, key)) for source, one in expressions]

    async def together():
        return await asyncio.gather(*(inline(key) for key in range(60)), *(apart(key) for key in range(100, 112)))

    found = asyncio.run(together())
    assert [one for many in found for one in many if one[2] != EXPRESSIONS[one[0]](one[1])] == []


def test_an_evaluation_inside_of_another_leaves_it_as_it_was():
    inner = compile("$sum([1..n])")
    outer = compile(
        "($x := id; $a := $inner(5); $f := function($n){ $n = 0 ? $x : 1 + $f($n - 1) }; [$a, $f(10), $inner(3), $x])",
        {"inner": lambda n: inner.evaluate({"n": n}, limits=Limits(depth=5))},
    )
    assert outer.evaluate({"id": 1}) == [15, 11, 6, 1]


def test_an_evaluation_that_failed_inside_of_another_leaves_it_as_it_was():
    inner = compile("($f := function(){ 1 + $f() }; $f())")

    def failing():
        with pytest.raises(JsonataError):
            inner.evaluate({})
        return 1

    outer = compile("[$failing(), $string(rows) = $string(rows), $sum([1..1000])]", {"failing": failing})
    assert outer.evaluate(document(1)) == [1, True, 500500]


CHANGING = (
    "$ ~> |$|{'id': 'changed', 'new': [1]}, ['name', 'rows']|",
    "$ ~> |rows|{'v': 'changed'}, 'k'|",
    "$ ~> |rows.in|{'w': 'changed'}|",
    "rows ~> |$|{'v': $.v + 1}|",
    "$ ~> |**|{'x': 1}|",
    "($x := $; $x ~> |rows|{'v': 0}|; $x)",
    "rows^(>v)",
    "rows^(k, >v)",
    "rows.in.w^(>$)",
    "$sort(rows.v)",
    "$sort(rows, function($x, $y){ $x.v < $y.v })",
    "$sort(rows.in.w)",
    "$reverse(rows)",
    "$reverse(rows.in.w)",
    "$shuffle(rows)",
    "$append(rows, {'a': 1})",
    "$append(rows.in.w, 1)",
    "$append(rows[0].in.w, rows[1].in.w)",
    "$merge(rows)",
    "$merge([one, {'two': 1}])",
    "$merge([one.two, rows[0]])",
    "rows{k: $}",
    "rows{k: $append($, 1)}",
    "rows{k: in.w}",
    "rows.in.w{'all': $}",
    "${'a': rows, 'b': rows}",
    "$distinct(rows.in.w)",
    "$distinct(rows)",
    "$zip(rows, rows.v)",
    "$spread(rows)",
    "$spread(one)",
    "$each(one, function($v){ $v })",
    "$sift(one, function($v){ true })",
    "$map(rows, function($r){ $merge([$r, {'v': 1}]) })",
    "$reduce(rows, function($a, $r){ $append($a, $r) })",
    "$reduce(rows.in.w, function($a, $r){ $append($a, $r) }, rows[0].in.w)",
    "[rows, rows, 1]",
    "[rows.in.w, [rows[0].in.w]]",
    "rows[]",
    "rows.in.w[]",
    "**",
    "*",
    "rows.%",
    "rows@$r.in.w",
    "rows#$i.in.w",
    "rows[[0..1]]",
    "$filter(rows, function($r){ true })",
    "($a := rows; $b := $append($a, 5); $c := $append($a, 6); [$count($a), $count($b), $count($c)])",
    "($a := rows[0].in.w; $f := function($n, $x){ $n = 0 ? $x : $f($n - 1, $append($x, $n)) }; $f(5, $a))",
    "$clone(rows) ~> |$|{'v': 0}|",
    "$string(rows)",
    "$eval('$ ~> |rows|{\"v\": 0}|')",
    "$lookup(rows, 'in')",
    "rows.in",
    "{'a': rows, 'b': {'c': rows[0]}}",
)


@pytest.mark.parametrize("source", CHANGING)
def test_the_document_is_not_changed(source):
    data, bound = document(3), {"v": document(4)}
    expression = compile(source)
    for _ in range(2):
        expression.evaluate(data, bound)
        assert data == document(3)
    compile(source.replace("rows", "$v.rows")).evaluate(data, bound)
    assert (data, bound) == (document(3), {"v": document(4)})


CONSTANTS = (
    "[1, 2, [3, [4]]]",
    "{'a': [1], 'b': {'c': {}}}",
    "[]",
    "{}",
    "[{}]",
    "($t := {'a': [1], 'b': {'c': 2}}; $t)",
    "($t := {'a': [1], 'b': {'c': 2}}; $lookup($t, k))",
    "$lookup({'a': [1], 'b': {'c': 2}}, k)",
    "{'a': [1], 'b': {'c': 2}}.b",
    "[[1], [2]][0]",
    "[1, 2, 3][[0..1]]",
    "($f := function(){ [1, {'a': 1}] }; $f())",
    "($f := function($x){ {'a': [], 'b': {}} }; $map([1, 2], $f))",
    "[1, 2].{'a': [5]}",
    "[1, 2].[5, 6]",
    "rows.{'t': {'a': 1}, 'l': ['x']}",
    "rows.['x', 'y']",
    "rows ? ['x'] : ['y']",
    "nothing ?? [1, 2]",
    "nothing ?: {'a': 1}",
    "[1..3]",
    "$append([1], [2])",
    "$append([1], nothing)",
    "$append(nothing, [1])",
    "$merge([{'a': [1]}, {'b': {}}])",
    "$reverse([1, [2]])",
    "$sort([2, 1])",
    "$distinct([1, 1, [2]])",
    "$zip([1, 2], [[3], [4]])",
    "$split('a,b', ',')",
    "$split('a,b', /,/)",
    "$match('ab', /(a)(b)/)",
    "$keys({'a': 1, 'b': 2})",
    "$spread({'a': [1], 'b': 2})",
    "$each({'a': [1], 'b': [2]}, function($v){ $v })",
    "$sift({'a': [1], 'b': 2}, function($v){ true })",
    "$filter([[1], [2]], function($v){ true })",
    "$reduce([[1], [2]], $append)",
    "$reduce([1, 2], function($a, $v){ $append($a, $v) }, [])",
    "$single([[1]])",
    "$map([1, 2], function(){ ['c'] })",
    "{'a': [1]} ~> |$|{'b': ['c'], 'd': {}}|",
    "$clone({'a': [1]})",
    "$eval('[1, {\"a\": [2]}]')",
    "$eval('{\"a\": {}}').a",
    "[1, 2]{'a': ['x'], 'b': {}}",
    "[3, 1]^($)",
    "[[1], [2]]@$v.$v",
    "[1, 2]#$i.[$i]",
    "[1, 2]@$v.{'v': [$v], 'c': ['x']}",
    "k in ['a', 'b'] ? ['x'] : {}",
    "($a := []; $b := $a; [$a, $b, {'x': $a}])",
    "($a := {}; {'x': $a, 'y': $a})",
)


def spoil(value):
    """Change everything in a value that can be changed."""
    if isinstance(value, dict):
        for item in list(value.values()):
            spoil(item)
        value.clear()
        value["spoiled"] = True
    elif isinstance(value, list):
        for item in list(value):
            spoil(item)
        value[:] = ["spoiled"]


@pytest.mark.parametrize("source", CONSTANTS)
def test_a_result_is_its_callers_to_change(source):
    expression = compile(source)
    first = expression.evaluate(document(1) | {"k": "a"})
    wanted = copy.deepcopy(first)
    spoil(first)
    second = expression.evaluate(document(1) | {"k": "a"})
    assert second == wanted
    spoil(second)
    assert compile(source).evaluate(document(1) | {"k": "a"}) == wanted
