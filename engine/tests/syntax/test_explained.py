"""What an author is told about a wrong expression: the code, the place under a caret, a hint; and never any data."""

import traceback

import pytest

from unified_jsonata import FunctionError, JsonataError, Limits, compile

SECRET = "hunter2"
DOCUMENT = {
    "secret": SECRET,
    "name": "Ada",
    "id": 5,
    "rows": [{"k": "a", "v": 1, "in": {"w": 1}}, {"k": "b", "v": 2, "in": {"w": 2}}],
}


def teach(_value):
    raise FunctionError("expected an ISO date, got text")


def refuse(value):
    raise RuntimeError(f"cannot take {value}")


FUNCTIONS = {"own": lambda left, right: left + right, "given": lambda value: value, "teach": teach, "refuse": refuse}
LIMITS = Limits(timeout=20)

WRONG = """
$lowercse(name)
^ T1006 this is not a function ($lowercse is not known; did you mean $lowercase?)
uppercase("a")
^ T1005 this is a field, not a function; the leading $ is missing (write $uppercase)
$cont(x)
^ T1006 this is not a function ($cont is not known; did you mean $count?)
rows.$uppercase2(k)
     ^ T1006 this is not a function ($uppercase2 is not known; did you mean $uppercase?)
$zzzzzz(1)
^ T1006 this is not a function ($zzzzzz is not known)
1 & $gvien(1)
    ^ T1006 this is not a function ($gvien is not known; did you mean $given?)
given(secret)
^ T1005 this is a field, not a function; the leading $ is missing (write $given)
secret(1)
^ T1006 this is not a function
$own(1, 2, 3)
^ T0410 an argument does not have the type or number that the function takes ($own takes 2)
{'a': $own(secret, 1)}
      ^ U0101 a function that the caller supplied failed ($own: TypeError)
$teach(secret)
^ U0101 a function that the caller supplied failed (expected an ISO date, got text)
$own(function(){ 1 })
^ U0103 a function that the caller supplied cannot take a function as argument
(1 + 2
      ^ S0203 expected ")" before the end of the expression
[1, 2
     ^ S0203 expected "]" before the end of the expression
{"a": 1
       ^ S0203 expected "}" before the end of the expression
{"a" 1}
     ^ S0202 expected ":", found 1
a.b.(c
      ^ S0203 expected ")" before the end of the expression
a ? b :
       ^ S0207 the expression ends where a value is expected
x[y = ]
      ^ S0211 ] cannot start a value
~> $string
^ S0211 ~> cannot start a value
a b
  ^ S0201 unexpected b after a complete expression
a..b
 ^ S0201 unexpected .. after a complete expression
a := 1
  ^ S0212 the left side of := must be a variable such as $x
$x & "abc
     ^ S0101 a string has no closing quote
"\\q"
 ^ S0103 unknown escape sequence in a string: \\q
"\\u12"
 ^ S0104 \\u in a string needs four hexadecimal digits
a.`abc
  ^ S0105 a quoted name has no closing backtick (`)
a /* abc
  ^ S0106 a comment has no closing */
$match(secret, /(/)
               ^ S0302 a regular expression has no closing /
$match(secret, //)
               ^ S0301 a regular expression is empty
1e999
^ S0102 a number is out of range: 1e999
a.%.%.%
    ^ S0217 % has no parent here
a@b
 ^ S0214 the right side of @ must be a variable such as $x
a[0]@$x
    ^ S0215 put @ and its variable before the predicates of the step
function(a){ 1 }
         ^ S0208 a function parameter must be a variable such as $x, found a
a.1
  ^ S0213 the literal 1 cannot be a step of a path
a{b: c}{d: e}
       ^ S0210 a step can have one grouping {…} only
1 + secret
  ^ T2002 the right side of this operator must be a number
secret * 2
       ^ T2001 the left side of this operator must be a number
[1, -secret]
    ^ D1002 only a number can be negated
secret < 1
       ^ T2009 the two sides of this operator must have the same type
true < 1
     ^ T2010 the two sides of this operator must be numbers or strings
secret.$number($)
       ^ D3030 a value cannot be read as a number
[1, $number(secret)]
    ^ D3030 a value cannot be read as a number
rows.{'a': $sum($$.secret)}
           ^ T0412 an array argument holds items of a type that the function does not take ($sum takes numbers)
$uppercase(id)
^ T0410 an argument does not have the type or number that the function takes (argument 1 of $uppercase)
$substring(secret, "a")
^ T0410 an argument does not have the type or number that the function takes (argument 2 of $substring)
$map(secret, name)
^ T0410 an argument does not have the type or number that the function takes (argument 2 of $map)
$join([1, 2])
^ T0412 an array argument holds items of a type that the function does not take ($join takes strings)
id.$length()
   ^ T0411 the context does not have the type that the function takes (of $length)
$power(10, 1000)
^ D3061 the result of $power is out of range
$sqrt(-1)
^ D3060 $sqrt of a negative number
$toMillis(secret)
^ D3110 a time is not in ISO 8601 form, such as 2026-01-31T12:00:00Z
$fromMillis(1, "[Q]")
^ D3132 a date picture has an unknown component
$formatBase(10, 99)
^ D3100 the radix of $formatBase must be between 2 and 36
$replace(secret, "", "x")
^ D3010 the pattern of $replace must not be empty
$split(secret, "h", -1)
^ D3020 the limit of $split must not be negative
$replace(secret, /h/, function($m){ 1 })
^ D3012 the replacement function of $replace must return a string
[$error(secret)]
 ^ D3137 the expression called $error
$assert(false, secret)
^ D3141 the condition of $assert is false
name = "Ada" ? $single([1, 2])
               ^ D3138 $single found more than one value
$eval(secret & " +")
^ D3120 the expression given to $eval has a syntax error
$eval("$number('" & secret & "')")
^ D3121 the expression given to $eval failed
{1: 2}
 ^ T1003 the key of an object must be a string
{"k" & 1: 1, "k1": 2}
             ^ D1009 two keys of one object have the same name
function($x)<n:n>{ $x }(secret)
^ T0410 an argument does not have the type or number that the function takes (argument 1)
($f := function($x){ 1 + $f($x) }; $f(1))
                         ^ U1001 the evaluation exceeds its limit of time, depth or steps (nested deeper than 200)
$pad(secret, 1e10)
^ U1002 the evaluation makes a string that is too long (more than 10000000 characters)
"a" & $decodeUrl("%zz")
      ^ D3140 a URL is malformed
"""
"""An expression, then the place under it, the code and the words."""


def table():
    lines = WRONG.strip("\n").split("\n")
    for source, told in zip(lines[::2], lines[1::2], strict=True):
        position = told.index("^")
        code, words = told[position + 2 :].split(" ", 1)
        yield source, position, code, words


def error(source):
    with pytest.raises(JsonataError) as caught:
        compile(source, FUNCTIONS).evaluate(DOCUMENT, limits=LIMITS)
    return caught.value


@pytest.mark.parametrize(("source", "position", "code", "words"), list(table()))
def test_an_error_says_what_and_where(source, position, code, words):
    found = error(source)
    assert (found.code, found.message) == (code, words)
    assert (found.position, found.line, found.column, found.source) == (position, 1, position + 1, source)
    assert found.explained() == f"{code} at 1:{position + 1}: {words}\n1 | {source}\n    {' ' * position}^"


def everything(found):
    """All that anybody could print of an error, the data it was raised over left out of the frames."""
    yield from (str(found), repr(found), found.explained(), found.message, str(found.token), str(found.args))
    told = traceback.TracebackException.from_exception(found)
    while told is not None:
        yield from told.format_exception_only()
        told = told.__cause__ or told.__context__


@pytest.mark.parametrize("source", [source for source, *_ in table()])
def test_no_error_holds_data(source):
    assert not [text for text in everything(error(source)) if SECRET in text]


SILENT = (
    "secret + 1",
    "1 - [secret]",
    "secret in 5 + secret",
    "[secret..5]",
    "{secret: 1, secret: 2}",
    "rows{$$.secret: 1, 'hunter' & '2': 2}",
    "rows{v: $$.secret}",
    "rows^($$.secret, $$)",
    "[secret, 1]^($)",
    "$sort([secret, 1])",
    "$ ~> |rows|$$.secret|",
    "$ ~> |rows|{}, $$|",
    "$eval(secret & '(')",
    "$eval('\"' & secret & '\" + 1')",
    "$fromMillis(1, '[Y' & secret)",
    "$toMillis(secret, '[Y]' & secret & '[')",
    "$formatNumber(1, secret & '0.0.0')",
    "$parseInteger(secret, '0') + 'a'",
    "$number(secret & secret)",
    "$decodeUrl(secret & '%')",
    "$match(secret, /h/) + 1",
    "$replace(secret, secret, function(){ {} })",
    "$lookup(secret, 1)",
    "$merge([secret])",
    "$each(secret, 1)",
    "$zip(secret, secret) + 1",
    "$reduce([secret], secret)",
    "$map([secret], secret)",
    "secret ~> secret",
    "secret(secret)",
    "($x := secret; $x(1))",
    "($x := function($y)<n>{ $y }; $x(secret))",
    "($x := function($y)<a<n>>{ $y }; $x([secret]))",
    "$pad(secret, 1e9, secret)",
    "$error({'message': secret})",
    "$assert(secret = 1, secret & '!')",
    "$assert(secret)",
    "($f := function($x){ $f($x & secret) }; $f(secret))",
    "$own(secret)",
    "$own(secret, 1)",
    "$own(secret, secret, secret)",
    "$teach(secret)",
    "rows.$teach($$.secret)",
    "$teach($string)",
)


@pytest.mark.parametrize("source", SILENT)
def test_no_error_of_data_holds_data(source):
    try:
        compile(source, FUNCTIONS).evaluate(DOCUMENT, {"v": SECRET}, LIMITS)
    except JsonataError as found:
        told = [text for text in everything(found) if SECRET in text]
    else:
        told = ["no error"]
    assert told == []


def test_what_a_function_from_outside_said_is_for_those_who_wrote_it():
    found = error("$refuse(secret)")
    assert str(found) == "U0101 at 1:1: a function that the caller supplied failed ($refuse: RuntimeError)"
    assert SECRET not in found.explained()
    assert isinstance(found.__cause__, RuntimeError)


LINES = [
    ("rows.(\n  v +\n    $nummber(k)\n)", "T1006", 3, 5, "3 |     $nummber(k)\n        ^"),
    ('{\n  "id": id,\n  "name": $uppercase(id)\n}', "T0410", 3, 11, '3 |   "name": $uppercase(id)\n              ^'),
    ("\t\tname + 1", "T2001", 1, 8, "1 |   name + 1\n           ^"),
    ("(\n\n$a := 1;\n$a b\n)", "S0202", 4, 4, "4 | $a b\n       ^"),
    ("/* é😀 */ '😀' + 1", "T2001", 1, 14, "1 | /* é😀 */ '😀' + 1\n                 ^"),
    ("[1,\r\n  secret + 1]", "T2001", 2, 10, "2 |   secret + 1]\n             ^"),
]


@pytest.mark.parametrize(("source", "code", "line", "column", "shown"), LINES)
def test_the_line_is_shown(source, code, line, column, shown):
    found = error(source)
    assert (found.code, found.line, found.column) == (code, line, column)
    assert found.explained().split("\n", 1)[1] == shown


def test_of_a_long_line_the_part_around_the_place_is_shown():
    source = " & ".join(["name"] * 60) + " & $lowercse(name) & " + " & ".join(["name"] * 60)
    found = error(source)
    _, shown, caret = found.explained().split("\n")
    assert len(shown) < 120
    assert shown[caret.index("^") :].startswith("$lowercse(name)")


HINTS = [
    ("$uppercas('a')", "$uppercase"),
    ("$upercase('a')", "$uppercase"),
    ("$toMilis('a')", "$toMillis"),
    ("$substringbefore('a', 'b')", "$substringBefore"),
    ("$formatDate(1)", "$formatBase"),
    ("$givn(1)", "$given"),
    ("$techa(1)", "$teach"),
    ("$x(1)", None),
    ("($count := 1; $cout(1))", "$count"),
]


@pytest.mark.parametrize(("source", "hint"), HINTS)
def test_a_name_that_is_nearly_right_is_reported(source, hint):
    text = str(error(source))
    assert (f"did you mean {hint}?" in text) if hint else ("did you mean" not in text)
