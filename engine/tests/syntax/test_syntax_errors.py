"""What an author reads when an expression is not one: code, place and words, exactly."""

import pytest

from unified_jsonata import JsonataError, compile, parse

CASES = [
    ("", "S0207 at 1:1: the expression ends where a value is expected"),
    ("1 =", "S0207 at 1:4: the expression ends where a value is expected"),
    ('"open', "S0101 at 1:1: a string has no closing quote"),
    ("10e1000", "S0102 at 1:1: a number is out of range: 10e1000"),
    (r'"a\y"', "S0103 at 1:3: unknown escape sequence in a string: \\y"),
    (r'"\u12"', "S0104 at 1:2: \\u in a string needs four hexadecimal digits"),
    ("a.`b", "S0105 at 1:3: a quoted name has no closing backtick (`)"),
    ("a /* b", "S0106 at 1:3: a comment has no closing */"),
    ("a;b", "S0201 at 1:2: unexpected ; after a complete expression"),
    ("{'a': 1\n 'b': 2}", "S0202 at 2:2: expected \"}\", found 'b'"),
    ("[1:2]", 'S0202 at 1:3: expected "]", found :'),
    ("$f(1", 'S0203 at 1:5: expected ")" before the end of the expression'),
    ("[1!2]", "S0204 at 1:3: unknown operator !"),
    ("function(x){x}", "S0208 at 1:10: a function parameter must be a variable such as $x, found x"),
    ("(a){'b': 1}[0]", "S0209 at 1:12: a predicate cannot follow a grouping {…} in one step"),
    ("a{'b': 1}{'c': 1}", "S0210 at 1:10: a step can have one grouping {…} only"),
    ("a + )", "S0211 at 1:5: ) cannot start a value"),
    ("x := 1", "S0212 at 1:3: the left side of := must be a variable such as $x"),
    ("a.7", "S0213 at 1:3: the literal 7 cannot be a step of a path"),
    ("a@b", "S0214 at 1:2: the right side of @ must be a variable such as $x"),
    ("a[1]@$v", "S0215 at 1:5: put @ and its variable before the predicates of the step"),
    ("a^(b)@$v", "S0216 at 1:6: put @ and its variable before the order-by of the step"),
    ("a.%.%", "S0217 at 1:5: % has no parent here"),
    ("{'a': %}", "S0217 at 1:7: % has no parent here"),
    ("$match(a, //)", "S0301 at 1:11: a regular expression is empty"),
    ("$match(a, /b)", "S0302 at 1:11: a regular expression has no closing /"),
    (
        "function($x)<n<n>>{$x}",
        "S0401 at 1:13: in a signature only functions (f) and arrays (a) take type parameters",
    ),
    (
        "function($x)<(sa<n>)>{$x}",
        "S0402 at 1:13: in a signature a choice (…) cannot hold parameterised types",
    ),
    ("(" * 5000, "U0002 at 1:101: the expression is nested deeper than 100 levels"),
    ("-" * 5000 + "1", "U0002 at 1:101: the expression is nested deeper than 100 levels"),
    ("&".join("a" * 400), "U0002 at 1:1: the expression is nested deeper than 250 levels"),
    ("a" + ".b" * 501, "U0003 at 1:1002: more than 500 operators follow one another"),
    ("a" * 100_001, "U0001 at 1:100001: the expression is longer than 100000 characters"),
]


@pytest.mark.parametrize(("source", "text"), CASES)
def test_the_words_of_a_syntax_error(source, text):
    with pytest.raises(JsonataError) as caught:
        parse(source)
    assert str(caught.value) == text


def test_the_parts_of_an_error():
    with pytest.raises(JsonataError) as caught:
        compile("{'a': 1,\n  'b' 2}")
    error = caught.value
    assert (error.code, error.position, error.line, error.column, error.token) == ("S0202", 15, 2, 7, "2")


def test_a_long_token_is_cut():
    with pytest.raises(JsonataError) as caught:
        parse("1 " + "x" * 500)
    assert str(caught.value) == f"S0201 at 1:3: unexpected {'x' * 60}… after a complete expression"


@pytest.mark.parametrize("source", ["a" + ".b" * 500, "[" * 99 + "]" * 99, "&".join("a" * 240)])
def test_large_but_flat_is_accepted(source):
    parse(source)
