"""Programs of a few names that are bound again and again: shadowed parameters, closures, recursion, blocks that reassign.

What the compiler knows of a variable must belong to one binding of its name. With four names, nearly every program has several.
"""

from collections.abc import Callable
from typing import Final

from jsonata_benchmarks.fuzzing.generator import Generator, Scope

NAMES: Final = ("a", "b", "k", "w")
LITERALS: Final = ('"red"', '"red"', "1000", "1000", "1", "true", "null", "[1, 1000]", '{"k": 1}', "nothing_here")
COMPUTED: Final = ('("re" & "d")', '$lowercase("RED")', "(999 + 1)", "(1001 - 1)", "(2 - 1)", "$not(false)")
"""Values that are equal to a literal, and another object in memory."""
FIELDS: Final = ("name", "id", "tags", "k", "items", "$", "$$", "people.name")
TESTS: Final = (
    "{0} = {1}",
    "{0} != {1}",
    "{1} = {0}",
    "{0} in [{1}, 1]",
    "$exists({0})",
    "{0} and {1}",
    "{0} > 1",
    "$type({0}) = 'string'",
)
BINDING: Final = ("$append(${0} := {1}, {2})", "${0} := {1}", "({2} ? ${0} := {1} : {2}) and {2}", "[{2}][${0} := {1}]")
"""Bodies that bind a name in the scope of the parameters itself: no block is around."""
MOST_STATEMENTS: Final = 3
FUNCTIONS: Final = ("f", "f", "g", "h")

Form = Callable[[Generator, Scope], str]


def program(gen: Generator, scope: Scope) -> str:
    """A block that makes a function, binds these names, and ends with a value that reads and calls them."""
    name = gen.rng.choice(FUNCTIONS)
    made, inner = f"${name} := {function(gen, scope.below())}", scope.with_variable(name, None)
    statements = [gen.rng.choice(STATEMENTS)(gen, inner) for _ in range(gen.rng.randint(0, MOST_STATEMENTS))]
    statements.insert(gen.rng.choice((0, 0, len(statements))), made)
    return f"({'; '.join([*statements, gen.rng.choice(VALUES)(gen, inner)])})"


def literal_bound(gen: Generator, scope: Scope) -> str:
    del scope
    return f"${gen.rng.choice(NAMES)} := {gen.rng.choice(LITERALS)}"


def value_bound(gen: Generator, scope: Scope) -> str:
    return f"${gen.rng.choice(NAMES)} := {gen.rng.choice(VALUES)(gen, scope)}"


def function_bound(gen: Generator, scope: Scope) -> str:
    return f"${gen.rng.choice(FUNCTIONS)} := {function(gen, scope)}"


def known_function(gen: Generator, scope: Scope) -> str:
    """The name of a function, mostly of one that is there."""
    there = [name for name, _ in scope.variables if name in FUNCTIONS]
    return "$" + gen.rng.choice((*there, *there, *there, *there, *FUNCTIONS[-1:]))


def maybe_bound(gen: Generator, scope: Scope) -> str:
    """A binding that is made on one branch only, and in a block of its own."""
    return f"({test(gen, scope)} ? ({literal_bound(gen, scope)}; {test(gen, scope)}) : {atom(gen, scope)})"


def function(gen: Generator, scope: Scope) -> str:
    """A function whose parameters have the names of variables around it, and whose body may bind them again."""
    names = gen.rng.sample(NAMES, gen.rng.choice((1, 1, 2, 2, 3)))
    forms = BODIES if scope.depth > 0 else FLAT_BODIES
    return f"function({', '.join('$' + one for one in names)}) {{ {gen.rng.choice(forms)(gen, scope.below(), names)} }}"


def rebinding(gen: Generator, scope: Scope, names: list[str]) -> str:
    return f"(${gen.rng.choice(names)} := {gen.rng.choice(INNER)(gen, scope)}; {test(gen, scope)})"


def recognizing(gen: Generator, scope: Scope, names: list[str]) -> str:
    """A body that compares its first parameter with what may be equal to a literal that it is given."""
    del scope
    return f"{gen.rng.choice(COMPUTED)} {gen.rng.choice(('=', '!='))} ${names[0]}"


def direct_rebinding(gen: Generator, scope: Scope, names: list[str]) -> str:
    return gen.rng.choice(BINDING).format(gen.rng.choice(names), atom(gen, scope), test(gen, scope))


def countdown(gen: Generator, scope: Scope, names: list[str]) -> str:
    """A body that calls a function, perhaps itself, a bounded number of times."""
    name = names[0]
    call = f"{known_function(gen, scope)}(${name} - 1, {atom(gen, scope)})"
    done = gen.rng.choice((f"[{atom(gen, scope)}, {call}]", call))
    return f"$type(${name}) = 'number' and ${name} > 0 and ${name} < 9 ? {done} : {test(gen, scope)}"


def called(gen: Generator, scope: Scope) -> str:
    given = ", ".join(atom(gen, scope) for _ in range(gen.rng.choice((1, 1, 2, 3))))
    return f"{known_function(gen, scope)}({given})"


def called_with_literal(gen: Generator, scope: Scope) -> str:
    return f"{known_function(gen, scope)}({gen.rng.choice(LITERALS)})"


def called_in_place(gen: Generator, scope: Scope) -> str:
    return f"{function(gen, scope)}({atom(gen, scope)}, {atom(gen, scope)})"


def mapped(gen: Generator, scope: Scope) -> str:
    return f"$map([{atom(gen, scope)}, {atom(gen, scope)}], {gen.rng.choice((known_function, function, function))(gen, scope)})"


def selected(gen: Generator, scope: Scope) -> str:
    return f"{gen.rng.choice(('items', 'people', '$$', '[1, 2]', '[1000, 1]'))}[{test(gen, scope)}]"


def listed(gen: Generator, scope: Scope) -> str:
    return f"[{atom(gen, scope)}, {test(gen, scope)}, {atom(gen, scope)}]"


def chosen(gen: Generator, scope: Scope) -> str:
    return f"({test(gen, scope)} ? {atom(gen, scope)} : {atom(gen, scope)})"


def nested(gen: Generator, scope: Scope) -> str:
    return program(gen, scope) if scope.depth > 0 else test(gen, scope)


def other(gen: Generator, scope: Scope) -> str:
    return gen.of("x", scope) if scope.depth > 0 else atom(gen, scope)


def test(gen: Generator, scope: Scope) -> str:
    return gen.rng.choice(TESTS).format(atom(gen, scope), atom(gen, scope))


def atom(gen: Generator, scope: Scope) -> str:
    del scope
    name = "$" + gen.rng.choice(NAMES)
    return gen.rng.choice(
        (name, name, name, name, *(gen.rng.choice(one) for one in (LITERALS, LITERALS, COMPUTED, COMPUTED, FIELDS)))
    )


STATEMENTS: Final[tuple[Form, ...]] = (literal_bound, literal_bound, literal_bound, function_bound, value_bound, maybe_bound)
INNER: Final[tuple[Form, ...]] = (test, atom, chosen, listed, selected)
"""Values without a call by name, which might never end inside of a function."""
VALUES: Final[tuple[Form, ...]] = (
    *INNER,
    called,
    called,
    called,
    *(called_with_literal,) * 4,
    mapped,
    called_in_place,
    nested,
    other,
)
FLAT_BODIES: Final = (
    lambda gen, scope, _: test(gen, scope),
    lambda gen, scope, _: test(gen, scope),
    lambda gen, scope, _: atom(gen, scope),
    recognizing,
    recognizing,
    direct_rebinding,
    countdown,
)
BODIES: Final = (*FLAT_BODIES, rebinding, rebinding, lambda gen, scope, _: function(gen, scope))
