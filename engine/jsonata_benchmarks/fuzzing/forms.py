"""The forms of the language besides paths, each drawn with parts of the right kinds."""

import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from jsonata_benchmarks.fuzzing import builtins as known
from jsonata_benchmarks.fuzzing import walks
from jsonata_benchmarks.fuzzing.fusions import FUSIONS
from jsonata_benchmarks.fuzzing.generator import Generator, Scope, item_of

Form = Callable[[Generator, Scope], str]


def condition(gen: Generator, kind: str, scope: Scope) -> str:
    below = scope.below()
    otherwise = f" : {gen.of(kind, below)}" if gen.rng.random() < 0.8 else ""
    return f"({gen.of('b', below)} ? {gen.of(kind, below)}{otherwise})"


def default(gen: Generator, kind: str, scope: Scope) -> str:
    below = scope.below()
    return f"({gen.of(kind, below)} {gen.rng.choice(('?:', '??'))} {gen.of(kind, below)})"


def block(gen: Generator, kind: str, scope: Scope) -> str:
    texts = []
    for _ in range(gen.rng.choice((1, 1, 2))):
        name, (value, sample) = gen.variable(scope), _sampled(gen, scope.below())
        texts.append(f"${name} := {value}")
        scope = scope.with_variable(name, sample)
    return f"({'; '.join(texts)}; {gen.of(kind, scope)})"


def _sampled(gen: Generator, scope: Scope) -> tuple[str, object]:
    return walks.path(gen, scope) if gen.rng.random() < 0.6 else (gen.of("x", scope), None)


def local_function(gen: Generator, kind: str, scope: Scope) -> str:
    """A lambda bound to a name, then called, given in part, or mapped."""
    parameter = gen.variable(scope)
    body = gen.of(kind, scope.below(variables=(*scope.variables, (parameter, "x"), ("k", 2))))
    signature = gen.rng.choice(("", "", "", "<x-x?:x>", "<s-n?>", "<a<n>n?>", "<(sn)x?:s>"))
    word = gen.rng.choice(("function", "λ"))
    uses = ("$f({}, 3)", "$f({})", "($g := $f(?, 2); $g({}))", "{} ~> $f(3)", "$map({}, $f)", "$f({}, 'x')")
    used = gen.rng.choice(uses).format(gen.of("x", scope.below()))
    return f"($f := {word}(${parameter}, $k){signature}{{ {body} }}; {used})"


def recursive(gen: Generator, kind: str, scope: Scope) -> str:
    del kind
    count = gen.rng.choice(("0", "1", "5", "20"))
    body = gen.rng.choice(
        (
            "$n <= 0 ? 0 : $n + $r($n - 1)",
            f"$n <= 0 ? [] : $append($r($n - 1), {gen.leaf('x', scope.below())})",
            '$n <= 0 ? "" : $r($n - 1) & $n',
        )
    )
    return f"($r := function($n) {{ {body} }}; $r({count}))"


def chain(gen: Generator, kind: str, scope: Scope) -> str:
    del kind
    functions = ("$string", "$count", "$reverse", "$distinct", "$join(', ')", "$sum", "$sort", "$trim", "$uppercase", "$type")
    last = gen.rng.choice((*functions, function(gen, scope.below(), "f"), "$substring(?, 1)", "$map($string)"))
    more = f" ~> {gen.rng.choice(functions)}" if gen.rng.random() < 0.4 else ""
    return f"({gen.of('x', scope.below())} ~> {last}{more})"


def transform(gen: Generator, kind: str, scope: Scope) -> str:
    del kind
    pattern, sample = walks.plain(gen, scope.below(variables=()))
    inner = scope.below(context=item_of(sample, gen.rng))
    deleted = gen.rng.choice(("", "", ', "name"', ', ["id", "tags"]', ', ["sku"]'))
    return f"($ ~> |{pattern}|{{{walks.pairs(gen, inner, 1)}}}{deleted}|)"


def evaluated(gen: Generator, kind: str, scope: Scope) -> str:
    inner = gen.of(kind, scope.below(variables=(), parents=0))
    return f"$eval({gen.text(inner)})"


def lookup_literal(gen: Generator, kind: str, scope: Scope) -> str:
    del kind
    table = '{"red": "R", "p1": 1, "Ada": [1, 2], "k1": null}'
    return f"$lookup({table}, {gen.of('s', scope.below())})"


def call(gen: Generator, kind: str, scope: Scope) -> str:
    """A built-in function that gives this kind, or any when none does."""
    names = [name for name, (_, gives) in known.SHAPES.items() if kind in {gives, "x"}]
    name = gen.rng.choice(names)
    return f"${name}({', '.join(_arguments(gen, name, scope))})"


def _arguments(gen: Generator, name: str, scope: Scope) -> list[str]:
    letters, found, optional = known.SHAPES[name][0], [], False
    for letter in letters:
        if letter == "?":
            optional = True
        elif optional and gen.rng.random() < 0.5:
            break
        else:
            found.append(_argument(gen, letter, scope.below()))
    if gen.rng.random() < 0.04:
        found = found[1:] if gen.rng.random() < 0.7 else [*found, "1"]
    return found


def _argument(gen: Generator, letter: str, scope: Scope) -> str:
    pictures = {"D": known.DATE_PICTURES, "N": known.NUMBER_PICTURES, "I": known.INTEGER_PICTURES, "d": known.DATES}
    if letter in pictures:
        odd = gen.rng.random() < 0.1
        return gen.of("s", scope) if odd else gen.text(gen.rng.choice(pictures[letter]))
    if letter in "frck":
        return function(gen, scope, letter)
    if letter == "p":
        return gen.rng.choice(known.PATTERNS) if gen.rng.random() < 0.6 else gen.of("s", scope)
    return gen.of(letter, scope)


def function(gen: Generator, scope: Scope, letter: str) -> str:
    """A function value: a lambda of what the caller gives it, a built-in, a partial, a composition."""
    draw = gen.rng.random()
    if letter == "f" and draw < 0.25:
        return gen.rng.choice((*known.CALLBACKS, "$substring(?, 0, 1)", "$trim ~> $uppercase", "/a/", "$contains(?, 'a')"))
    if letter == "c":
        return gen.rng.choice(("function($l, $r) { $l > $r }", "function($l, $r) { $string($l) < $string($r) }"))
    if letter == "r" and draw < 0.3:
        return gen.rng.choice(("$append", "function($p, $q) { $p & $q }", "function($p, $q, $i) { $i }"))
    parameters = ("v", "i", "l")[: gen.rng.choice((1, 1, 2, 2, 3))] if letter != "r" else ("v", "w")
    samples = {"v": item_of(scope.context, gen.rng), "i": 1, "l": [1], "w": 2}
    inner = scope.below(variables=(*scope.variables, *((name, samples[name]) for name in parameters)))
    body = gen.of("b" if letter in "fk" and draw < 0.6 else "x", inner)
    return f"function({', '.join('$' + name for name in parameters)}) {{ {body} }}"


def arithmetic(gen: Generator, scope: Scope) -> str:
    below = scope.below()
    return f"({gen.of('n', below)} {gen.rng.choice('+-*/%')} {gen.of('n', below)})"


def negated(gen: Generator, scope: Scope) -> str:
    return f"-({gen.of('n', scope.below())})"


def concatenation(gen: Generator, scope: Scope) -> str:
    return f"({gen.of('s', scope.below())} & {gen.of('x', scope.below())})"


def comparison(gen: Generator, scope: Scope) -> str:
    below, kind = scope.below(), gen.rng.choice("nnss")
    return f"({gen.of(kind, below)} {gen.rng.choice(('=', '!=', '<', '<=', '>', '>='))} {gen.of(kind, below)})"


def equality(gen: Generator, scope: Scope) -> str:
    below, kind = scope.below(), gen.rng.choice("nsbaox")
    return f"({gen.of(kind, below)} {gen.rng.choice(('=', '!='))} {gen.of(kind, below)})"


def logic(gen: Generator, scope: Scope) -> str:
    return f"({gen.of('b', scope.below())} {gen.rng.choice(('and', 'or'))} {gen.of('b', scope.below())})"


def membership(gen: Generator, scope: Scope) -> str:
    return f"({gen.of('x', scope.below())} in {gen.of('a', scope.below())})"


def array(gen: Generator, scope: Scope) -> str:
    items = [gen.of("x", scope.below()) for _ in range(gen.rng.choice((0, 1, 1, 2, 3)))]
    return f"[{', '.join(items)}]" + gen.rng.choice(("", "", "", "", walks.predicate(gen, scope.below(), [1])))


def ranged(gen: Generator, scope: Scope) -> str:
    low, high = gen.rng.choice(("0", "1", "-2", "3")), gen.rng.choice(("0", "2", "5", gen.leaf("n", scope)))
    body = f".({gen.of('x', scope.below(context=1))})" if gen.rng.random() < 0.4 else ""
    return f"[{low}..{high}]{body}"


def constructed(gen: Generator, scope: Scope) -> str:
    return "{" + walks.pairs(gen, scope, gen.rng.choice((0, 1, 2, 2, 3))) + "}"


def grown(gen: Generator, kind: str, scope: Scope) -> str:
    """An expression that mostly gives this kind, of any form."""
    draw, own = gen.rng.random(), OF_KIND[kind]
    if draw < FOR_PATHS:
        return walks.path(gen, scope)[0]
    if draw < FOR_CALLS:
        return call(gen, kind, scope)
    if draw < FOR_OWN:
        return gen.rng.choice(own)(gen, scope)
    return gen.rng.choice(GENERAL)(gen, kind, scope)


def generator(rng: random.Random) -> Generator:
    """A generator that knows every form."""
    return Generator(rng, grown, walks.plain)


FOR_PATHS: Final = 0.35
FOR_CALLS: Final = 0.55
FOR_OWN: Final = 0.75
"""Shares of paths, calls and forms of the kind that is asked for, one on top of the other; the rest is of any form."""
GENERAL: Final = (condition, default, block, local_function, recursive, chain, transform, evaluated, lookup_literal, *FUSIONS)
OF_KIND: Final[Mapping[str, tuple[Form, ...]]] = MappingProxyType(
    {
        "n": (arithmetic, arithmetic, negated),
        "s": (concatenation, concatenation),
        "b": (comparison, comparison, equality, logic, membership),
        "a": (array, ranged),
        "o": (constructed, constructed),
        "x": (array, constructed, comparison),
    }
)
"""Kind -> the forms that give it."""
