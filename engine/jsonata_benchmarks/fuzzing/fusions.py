"""Forms in which the compiler joins one call with the next: nested callbacks, closures, names bound again, binds of paths.

The other forms seldom put one of these into another; here nearly every part is one.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from jsonata_benchmarks.fuzzing import walks
from jsonata_benchmarks.fuzzing.generator import Generator, Scope, item_of, kind_of

Form = Callable[[Generator, str, Scope], str]

NAMES: Final = ("a", "b", "x", "y")
"""Few, so that a name means something else in nearly every scope."""
LITERALS: Final = ("[1,2,3]", "[1..4]", "[3]", "[]", "['b','a']", "[[1,2],[3]]", "nothing_here", "[{'k': 1}, {'k': 2}]")
SELECTORS: Final = ("[0]", "[-1]", "[[0,2]]", "[[0..1]]", "[[2,0,0]]", "[[-1]]", "[$type($) = 'string']", "[true]", "[$ != 1]")


def fused(gen: Generator, kind: str, scope: Scope) -> str:
    """Calls with callbacks in one another, three deep at most, ended by what gives about the wanted kind."""
    text = gathered(gen, scope, gen.rng.choice((1, 2, 2, 3)))
    return gen.rng.choice(ENDINGS[kind]).format(text) if gen.rng.random() < 0.6 else text


def gathered(gen: Generator, scope: Scope, levels: int) -> str:
    """An array made by so many callbacks one after the other; written as a call in a call, or as a chain."""
    if levels <= 0:
        return source(gen, scope)
    inner = gathered(gen, scope, levels - 1)
    form = gen.rng.choice(CALLS)
    if gen.rng.random() < 0.25:
        return f"({inner} ~> {form('', gen, scope)})"
    return form(inner, gen, scope)


def source(gen: Generator, scope: Scope) -> str:
    """What a callback goes through: an array of the document, of a literal, of a variable, or no array at all."""
    draw = gen.rng.random()
    if draw < 0.3:
        return gen.rng.choice(LITERALS)
    if draw < 0.45 and scope.variables:
        return f"${gen.rng.choice(scope.variables)[0]}"
    for _ in range(5):
        text, sample = walks.plain(gen, scope)
        if isinstance(sample, list):
            return text
    return walks.path(gen, scope)[0] if draw > 0.8 else text


def _call(name: str, inner: str, *rest: str) -> str:
    return f"${name}({', '.join(one for one in (inner, *rest) if one)})"


def _mapped(inner: str, gen: Generator, scope: Scope) -> str:
    return _call("map", inner, callback(gen, scope, "x", "vvvil"))


def _filtered(inner: str, gen: Generator, scope: Scope) -> str:
    return _call(gen.rng.choice(("filter", "filter", "filter", "single")), inner, callback(gen, scope, "b", "vvvil"))


def _reduced(inner: str, gen: Generator, scope: Scope) -> str:
    rest = (gen.leaf(gen.rng.choice("nsax"), scope),) if gen.rng.random() < 0.4 else ()
    text = _call("reduce", inner, callback(gen, scope, gen.rng.choice("nsax"), "pppq"), *rest)
    return text if gen.rng.random() < 0.7 or not inner else f"[{text}]"


def _sorted(inner: str, gen: Generator, scope: Scope) -> str:
    return _call("sort", inner, callback(gen, scope, "b", "p")) if gen.rng.random() < 0.6 else _call("sort", inner)


def _over_objects(inner: str, gen: Generator, scope: Scope) -> str:
    holder = _call("merge", inner) if gen.rng.random() < 0.5 or not inner else f"{inner}[0]"
    name = gen.rng.choice(("each", "sift"))
    return f"{holder} ~> ${name}({callback(gen, scope, 'b' if name == 'sift' else 'x', 'k')})"


def _plainly(inner: str, gen: Generator, scope: Scope) -> str:
    del scope
    name = gen.rng.choice(("reverse", "distinct", "spread", "keys", "append", "zip", "merge", "spread"))
    return _call(name, inner, *(("[7, 8]",) if name in {"append", "zip"} else ()))


CALLS: Final = (_mapped, _mapped, _mapped, _filtered, _filtered, _reduced, _reduced, _sorted, _over_objects, _plainly, _plainly)


def callback(gen: Generator, scope: Scope, kind: str, shapes: str) -> str:
    """A lambda whose body reads its parameters, the variables around it, and now and then binds them again.

    Shapes: v a value, i value and position, l and the list, p two values, q and a position, k value and key.
    """
    names = gen.rng.sample(NAMES, 3)[: {"v": 1, "i": 2, "l": 3, "p": 2, "q": 3, "k": 2}[gen.rng.choice(shapes)]]
    item = item_of(scope.context, gen.rng)
    inner = scope.below(variables=(*scope.variables, *((name, item if at == 0 else 1) for at, name in enumerate(names))))
    if gen.rng.random() < 0.06:
        return gen.rng.choice(("$string", "$count", "$spread", "$keys", "$reverse", "$append(?, 1)", "$sum", "$not"))
    return f"function({', '.join(f'${name}' for name in names)}){{ {body(gen, kind, inner, names)} }}"


def body(gen: Generator, kind: str, scope: Scope, names: list[str]) -> str:
    """What a callback computes."""
    draw, name = gen.rng.random(), gen.rng.choice(names)
    other = gen.rng.choice([one for one, _ in scope.variables])
    if draw < 0.32:
        return gen.rng.choice(SIMPLE[kind]).format(name, other)
    if draw < 0.44:
        bound, used = (gen.rng.choice(SIMPLE[one]).format(name, other) for one in ("x", kind))
        return f"(${name} := {bound}; {used})"
    if draw < 0.66 and scope.depth > 0:
        return fused(gen, kind, scope.below())
    if draw < 0.72 and scope.depth > 0:
        return rebound(gen, kind, scope)
    return gen.of(kind, scope)


SIMPLE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "n": ("${0} + ${1}", "${0} * 2", "${0} - 1", "$count(${1})", "$sum([${0}, 1])"),
        "s": ("${0} & ${1}", "$string(${0})", "${0}.name & '-'", "$string(${0}) & $string(${1})"),
        "b": ("${0} > 1", "${0} != ${1}", "$exists(${0}.id)", "${0}", "$string(${0}) < $string(${1})", "true"),
        "a": ("[${0}, ${1}]", "$append(${0}, ${1})", "[${0}]", "[[${0}]]"),
        "o": ("{{'k': ${0}}}", "{{'k': ${0}, 'j': [${1}]}}", "{{$string(${0}): ${1}}}"),
        "x": ("${0}", "[${0}]", "${0}.name", "{{'k': ${0}}}", "${0} & ''", "[${0}, ${1}]", "${1}", "(${0} ? ${1})"),
    }
)
"""Bodies of the first rank: of a parameter and any variable."""
ENDINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "n": ("$count({0})", "$sum({0})", "$length($string({0}))", "{0}[0]"),
        "s": ("$string({0})", "$join({0}.$string())", "{0} & ''"),
        "b": ("$exists({0})", "$boolean({0})", "$not({0})", "({0} = 1)", "(1 in {0})", "({0} and true)"),
        "a": ("{0}[]", "[{0}]", "$reverse({0})", "$append({0}, {0})", "{0}[0]", "{0}.[$]"),
        "o": ("{{'k': {0}}}", "$merge({0})", "{0}{{$string($): $}}", "{{$string({0}): 1}}"),
        "x": ("({0})[0]", "{0}.($)", "{0}", "[{0}]", "{{'k': {0}}}", "({0} ?: 1)", "({0} ?? 1)", "({0} ? {0} : 2)"),
    }
)


def closures(gen: Generator, kind: str, scope: Scope) -> str:
    """Functions made in the rounds of a loop, kept, and called after it."""
    del kind
    name, other = gen.rng.sample(NAMES, 2)
    inner = scope.with_variable(name, 1).with_variable(other, 1)
    made = f"function(${other}){{ {body(gen, 'x', inner, [name, other])} }}"
    items = source(gen, scope)
    uses = (
        f"$map({items}, function(${name}){{ {made} }}) ~> $map(function($f){{ $f({gen.leaf('x', scope)}) }})",
        f"({name}s := 1; $f := $map({items}, function(${name}){{ {made} }})[0]; $f(2))".replace(f"{name}s", "$n"),
        f"($f := function(${name}){{ {made} }}; $g := $f({gen.leaf('x', scope)}); [$g(1), $f(2)(3)])",
        f"($f := $map(?, {made}); ${name} := 1; $f([{items}]))",
        f"($f := $reduce(?, function(${name}, ${other}){{ {body(gen, 'x', inner, [name, other])} }}); $f([{items}]))",
        f"{items}.(${name} := $; function(${other}){{ [${name}, ${other}] }})[0](2)",
        f"($f := function(${name}){{ ${name} }} ~> {made}; ${name} := 3; $f({gen.leaf('x', scope)}))",
        f"(${name} := [1,2]; $map(${name}, {made}) ~> $append($map(${name}, function($q){{ $q }})))",
    )
    return gen.rng.choice(uses)


def rebound(gen: Generator, kind: str, scope: Scope) -> str:
    """One name with several values: bound again in the same scope, in an inner one, in a branch, before its lambda runs."""
    name, other = gen.rng.sample(NAMES, 2)
    one, two = fused(gen, "x", scope.below()) if scope.depth > 1 else source(gen, scope), gen.leaf("x", scope)
    inner = scope.with_variable(name, item_of(scope.context, gen.rng)).with_variable(other, 1)
    used = body(gen, kind, inner, [name, other])
    replaced = f"$replace($string(${name}), 'a', 'b')"
    forms = (
        f"(${name} := {one}; ${other} := ${name}; ${name} := {two}; {used})",
        f"(${other} := {two}; ${name} := (${other} := {one}; ${other}); {used})",
        f"(${name} := {two}; ${other} := function(){{ ${name} }}; ${name} := {one}; [${other}(), ${name}])",
        f"(${name} := {one}; [${name}, (${name} := {two}), ${name}])",
        f"($exists({two}) ? (${name} := {one}) : (${other} := 1); {used})",
        f"(${name} := {one}; $map([1,2], function(${other}){{ (${name} := ${other}; ${name}) }}); {used})",
        f"(${name} := {two}; ${other} := {replaced}; ${name} := {one}; [{replaced}, ${other}])",
        f"(${name} := {one}; ${name}.(${other} := $; ${name} := 1; [${other}, ${name}]))",
    )
    return gen.rng.choice(forms)


def selected(gen: Generator, kind: str, scope: Scope) -> str:
    """Wildcards, descendants, quoted names and functions as steps, with positions, arrays of them and binds behind each."""
    del kind
    text = gen.rng.choice(("*", "**", "*", "**", _named(gen, scope.context), "$", source(gen, scope)))
    for _ in range(gen.rng.choice((1, 1, 2, 2, 3))):
        text += gen.rng.choice(SELECTORS) if gen.rng.random() < 0.35 else ""
        text += f"#${gen.rng.choice(NAMES)}" if gen.rng.random() < 0.15 else ""
        names = (_named(gen, scope.context), _named(gen, item_of(scope.context, gen.rng)))
        text += "." + gen.rng.choice((*names, "*", "**", "$", "[$]"))
    text += gen.rng.choice((*SELECTORS, "", "", "[]", "#$i", "#$i[[0,1]]", "^($)", "{$string($): $}"))
    around = gen.rng.choice(("{}", "{}", "{}", "$spread({})", "$count({})", "[{}]", "({})[0]", "({})[[0,1]]"))
    return around.replace("{}", text)


def _named(gen: Generator, item: Any) -> str:
    """A name of a sample, or of what its values hold; now and then in quotes, which make it a string where it stands first."""
    item = item_of(item, gen.rng)
    if isinstance(item, dict) and item:
        name = gen.rng.choice(tuple(item))
        if isinstance(item_of(item[name], gen.rng), dict) and gen.rng.random() < 0.5:
            return f"`{name}`.{_named(gen, item[name])}"
    else:
        name = gen.rng.choice(("name", "id", "tags", "k1"))
    return gen.rng.choice((f"`{name}`", f"`{name}`", f'"{name}"', f"'{name}'"))


def joined(gen: Generator, kind: str, scope: Scope) -> str:
    """Paths whose steps bind: values by `@`, positions by `#`, several of each, conditions on what was bound."""
    del kind
    first, inner = _lists(gen, scope.context), gen.rng.choice(("parts", "tags", "name", "id", "'q'", "$", "(1)"))
    one, two = gen.rng.sample(NAMES, 2)
    forms = (
        f"{first}#${one}.{inner}#${two}",
        f"{first}@${one}.{_lists(gen, scope.context)}@${two}[${one}.id = ${two}.id]",
        f"{first}@${one}#${two}.{inner}",
        f"{first}#${one}[{gen.rng.choice(('0', '${0} > 0', '[0,1]', '$.id')).format(one).replace('${0}', '$' + one)}].{inner}",
        f"{first}@${one}.({inner}#${two})",
        f"{first}^(id)#${one}",
        f"{first}.{inner}#${one}",
        f"{first}[]#${one}.{inner}@${two}",
    )
    endings = (
        f".{{'a': ${one}, 'b': ${two}, 'c': $}}",
        f".[${one}, ${two}]",
        f".(${one})",
        f"{{$string(${one}): $}}",
        f"{{$string(${one}): ${two}}}",
        f".$map([1], function(${two}){{ [${one}, ${two}] }})",
        f"[${one} != 1]",
        f"^(>${one})",
        "",
        "[[0,1]]",
        "[]",
    )
    return gen.rng.choice(forms) + gen.rng.choice(endings)


def _lists(gen: Generator, document: Any) -> str:
    item = item_of(document, gen.rng)
    found = [f"`{name}`" for name, value in item.items() if kind_of(value) in "ao"] if isinstance(item, dict) else []
    return gen.rng.choice(found or ["$", "`items`"])


def regrouped(gen: Generator, kind: str, scope: Scope) -> str:
    """Groups and transforms whose parts hold callbacks."""
    del kind
    base = gathered(gen, scope, gen.rng.choice((0, 1, 2)))
    inner = scope.below(context={"k": 1, "name": "x"})
    value = fused(gen, "x", inner)
    forms = (
        f"{base}{{$string($): {value}}}",
        f"{base}.{{$string($): {value}}}",
        f"{base}{{$type($): $, 'all': {value}}}",
        f"($ ~> |{gen.rng.choice(('items', 'people', '**', '$', 'owner'))}|{{'k': {value}}}|)",
        f"({base} ~> |$|{{'k': {value}}}, ['id']|)",
        f"$merge({base}.{{$string($): {value}}})",
    )
    return gen.rng.choice(forms)


FUSIONS: Final[tuple[Form, ...]] = (fused, fused, fused, closures, rebound, selected, selected, joined, joined, regrouped)
