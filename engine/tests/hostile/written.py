"""Sources with thousands of the same thing, and those whose compiled form could grow faster than their text."""

from tests.hostile.case import BRIEF, Case

WRITTEN = {
    "5,000 keys": "{" + ",".join(f"'k{at}': {at}" for at in range(5_000)) + "}",
    "5,000 keys of data": "{" + ",".join(f"'k{at}': a{at}" for at in range(5_000)) + "}",
    "5,000 computed keys": "{" + ",".join(f"'k' & {at}: {at}" for at in range(4_000)) + "}",
    "5,000 grouped keys": "a{" + ",".join(f"'k{at}': $" for at in range(5_000)) + "}",
    "5,000 keys in a loop": "[1..100000].{" + ",".join(f"'k{at}': $" for at in range(5_000)) + "}",
    "5,000 keys in $map": "$map([1..100000], function($v){ {" + ",".join(f"'k{at}': $v" for at in range(5_000)) + "} })",
    "5,000 constant keys in a loop": "[1..100000].{" + ",".join(f"'k{at}': {at}" for at in range(5_000)) + "}",
    "20,000 items": "[" + ",".join("1" for _ in range(40_000)) + "]",
    "20,000 items in a loop": "[1..100000].[" + ",".join("$" for _ in range(40_000)) + "]",
    "constants in a loop": "[1..100000].[" + ",".join("1" for _ in range(40_000)) + "]",
    "10,000 arrays": "[" + ",".join("[a]" for _ in range(20_000)) + "]",
    "10,000 names": "[" + ",".join(f"a{at}.b" for at in range(10_000)) + "]",
    "10,000 variables": "[" + ",".join(f"$a{at}" for at in range(10_000)) + "]",
    "5,000 bindings": "(" + ";".join(f"$a{at} := {at}" for at in range(5_000)) + ")",
    "5,000 bindings of each other": "($a0 := 1;" + ";".join(f"$a{at + 1} := $a{at} + 1" for at in range(4_000)) + "; $a4000)",
    "3,000 lambdas": "(" + ";".join(f"$f{at} := function($x){{ $x }}" for at in range(3_000)) + ")",
    "2,000 lambdas that call": "($f0 := function($x){ $x };"
    + ";".join(f"$f{at + 1} := function($x){{ $f{at}($x) + 1 }}" for at in range(2_000))
    + "; $f2000(1))",
    "lambdas that double": "($f0 := function($x){ $x };"
    + ";".join(f"$f{at + 1} := function($x){{ $f{at}($f{at}($x)) }}" for at in range(40))
    + "; $f40(1))",
    "lambdas written in place": "($f0 := function($x){ $x + $x };"
    + ";".join(f"$f{at + 1} := function($x){{ $f{at}($x) + $f{at}($x) }}" for at in range(25))
    + "; $f25(1))",
    "lambdas in place of data": "($f0 := function($x){ {'a': $x.a, 'b': $x.b} };"
    + ";".join(f"$f{at + 1} := function($x){{ {{'a': $f{at}($x), 'b': $f{at}($x)}} }}" for at in range(22))
    + "; $f22($))",
    "3,000 calls": "[" + ",".join("$sum(a)" for _ in range(8_000)) + "]",
    "2,000 $map": "[" + ",".join("$map(a, function($v){ $v })" for _ in range(3_000)) + "]",
    "2,000 conditions": "[" + ",".join("a ? b : c" for _ in range(8_000)) + "]",
    "2,000 else": "true ? 1 : " * 90 + "1",
    "conditions in a row": "(" + "false ? 1 : (" * 45 + "1" + ")" * 45 + ")",
    "2,000 predicates": "a" + "[b = 1]" * 490,
    "2,000 groups": "[" + ",".join("a{b: c}" for _ in range(5_000)) + "]",
    "2,000 orders": "a^(" + ",".join("b" for _ in range(20_000)) + ")",
    "1,000 parameters": "function(" + ",".join(f"$a{at}" for at in range(5_000)) + "){ 1 }(1)",
    "1,000 arguments": "$f(" + ",".join("1" for _ in range(20_000)) + ")",
    "1,000 arguments of a lambda": "function($x){ $x }(" + ",".join("1" for _ in range(20_000)) + ")",
    "1,000 arguments of $zip": "$zip(" + ",".join("[1]" for _ in range(5_000)) + ")",
    "2,000 regexes": "[" + ",".join(f"/a{at}/" for at in range(8_000)) + "]",
    "2,000 transforms": "[" + ",".join("|a|{}|" for _ in range(4_000)) + "]",
    "2,000 partials": "[" + ",".join("$f(?, 1)" for _ in range(4_000)) + "]",
    "2,000 pictures": "[" + ",".join(f"$fromMillis(a, '[Y{at}]')" for at in range(3_000)) + "]",
    "2,000 steps with variables": "a" + "@$x.b" * 240,
    "2,000 indexes": "a" + "#$x.b" * 240,
    "parents": "a.b.c.d.e." + "%." * 200 + "x",
    "wildcards": ".".join(["*"] * 400),
    "descendants": ".".join(["**"] * 400),
    "ranges": "[" + ",".join("1..2" for _ in range(10_000)) + "]",
    "long string": "'" + "a" * 99_000 + "'",
    "escapes": "'" + "\\u0061" * 16_000 + "'",
    "long name": "a" * 99_999,
    "long number": "9" * 99_000,
    "long fraction": "0." + "9" * 99_000,
    "long exponent": "1e" + "9" * 99_000,
    "long key": "{'" + "a" * 99_000 + "': 1}",
    "too long": "a" * 100_001,
    "far too long": "a + " * 1_000_000,
    "signature": "function($x)<" + "(" * 20_000 + ">{ 1 }",
    "signature of arrays": "function($x)<" + "a<" * 20_000 + ">" * 20_000 + ">{ 1 }(1)",
    "signature of options": "function($x)<" + "s?" * 20_000 + ">{ 1 }(1)",
    "signature of many": "function($x)<" + "s+" * 2_000 + ">{ 1 }(" + ",".join("'a'" for _ in range(3_000)) + ")",
    "signature of choices": "function($x)<" + "(sn)" * 10_000 + ">{ 1 }(1)",
    "loops in loops": "[1..2].(" * 18 + "1" + ")" * 18,
    "maps in maps": "$map([1..2], function($v){" * 18 + "1" + "})" * 18,
    "loops with predicates": "a[b]." * 200 + "c",
    "closures": "($f := function($a){" * 40 + "$a" + "}; $f)" * 40,
    "nested loops of 25": "[1].(" * 25 + "$map([1], function($v){ $v })" + ")" * 25,
    "nested filters of 30": "a[" * 30 + "b" + "]" * 30,
    "try of all": "$map(a, function($v){ $v ? $filter(b, function($w){ $w[c = 1] ? {'x': $each($w, function($y){ $y & 'a' })} : [1..3] }) : $reduce(c, function($p, $q){ $p + $q }) })",
}


def cases():
    return {name: Case(source, timeout=BRIEF) for name, source in WRITTEN.items()}
