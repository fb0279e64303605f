"""Expressions whose values grow faster than their text, and loops that make one expensive call after the other."""

from tests.hostile.case import BRIEF, Case


def doubled(step, first, times=40, then="$x"):
    """`$x` made anew from itself so many times, straight on."""
    return f"($x := {first}; " + f"$x := {step}; " * times + f"{then})"


STEPS = {
    "$x & $x": "'ab'",
    "$join([$x, $x])": "'ab'",
    "$join([$x, $x, $x], $x)": "'ab'",
    "$replace($x, 'a', $x)": "'aa'",
    "$replace($x, /a/, 'aa')": "'a'",
    "$replace($x, /^/, $x)": "'a'",
    "$replace($x, /^a*$/, '$0$0')": "'a'",
    "$replace($x, /a/, function($m){ $x })": "'aa'",
    "$string([$x, $x])": "'\"'",
    "$string([[$x], [$x]], true)": "1",
    "$encodeUrlComponent($x)": "'%'",
    "$base64encode($x)": "'aaa'",
    "[$x, $x]": "[1]",
    "[[$x], [$x]]": "[1]",
    "[$x, 1, $x]": "[1]",
    "$append($x, $x)": "[1, 2]",
    "[$x, $x].$": "[1]",
    "$x.($x)": "[1, 2]",
    "$x.[$x]": "[1, 2]",
    "$x.{'a': $x}": "[1, 2]",
    "[$x.$append($, $x)]": "[1, 2]",
    "$map($x, function($y){ $x })": "[1, 2]",
    "$map([1, 2], function($y){ $x })": "[1, 2]",
    "$map([1, 2], function(){ [$x, $x] })": "[1, 2]",
    "$reduce([1, 2], function($a, $b){ $append($a, $x) }, $x)": "[1, 2]",
    "[$x, $x][[0..1]]": "[1]",
    "$zip($x, $x).$": "[1, 2]",
    "$spread([$x, $x])": "{'a': 1}",
    "$each({'a': 1, 'b': 2}, function($v){ $x }).$": "[1, 2]",
    "$reverse($append($x, $x))": "[1]",
    "$shuffle($append($x, $x))": "[1]",
    "$sort($append($x, $x))": "[1, 2]",
    "$filter($append($x, $x), function($y){ true })": "[1]",
    "$append($x, $x)^($)": "[1, 2]",
    "$append($x, $x)[$ > 0]": "[1, 2]",
    "$split($join($x) & $join($x), '')": "['a']",
    "$match($x & $x, /a/).match ~> $join": "'a'",
    "[{'a': $x}, {'a': $x}].a": "[1]",
    "[{'a': $x}, {'a': $x}].*": "[1]",
    "[{'a': $x}, {'a': $x}].**": "[1]",
    "$lookup([{'a': $x}, {'a': $x}], 'a')": "[1]",
    "$x@$v.$x": "[1, 2]",
    "$x#$i.$x": "[1, 2]",
    "$x@$v.$x@$w.($v + $w)": "[1, 2]",
    "$x{'a': $append($, $)}.a": "[1, 2]",
    "$x{'a': [$x, $]}.a": "[1, 2]",
    "$eval('[$x, $x]', {})": "[1]",
    "([$x, $x] ~> |$|{}|)": "[1]",
    "$merge([{'a': [$x, $x]}]).a": "[1]",
    "($x ~> $append($x))": "[1, 2]",
    "$sift({'a': [$x, $x]}, function($v){ true }).a": "[1]",
    "[$x, $x] ?: 1": "[1]",
    "$clone([$x, $x])": "[1]",
    "$distinct([$x, $x]) ~> $append($x)": "[1, 2]",
}
SHARED = {
    "array": "$x := [[$x], [$x]]; ",
    "object": "$x := {'a': $x, 'b': $x}; ",
    "mixed": "$x := {'a': [[$x], [$x]], 'b': $x}; ",
}
OVER_SHARED = (
    "$x",
    "[$x]",
    "{'r': $x}",
    "$string($x)",
    "$string($x, true)",
    "$x & ''",
    "$x = $y",
    "$x != $y",
    "$x in [$y]",
    "[$x] = [$y]",
    "$boolean($x)",
    "$not($x)",
    "$x ? 1 : 2",
    "$x and true",
    "$filter([1], function(){ $x })",
    "[1, 2][$x]",
    "$x ?: 1",
    "$clone($x)",
    "$x ~> |$|{}|",
    "$x ~> |**|{'c': 1}|",
    "$x.**",
    "$count($x.**)",
    "**",
    "$x.*",
    "$x.*.*",
    "$x.*.*.*.*.*.*.*.*.*.*",
    "$x.**.**",
    "$x.a.a",
    "$x.a.a.a.a.a.a.a.a.a.a",
    "$spread($x)",
    "$keys($x)",
    "$lookup($x, 'a')",
    "$distinct([$x, $y])",
    "$distinct([$y, $x, $y, $x])",
    "$merge([$x])",
    "$type($x)",
    "$count($x)",
    "$sum($x)",
    "$reverse([$x])",
    "$x{'k': $}",
    "$x^($)",
    "$x[a]",
    "$x.b[a]",
    "[$x].$",
    "$x.$",
    "$map([$x], $string)",
    "$each({'a': $x}, $string)",
    "$eval('$x')",
    "$eval('$string($x)')",
    "$zip([$x], [$y])",
    "$sort([$x, $y])",
    "$join($x)",
    "$max($x)",
    "$append($x, $y)",
    "$error($x)",
    "$assert(false, $string($x))",
    "$flat($x)",
    "$x[$x = $y]",
    "$single([$x, 1], function($v){ $v = $y })",
    "$replace('a', 'a', $string($x))",
    "$x.a@$v.b@$w.1",
    "$x.%",
    "$x.a.b.%.a",
    "$sift({'a': $x}, function($v){ $v = $y })",
    "$formatNumber($count($x.**), '0')",
    "$x#$i.a",
    "$exists($x.**)",
)


def shared(kind, then, leaf="false"):
    """Forty levels of values that occur twice in the next, and the same again as `$y`."""
    step = SHARED[kind]
    other = step.replace("$x", "$y")
    return f"($x := {leaf}; {step * 40} $y := {leaf}; {other * 40} {then})"


def cases():
    found = {f"doubling {step}": Case(doubled(step, first)) for step, first in STEPS.items()}
    for kind in SHARED:
        for then in OVER_SHARED:
            found[f"shared {kind} {then}"] = Case(shared(kind, then), timeout=BRIEF, often=True)
    return found
