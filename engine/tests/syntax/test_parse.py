"""The shape of the tree for each construct of the language, written as a compact sketch."""

import pytest

from unified_jsonata import parse
from unified_jsonata.errors import line_column
from unified_jsonata.syntax import tree as t
from unified_jsonata.syntax.tree import is_path


def sketch(node):
    """A tree as text: enough to tell precedence, steps and stages apart."""
    return SKETCHES[type(node)](node)


def step(one):
    text = sketch(one.node)
    text += f"@{one.focus}" if one.focus else ""
    text += f"#{one.index}" if one.index else ""
    for stage in one.stages:
        text += f"#{stage.name}" if isinstance(stage, t.Index) else f"[{sketch(stage.expression)}]"
    return text + ("[]" if one.keep_array else "")


def pairs(found):
    return "{" + ", ".join(f"{sketch(p.key)}: {sketch(p.value)}" for p in found) + "}"


def many(nodes, joint=", "):
    return joint.join(map(sketch, nodes))


SKETCHES = {
    t.String: lambda n: repr(n.value),
    t.Number: lambda n: repr(n.value),
    t.Constant: lambda n: {True: "true", False: "false", None: "null"}[n.value],
    t.Regex: lambda n: f"/{n.pattern}/{n.flags}",
    t.Name: lambda n: n.value,
    t.Wildcard: lambda _: "*",
    t.Descendant: lambda _: "**",
    t.Parent: lambda _: "%",
    t.Variable: lambda n: "$" + n.name,
    t.Sort: lambda n: "^(" + ", ".join((">" if x.descending else "<") + sketch(x.expression) for x in n.terms) + ")",
    t.Path: lambda n: "<" + " ".join(step(s) for s in n.steps) + ">" + ("!" if n.keep_array else ""),
    t.Predicate: lambda n: (
        f"{sketch(n.base)}" + "".join(f"[{sketch(f.expression)}]" for f in n.filters) + ("[]" if n.keep_array else "")
    ),
    t.Object: lambda n: pairs(n.pairs),
    t.Group: lambda n: f"group({sketch(n.base)}, {pairs(n.pairs)})",
    t.Range: lambda n: f"{sketch(n.low)}..{sketch(n.high)}",
    t.Array: lambda n: f"[{many(n.items)}]",
    t.Block: lambda n: f"({many(n.expressions, '; ')})",
    t.Bind: lambda n: f"${n.name} := {sketch(n.value)}",
    t.Condition: lambda n: f"if({sketch(n.test)}, {sketch(n.then)}" + (f", {sketch(n.otherwise)})" if n.otherwise else ")"),
    t.Default: lambda n: f"({sketch(n.left)} {n.operator} {sketch(n.right)})",
    t.Binary: lambda n: f"({sketch(n.left)} {n.operator} {sketch(n.right)})",
    t.Negate: lambda n: f"-({sketch(n.operand)})",
    t.Apply: lambda n: f"({sketch(n.left)} ~> {sketch(n.right)})",
    t.Call: lambda n: f"{sketch(n.function)}({many(n.arguments)})",
    t.Partial: lambda n: f"partial {sketch(n.function)}({many(n.arguments)})",
    t.Placeholder: lambda _: "?",
    t.Lambda: lambda n: f"fn({', '.join(n.parameters)}){n.signature or ''}{{{sketch(n.body)}}}",
    t.Transform: lambda n: f"|{sketch(n.pattern)}|{sketch(n.update)}" + (f", {sketch(n.delete)}|" if n.delete else "|"),
}

CASES = [
    ("a", "<a>"),
    ("a.b.c", "<a b c>"),
    ("`a b`.c", "<a b c>"),
    ('"a".b', "<a b>"),
    ('a."b c"', "<a b c>"),
    ("a.and.in.or", "<a and in or>"),
    ("and and and", "(<and> and <and>)"),
    ("a[0]", "<a[0]>"),
    ("a.b[0]", "<a b[0]>"),
    ("(a.b)[0]", "(<a b>)[0]"),
    ("(a.b)[0].c", "<(<a b>)[0] c>"),
    ("a.(b)[0]", "<a (<b>)[0]>"),
    ("a[b=1][0]", "<a[(<b> = 1)][0]>"),
    ("a[]", "<a[]>!"),
    ("a[].b", "<a[] b>!"),
    ("a.b[][0]", "<a b[0][]>!"),
    ("$x[]", "$x[]"),
    ("a[] / 2", "(<a[]>! / 2)"),
    ("a.*.%.**", "<a * % **>"),
    ("*[0]", "<*[0]>"),
    ("a * b", "(<a> * <b>)"),
    ("a % b", "(<a> % <b>)"),
    ("a.{'x': %.b}", "<a {'x': <% b>}>"),
    ("$", "$"),
    ("$$.a", "<$$ a>"),
    ("$.a", "<$ a>"),
    ("a@$v.b", "<a@v b>"),
    ("a#$i.b", "<a#i b>"),
    ("a[0]#$i", "<a[0]#i>"),
    ("a@$v#$i[$i=0]", "<a@v#i[($i = 0)]>"),
    ("a^(b)", "<a ^(<<b>)>"),
    ("a^(>b, <c, d.e)", "<a ^(><b>, <<c>, <<d e>)>"),
    ("a^(b)[0].c", "<a ^(<<b>)[0] c>"),
    ("a{b: c}", "group(<a>, {<b>: <c>})"),
    ("a.b{'k': $}", "group(<a b>, {'k': $})"),
    ("a{'k': b}.c", "group(<a c>, {'k': <b>})"),
    ("$f(a){'k': b}", "group($f(<a>), {'k': <b>})"),
    ("{}", "{}"),
    ("{'a': 1, b: c}", "{'a': 1, <b>: <c>}"),
    ("{'a': 1}.a", "<{'a': 1} a>"),
    ("[]", "[]"),
    ("[1, a, 'b']", "[1, <a>, 'b']"),
    ("[1..3, 5]", "[1..3, 5]"),
    ("[a.b..$n]", "[<a b>..$n]"),
    ("a.[b, c]", "<a [<b>, <c>]>"),
    ("()", "()"),
    ("(a; b;)", "(<a>; <b>)"),
    ("($x := 1; $x)", "($x := 1; $x)"),
    ("$a := $b := 1", "$a := $b := 1"),
    ("a ? b : c", "if(<a>, <b>, <c>)"),
    ("a ? b", "if(<a>, <b>)"),
    ("a ? b : c ? d : e", "if(<a>, <b>, if(<c>, <d>, <e>))"),
    ("a = 1 ? b : c", "if((<a> = 1), <b>, <c>)"),
    ("a ?: b", "(<a> ?: <b>)"),
    ("a ?? b & c", "(<a> ?? (<b> & <c>))"),
    ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
    ("a & b = c and d or e", "((((<a> & <b>) = <c>) and <d>) or <e>)"),
    ("a in [1]", "(<a> in [1])"),
    ("a != b", "(<a> != <b>)"),
    ("a <= b", "(<a> <= <b>)"),
    ("a >= b", "(<a> >= <b>)"),
    ("-5", "-5"),
    ("- a.b", "-(<a b>)"),
    ("2 - -1", "(2 - -1)"),
    ("a ~> $f ~> $g(1)", "((<a> ~> $f) ~> $g(1))"),
    ("$f()", "$f()"),
    ("$f(a, 1)(b)", "$f(<a>, 1)(<b>)"),
    ("a.$f(b).c", "<a $f(<b>) c>"),
    ("$f(?, 1)", "partial $f(?, 1)"),
    ("function($x, $y){$x}", "fn(x, y){$x}"),
    ("λ($x)<s-n?:s>{$x}", "fn(x)<s-n?:s>{$x}"),
    ("function($x)<a<n>(sf)>{$x}(1)", "fn(x)<a<n>(sf)>{$x}(1)"),
    ("function", "<function>"),
    ("/a[/]b/im", "/a[/]b/im"),
    (r"$match(a, /\//)", r"$match(<a>, /\//)"),
    ("a/b/c", "((<a> / <b>) / <c>)"),
    ("|a|{'b': 1}|", "|<a>|{'b': 1}|"),
    ("$ ~> |a.b|{}, ['c']|", "($ ~> |<a b>|{}, ['c']|)"),
    ("true", "true"),
    ("[false, null]", "[false, null]"),
    ("1.0", "1"),
    ("1e3", "1000"),
    ("1.5e-3", "0.0015"),
    ("12345678901234567890", "12345678901234567890"),
    (r'"a\n\"\/\u00e9"', repr('a\n"/é')),
    (r'"\uD83D\uDE00"', repr("😀")),
    ("'it is \"so\"'", repr('it is "so"')),
    ("/* one */ a /* two\n */ . b", "<a b>"),
    ("a\u00a0b", "<a\u00a0b>"),
]


@pytest.mark.parametrize(("source", "shape"), CASES)
def test_the_shape_of_the_tree(source, shape):
    assert sketch(parse(source)) == shape


def test_every_node_covers_the_source_it_came_from():
    source = "{ 'a' : x.y[z = 1].w , 'b':$f( p , ?)  }"
    tree = parse(source)

    def texts(node):
        yield source[node.start : node.end]
        for child in t.children(node):
            yield from texts(child)

    found = set(texts(tree))
    assert {source, "'a' : x.y[z = 1].w", "x.y[z = 1].w", "y[z = 1]", "z = 1", "$f( p , ?)", "?"} <= found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a", ("a",)),
        ("a.b.`c d`", ("a", "b", "c d")),
        ("a[0]", None),
        ("a[]", None),
        ("a.*", None),
        ("$.a", None),
        ("a@$v", None),
        ("'a'", None),
        ("a & b", None),
    ],
)
def test_bare_paths(source, names):
    assert is_path(parse(source)) == names


def test_line_and_column_count_from_one():
    assert [line_column("ab\nc", at) for at in (0, 1, 2, 3, 4, 99)] == [
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 1),
        (2, 2),
        (2, 2),
    ]
