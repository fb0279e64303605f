"""Which keys an expression writes, and from what."""

import pytest

from unified_jsonata import analyse, compile, parse
from unified_jsonata.analysis import narrow


def outline(writes):
    """Key -> reads, nested keys indented by `/`; `?` marks a conditional key."""
    if writes is None:
        return None
    lines = []
    for write in writes:
        mark = "?" if write.conditional else ""
        lines.append(f"{write.key}{mark}: {' '.join(sorted({'.'.join(r.path) or '$' for r in write.reads}))}")
        lines += [f"{write.key}/{line}" for line in outline(write.nested)]
    return lines


CASES = [
    ("{}", [], False),
    ("{'a': x.y, 'b': 1}", ["a: x.y", "b: "], False),
    ("{'a': {'b': x, 'c': {'d': y}}}", ["a: x y", "a/b: x", "a/c: y", "a/c/d: y"], False),
    ("{'a': [{'b': x}, {'c': y}]}", ["a: x y", "a/b: x", "a/c: y"], False),
    (
        "{'emails': [properties.email[$].{'email': $, 'type': 'work'}]}",
        ["emails: properties.email", "emails/email: properties.email", "emails/type: "],
        False,
    ),
    ("{'a': $map(xs, function($x){ {'n': $x.name} })}", ["a: xs.name", "a/n: xs.name"], False),
    ("($p := properties; {'a': $p.x})", ["a: properties.x"], False),
    ("($n := $lowercase(a.b); {'x': $n, 'y': c})", ["x: a.b", "y: c"], False),
    ("($r := {'a': x}; $r)", ["a: x"], False),
    ("k = 1 ? {'n': a} : {'n': b, 'm': c}", ["n?: a k", "n?: b k", "m?: c k"], False),
    ("k ? {'n': a} : null", ["n?: a k"], False),
    ("k ? {'n': a} : other", ["n?: a k"], True),
    ("{'a': k ? {'n': x} : {'m': y}}", ["a: k x y", "a/n?: k x", "a/m?: k y"], False),
    ("$merge([{'a': x}, custom])", ["a: x"], True),
    ("$merge([{'a': x}, {'b': y}])", ["a: x", "b: y"], False),
    ("$merge([{'a': x}, k ? {'b': y} : {}])", ["a: x", "b?: k y"], False),
    (
        '{"properties": $merge([{"firstname": first_name, "email": emails[0].email}, custom_fields])}',
        [
            "properties: custom_fields emails.email first_name",
            "properties/firstname: first_name",
            "properties/email: emails.email",
        ],
        False,
    ),
    ("{'a': x, $k: y}", ["a: x"], True),
    ("properties.{'a': x}", ["a: properties.x"], False),
    ("a.b", None, True),
    ("$custom(x)", None, True),
    ("'text'", None, False),
    ("[{'a': x}]", None, False),
    ("function($x){ {'a': $x} }(y)", ["a: y"], False),
]


@pytest.mark.parametrize(("source", "lines", "is_open"), CASES)
def test_writes(source, lines, is_open):
    found = analyse(parse(source))
    assert (outline(found.writes), found.open) == (lines, is_open)


def test_a_write_knows_its_source_its_value_and_its_variables():
    source = "{'a': x,  'b' : $account.region & y}"
    write = analyse(parse(source)).writes[1]
    assert source[write.start : write.end] == "'b' : $account.region & y"
    assert source[write.value.start : write.value.end] == "$account.region & y"
    assert write.variables == {"account"}


def test_a_variable_is_followed_through_a_binding():
    (write,) = analyse(parse("($r := $account.region; {'a': $r})")).writes
    assert write.variables == {"account"}


NARROWED = [
    ("{'a': x, 'b': y, 'c': z}", ("a", "c"), "{'a': x, 'c': z}"),
    ("{'a': x, 'b': y}", (), "{}"),
    ("($p := q; { 'a': $p.x,\n 'b': $p.y })", ("b",), "($p := q; {'b': $p.y})"),
    ("k ? {'a': x, 'b': y} : {'b': z}", ("a",), "k ? {'a': x} : {}"),
    ("{'a': x, $k: y, 'b': z}", ("a",), "{'a': x, $k: y}"),
    ("k ? {'a': x, 'b': y} : other", ("a",), "k ? {'a': x, 'b': y} : other"),
    ("$merge([{'a': x}, y])", ("b",), "$merge([{'a': x}, y])"),
    ("a.b", ("a",), "a.b"),
]


@pytest.mark.parametrize(("source", "keys", "narrowed"), NARROWED)
def test_narrow(source, keys, narrowed):
    assert narrow(source, parse(source), keys) == narrowed


def test_a_narrowed_expression_reads_and_answers_less():
    source = "($n := $uppercase(name); {'id': id, 'name': $n, 'mail': email})"
    smaller = compile(narrow(source, parse(source), ("id", "mail")))
    assert [read.path for read in smaller.analysis.reads] == [("id",), ("email",)]
    assert smaller.evaluate({"id": 1, "name": "n", "email": "e"}) == {"id": 1, "mail": "e"}
