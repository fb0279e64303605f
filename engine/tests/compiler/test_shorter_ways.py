"""The shorter ways of the compiler give what programs without them give: for usual documents, and for any others."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsonata_benchmarks.plain_programs import plain_expression
from tests.sizes import examples
from unified_jsonata import UNDEFINED, JsonataError, compile
from unified_jsonata.faults import faults

NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 2.5, 1e15, -0.0, 2**53, 2**60, 1.005]))
TEXTS = st.sampled_from(["", "a", "b", "B", "é", "\ud83d\ude00", "\uffff", "2026-01-31", "2026-01-31T10:00:00Z", "7", "a  b\n"])
ATOMS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abk"), inner, max_size=3)
)
ROWS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"k": NUMBERS, "t": TEXTS}, optional={"a": VALUES, "b": st.lists(st.dictionaries(st.just("k"), ATOMS))}
        ),
        st.dictionaries(st.sampled_from("aktb"), VALUES, max_size=4),
        VALUES,
    ),
    max_size=6,
)
DOCUMENTS = st.one_of(
    st.fixed_dictionaries({"x": ROWS, "y": ROWS, "w": VALUES}),
    st.fixed_dictionaries({"x": VALUES, "w": VALUES}),
    VALUES,
)
SOURCES = {
    "sorted by a comparison of keys": [
        "$sort(x, function($l, $r) { $l.k > $r.k })",
        "$sort(x, function($l, $r) { $l.t < $r.t }).t",
        "$sort(x, function($l, $r) { $r.k > $l.k }).k",
        "$sort(x.k, function($l, $r) { $l > $r })",
        "$sort(x, function($l, $r) { $sum($l.b.k) < $sum($r.b.k) })",
        "$sort(x, function($l, $r) { $lowercase($l.t) > $lowercase($r.t) }).k",
        "$sort(w, function($l, $r) { $l.k > $r.k or false })",
        "x.$sort(b, function($l, $r) { $l.k > $r.k })",
        "$sort(x, function($l, $r) { $l.k > $l.k })",
    ],
    "ordered by keys": [
        "x^(k)",
        "x^(>t).t",
        "x^(k)[0]",
        "x^(>k)[0].t",
        "x^(t)[0]",
        "x^(>t, k).k",
        "x.b^(k)[0]",
        "x^(k)[-1]",
        "w^($)",
        "w^(>$)[0]",
        '{"first": x^(k)[0].t, "last": x^(>k)[0].t, "again": x^(k)[0].k, "all": x^(k).k}',
        "x^(k)[0][k > 0].t",
        "x^($string(k))[0].t",
    ],
    "at positions": [
        "x[[0..2]].k",
        "x[[-1]]",
        "x[[1, 0, 0]].k",
        "w[[0..1]]",
        "x.b[[0..1]].k",
        "x^(k)[[0..1]].t",
        "x[[5..2]]",
        "x[[-2..1]].k",
    ],
    "equal to one value": [
        'x[t = "a"].k',
        "x[k = 1]",
        "x[k = 0].t",
        "x[a = true]",
        "x[a = null].t",
        "x[a = false][0]",
        "y.$count($$.x[k = 2])",
        'w[k = "a"]',
        "($v := w; x[k = $v].t)",
        "x.($o := $; $$.y[k = $o.k].t)",
        "x.b[k = 1]",
        "x[0][k = 1].t",
        "x[$$.w = k]",
        "x[k = $$.w.k].t",
    ],
    "of the whole document": [
        "x[k = $max($$.x.k)].t",
        'x.{"k": k, "n": $count($$.y), "m": $max($$.y.k)}',
        "x.(k > 0 ? $sum($$.y.k) : 0)",
        "$map(x, function($v) { $count($$.x[k > 0]) })",
        'x.(a.k) & $join($$.y.t, "")',
        'x.b.{"j": $$.x.t ~> $join("")}',
    ],
    "with what values were read from": [
        'x.b.{"k": k, "of": %.t}[]',
        'x.b.k.{"v": $, "of": %.%.t}',
        'x@$o.y@$p[$p.k = $o.k].{"l": $o.t, "r": $p.t}',
        'x#$i[$i < 2].{"i": $i, "k": k}',
        'x#$i.b#$j.{"i": $i, "j": $j, "k": k}',
        "x.b[%.k > 0].k",
        'x@$o.b.{"o": $o.k, "k": k}',
        "x#$i[k = 1].t",
        "x@$o.y.($o.k = k)",
        "x.b{t: %.k}",
        "x@$o{$o.t: $count(b)}",
        'x.a.b.{"a": %.k, "x": %.%.t}',
    ],
    "joined": [
        '$join(x.t, "-")',
        '$join(x.(k > 0 ? t), ",")',
        'x.$join(b.(k & ""))',
        '$join(x.b.($string(k)), "/")',
        "$join(x.a)",
    ],
    "behind ~>": [
        "x.k ~> $sum",
        "x.t ~> $sort ~> $join",
        'x.{"j": b.t ~> $join("-")}',
        "($f := $trim ~> $uppercase; x.t.($ ~> $f))",
        "w ~> $count",
        "x.k ~> $max",
        "w ~> $string",
    ],
    "of one object": ['x.{"b": b[0].k, "c": b[k], "d": b[k > 0][0]}', "x.(b[k = 1].k)", "x.(a[0])", "x.(a[true])"],
    "numbers": [
        "x.(k + 1)",
        "x.(k * 2.5 - k)",
        "x.(k / 3)",
        "x.(k % 2)",
        "x.(k < 1.5)",
        "x.(k >= w)",
        "x.$round(k, 2)",
        "x.$round(k * 1.005, 1)",
        'x.$formatNumber(k, "#,##0.00")',
        'x.$formatNumber(k, "0")',
        "$sum(x.k)",
        "x.$string(k * 1.1)",
        'x.(k & "")',
        '$sum(x.k) & " " & $average(x.k)',
    ],
    "texts and times": [
        "x.$trim(t)",
        'x.$replace(t, /(\\d)(\\d)/, "$2$1")',
        "x.$contains(t, /a|b/)",
        "x.t.$toMillis($)",
        'x.$substringBefore(t, "a")',
    ],
    "of literals": [
        '$toMillis("2026-06-01T00:00:00Z") + k',
        '$toMillis("no time")',
        'x.(k > 0 ? $toMillis("no time") : $uppercase("é"))',
        "$lowercase(null)",
        "$round(2.5) = k",
        '[$string(5), $number("0x1F"), $contains("ab", "b"), $length("a\\u0301\\n\'\\"")]',
        'x.$contains("b")',
        '$substringBefore($trim(" a-b "), "-")',
    ],
    "grouped": ["x{t: k}", "x{t: $count($)}", "x.b{$string(k): k}", "x{t: b.k}"],
}


def outcome(expression: Any, document: Any) -> Any:
    try:
        found = expression.evaluate(document)
    except JsonataError as problem:
        return problem.code, problem.position
    return "undefined" if found is UNDEFINED else repr(found)


@pytest.mark.parametrize("subject", SOURCES)
@given(DOCUMENTS)
@settings(max_examples=examples(90))
def test_a_program_without_shorter_ways_agrees(subject: str, document: Any) -> None:
    before = dict(faults())
    for source in SOURCES[subject]:
        usual, plain = PREPARED[source]
        assert outcome(usual, document) == outcome(plain, document), source
    assert faults() == before


def _prepared(source: str) -> tuple[Any, Any]:
    return compile(source), plain_expression(source)


PREPARED = {source: _prepared(source) for sources in SOURCES.values() for source in sources}


def test_such_a_program_has_no_shorter_way():
    usual, plain = _prepared("x[k = 1].t ~> $join('-')")
    assert "equal_to(" in usual.python
    assert "joined" in usual.python
    assert "equal_to(" not in plain.python
    assert "run_join(" in plain.python
