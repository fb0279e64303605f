"""Which provider paths an expression reads: what `$reads`, narrowing and provenance stand on."""

import pytest

from unified_jsonata import analyse, parse

CASES = [
    # paths
    ("a.b.c", "a.b.c"),
    ("$.a.b", "a.b"),
    ("$$.a.b", "a.b"),
    ("$", "$"),
    ("$$", "$"),
    ("a[0].b", "a.b"),
    ("a.b[]", "a.b"),
    ("(a.b)[0].c", "a.b.c"),
    ("a.'b'.`c d`", "a.b.c d"),
    ("a.*.b", "a.*.b"),
    ("a.**.b", "a.**.b"),
    ("*", "*"),
    ("[a, b].c", "a.c b.c"),
    ("(a; b)", "a b"),
    ("a.(b.c)[d]", "a.b.c a.b.c.d"),
    ("'text'", ""),
    ("[1..n]", "n"),
    ("-a", "a"),
    # predicates
    ('phones[type="work"].number', "phones.type phones.number"),
    ("phones[primary].number", "phones.primary phones.number"),
    ("a[b=$$.c].d", "a.b c a.d"),
    ("a[$x.y = b]", "a a.b"),
    ("a[b][c].d", "a.b a.c a.d"),
    ("properties.email[$]", "properties.email"),
    ("a[-1]", "a"),
    ("$filter(a, function($v){ $v.x })[0].y", "a.x a.y"),
    # mapping
    ('emails.{"x": value}', "emails.value"),
    ('emails.{"x": value, "y": $.kind, "z": $$.id}', "emails.value emails.kind id"),
    ('emails.{"type": "work"}', "emails"),
    ('[properties.email[$].{"email": $, "type": "work"}]', "properties.email"),
    ("a.(b & c)", "a.b a.c"),
    ("a.$string(b)", "a.b"),
    ("a.[b, c]", "a.b a.c"),
    ("a{b: c}", "a.b a.c"),
    ('a{"k": $sum(n)}', "a.n"),
    ("a^(>b).c", "a.b a.c"),
    ("a^(%.x)", "a x"),
    # parent, focus, index
    ('a.b.{"x": %.c, "y": d}', "a.c a.b.d"),
    ('a.b.c.{"x": %.%.d}', "a.b.c a.d"),
    ("a.b.%.c", "a.b a.c"),
    ("a.b[%.k = 1].c", "a.k a.b.c"),
    (
        'library.loans@$l.books@$b[$l.isbn=$b.isbn].{"t": $b.title, "c": $l.customer}',
        "library.loans.isbn library.books.isbn library.books.title library.loans.customer",
    ),
    ('a#$i.{"n": $i, "x": x}', "a.x"),
    ("a[b]#$i.c", "a.b a.c"),
    # variables
    ("($p := properties; $p.email)", "properties.email"),
    ("($p := a; $p := $p.b; $p.c)", "a.b.c"),
    ("($unused := secret; a)", "a"),
    ("($x := {'p': a, 'q': b}; $x.p.z)", "a.z"),
    ("($n := $lowercase(a.b); {'x': $n})", "a.b"),
    ("($o := {'x': {'y': a}}; $o.x.y.z)", "a.z"),
    ("($p := a; ($p := b; $p.x); $p.y)", "b.x a.y"),
    ("$account.region", ""),
    ("($assert(id != null); {'a': x})", "id x"),
    # lambdas
    ("$map(items, function($i){ $i.name })", "items.name"),
    ("$map(items, function($i, $n, $all){ $all.x })", "items.x"),
    ("$map(items, function($i){ 1 })", "items"),
    ("items ~> $map(function($i){ $i.n })", "items.n"),
    ("$filter(items, function($i){ $i.active }).name", "items.active items.name"),
    ("$single(items, function($i){ $i.id = 1 }).name", "items.id items.name"),
    ("$sort(items, function($l, $r){ $l.d > $r.d }).name", "items.d items.name"),
    ("$reduce(items, function($sum, $i){ $sum + $i.n }, 0)", "items.n"),
    ("$reduce(items, function($l, $r){ $l.n > $r.n ? $l : $r })", "items.n items"),
    ("$each(props, function($v){ $v.x })", "props.*.x"),
    ("$each(props, function($v, $k){ $k })", "props"),
    ("$sift(props, function($v, $k){ $k = 'x' })", "props"),
    ("$sift(props, function($v){ $v.ok }).x", "props.*.ok props.x"),
    ("($f := function($x){ $x.name }; $f(owner))", "owner.name"),
    ("function($x){ $x.a }(b)", "b.a"),
    ("($a := x; function(){ $a.y })()", "x.y"),
    ("$map(items, $lookup($$.names, ?))", "names.* items"),
    ("($g := $custom(?, b); $g(a))", "a b"),
    ("($both := function($x){$x.p} ~> function($y){$y.q}; $both(a))", "a.p.q"),
    ("($w := function($n){ $n.t & $join($map($n.c, $w)) }; $w(doc))", "doc.t doc.c.t doc.c.c"),
    ("$custom(items, function($i){ $i.name })", "items items.name"),
    # conditions
    ("x ? a : b", "x a b"),
    ("x = 1 ? a.b", "x a.b"),
    ("a ?? b", "a b"),
    ("a ?: b.c", "a b.c"),
    ("(a ?? b).c", "a a.c b.c"),
    ("(x ? a : b).c", "x a.c b.c"),
    ("a and b or c", "a b c"),
    # functions and operators
    ('a & " " & b.c', "a b.c"),
    ("a in [b, 'c']", "a b"),
    ("$uppercase(name)", "name"),
    ("name.$uppercase()", "name"),
    ("name.$split(' ')[0]", "name"),
    ("a.b ~> $trim() ~> $uppercase", "a.b"),
    ("$string()", "$"),
    ("$custom(properties)", "properties"),
    ("$custom(properties, a.b)", "properties a.b"),
    ("[$custom(properties), properties.x]", "properties properties.x"),
    ("$keys(x)", "x"),
    ("$exists(a.b) ? 1 : 2", "a.b"),
    ("$append(a, b).c", "a.c b.c"),
    ("$distinct(tags.name)", "tags.name"),
    ("$merge([a, b]).c", "a.c b.c"),
    ("$lookup(props, 'a')", "props.a"),
    ("($k := 'a'; $lookup(props, $k))", "props.a"),
    ("$lookup(props, key)", "props.* key"),
    ("$lookup({'open': 'x'}, status)", "status"),
    ("$count(a[b])", "a a.b"),
    ("$f(a)(b)", "a b"),
    ("doc ~> |a.b|{'x': c}|", "doc doc.a.b doc.a.b.c"),
    ("$match(a, /x/)", "a"),
    ("$eval('x')", "$"),
    ("$fromMillis($toMillis(created))", "created"),
]


def reads(source):
    return {".".join(read.path) or "$" for read in analyse(parse(source)).reads}


@pytest.mark.parametrize(("source", "paths"), CASES)
def test_reads(source, paths):
    wanted = {"a.b.c d"} if paths == "a.b.c d" else set(paths.split())
    assert reads(source) == wanted


def test_a_read_points_at_the_path_in_the_source():
    source = "{'a': $lowercase(x.y),\n 'b': emails.{'v': value}}"
    found = {".".join(read.path): source[read.start : read.end] for read in analyse(parse(source)).reads}
    assert found == {"x.y": "x.y", "emails.value": "value"}


def test_the_whole_document_points_at_the_variable_that_names_it():
    (read,) = analyse(parse("$string( $$ )")).reads
    assert (read.path, read.start, read.end) == ((), 9, 11)


def test_an_analysis_that_would_not_end_reads_everything_and_says_so():
    doubling = "; ".join(f"$f{n} := function($x){{ $f{n - 1}($x) + $f{n - 1}($x) }}" for n in range(1, 18))
    found = analyse(parse(f"($f0 := function($x){{ $x.a }}; {doubling}; $f17(doc))"))
    assert [read.path for read in found.reads] == [()]
    assert [problem.message for problem in found.problems] == ["the expression is too complex to find what it reads"]
