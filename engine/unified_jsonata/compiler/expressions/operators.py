"""Literals, operators and conditions."""

from collections.abc import Sequence
from typing import Any

import msgspec

from unified_jsonata.compiler.writing.facts import learn
from unified_jsonata.compiler.writing.gathering import gathers_twice
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ARRAY,
    BOOL,
    DEEP,
    EVERYWHERE,
    FUNCTION,
    MISSING,
    NULL,
    NUMBER,
    PLAIN,
    STRING,
    UNDEFINED,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.truth import truth
from unified_jsonata.runtime import values
from unified_jsonata.syntax.tree import (
    Array,
    Binary,
    Call,
    Condition,
    Constant,
    Default,
    Negate,
    Node,
    Number,
    Regex,
    String,
)

ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
ORDER = {"<": "less", "<=": "less_or_equal", ">": "greater", ">=": "greater_or_equal"}
LONG = 10_000
"""Characters from which a joined string is counted."""


def string(gen: Generator, node: String, _: Place) -> Value:
    """Compile a string literal."""
    return constant(gen, node.value)


def number(gen: Generator, node: Number, _: Place) -> Value:
    """Compile a number literal."""
    return constant(gen, node.value)


def literal(gen: Generator, node: Constant, _: Place) -> Value:
    """Compile `true`, `false` or `null`."""
    return constant(gen, node.value)


def constant(gen: Generator, value: Any) -> Value:
    """Return a literal as Python source: short ones in place, others by name."""
    return Value(gen.quoted(value), KINDS[type(value)], PLAIN, EVERYWHERE, literal=value)


KINDS = {str: STRING, int: NUMBER, float: NUMBER, bool: BOOL, type(None): NULL}


def regex(gen: Generator, node: Regex, _: Place) -> Value:
    """Compile a regular expression as a value: a function."""
    return Value(f"regex_function(B, {gen.pattern(node)})", FUNCTION, DEEP, simple=False)


def binary(gen: Generator, node: Binary, at: Place) -> Value:
    """Compile an operator between two values."""
    if node.operator in ARITHMETIC or node.operator in ORDER:
        return _computed(gen, node, at.used())
    if node.operator == "&":
        return _joined(gen, node, at.used())
    test = TESTS[node.operator](gen, node, at)
    return Value(f"(True if {test} else False)" if node.operator in ("and", "or") else test, BOOL, simple=False)


def _computed(gen: Generator, node: Binary, at: Place) -> Value:
    left, right = gen.simple(gen.value(node.left, at)), gen.simple(gen.value(node.right, at))
    gen.place = node.position
    kind = NUMBER if node.operator in ARITHMETIC else BOOL
    missing = (left.kind | right.kind) & MISSING
    name = ARITHMETIC.get(node.operator) or ORDER[node.operator]
    return gen.temp(f"{name}({left.code}, {right.code})", kind | missing)


def _parts(node: Node) -> list[Node]:
    """Return the operands of a chain of `&`."""
    if isinstance(node, Binary) and node.operator == "&":
        return [*_parts(node.left), *_parts(node.right)]
    return [node]


def _joined(gen: Generator, node: Binary, at: Place) -> Value:
    shown = [_shown(gen, gen.value(part, at)) for part in _parts(node)]
    gen.place = node.position
    found = gen.temp(" + ".join(shown), STRING)
    gen.line(f"if len({found.code}) > {LONG}: B.room(len({found.code}))")
    return found


def _shown(gen: Generator, value: Value) -> str:
    """Return a value as text."""
    if value.kind == STRING:
        return value.code
    value = gen.simple(value)
    if value.kind == MISSING:
        return "''"
    if not value.may(STRING):
        return f"text({value.code})"
    return gen.temp(f"{value.code} if type({value.code}) is str else text({value.code})", STRING).code


def both_or_either(gen: Generator, node: Binary, at: Place) -> str:
    """Compile `and` and `or`: the right side is computed only when it decides. A chain is taken apart without recursion."""
    chain: list[Node] = [node.right]
    first = node.left
    while isinstance(first, Binary) and first.operator == node.operator:
        chain.append(first.right)
        first = first.left
    left = gen.test(first, at)
    known = [first]
    for operand in reversed(chain):
        left = _either(gen, left, node.operator, known, operand, at)
        known.append(operand)
    return left


def _either(gen: Generator, left: str, operator: str, known: Sequence[Node], right: Node, at: Place) -> str:
    """Join a test and one more."""
    mark = len(gen.lines)
    name = gen.name()
    gen.line(f"{name} = {left}")
    gen.line(f"if {name}:" if operator == "and" else f"if not {name}:")
    with gen.region():
        if operator == "and":
            for one in known:
                learn(gen, one, at)
        start = len(gen.lines)
        test = gen.test(right, at)
        quiet = len(gen.lines) == start and len(left) < LINE
        gen.line(f"{name} = {test}")
    if quiet:
        gen.cut(mark)
        return f"({left} {operator} {test})"
    return name


LINE = 2_000
"""Characters of a condition on one line."""


def equality(gen: Generator, node: Binary, at: Place) -> str:
    """Compile `=` and `!=`; compared with a literal, by Python's own operators."""
    same = node.operator == "="
    for side, other in ((node.left, node.right), (node.right, node.left)):
        asked = _asked_type(gen, side, at)
        if asked is not None and isinstance(other, String) and other.value in TYPES:
            return _of_type(gen.named(gen.value(asked, at)), other.value, same=same)
    left, right = gen.value(node.left, at), gen.value(node.right, at)
    if left.literal is not msgspec.UNSET and right.literal is not msgspec.UNSET:
        return repr(values.same(left.literal, right.literal) is same)
    for value, against in ((left, right), (right, left)):
        if value.literal is not msgspec.UNSET:
            return _compared(gen.simple(against), value, same=same)
    left, right = gen.simple(left), gen.simple(right)
    return f"{'equal' if same else 'unequal'}({left.code}, {right.code})"


def _asked_type(gen: Generator, node: Node, at: Place) -> Node | None:
    """Return what `$type` is asked about."""
    if isinstance(node, Call) and len(node.arguments) == 1 and gen.is_free(node.function, "type", at):
        return node.arguments[0]
    return None


TYPES = {
    "null": "{0} is None",
    "string": "isinstance({0}, str)",
    "boolean": "type({0}) is bool",
    "number": "isinstance({0}, (int, float)) and type({0}) is not bool",
    "array": "isinstance({0}, list)",
    "object": "isinstance({0}, dict)",
}
"""Words of `$type` -> Python conditions."""


def _of_type(value: Value, word: str, *, same: bool) -> str:
    test = TYPES[word].format(value.code)
    if same:
        return f"({test})"
    return f"({value.code} is not U and not ({test}))" if value.may(MISSING) else f"(not ({test}))"


def _compared(value: Value, known: Value, *, same: bool) -> str:
    if known.literal is None or isinstance(known.literal, bool):
        test = f"{value.code} {'is' if same else 'is not'} {known.code}"
    elif isinstance(known.literal, (int, float)) and value.may(BOOL):
        return f"{'equal' if same else 'unequal'}({value.code}, {known.code})"
    else:
        test = f"{value.code} {'==' if same else '!='} {known.code}"
    if same or not value.may(MISSING):
        return f"({test})"
    return f"({value.code} is not U and {test})"


def membership(gen: Generator, node: Binary, at: Place) -> str:
    """Compile `in`; among literal strings, by a set made once."""
    value = gen.simple(gen.value(node.left, at))
    words = _words(node.right)
    if words is not None:
        name = gen.constant(frozenset(words))
        return (
            f"({value.code} in {name})" if value.kind == STRING else f"(type({value.code}) is str and {value.code} in {name})"
        )
    among = gen.simple(gen.value(node.right, at))
    return f"is_in({value.code}, {among.code})"


def _words(node: Node) -> list[str] | None:
    if not isinstance(node, Array) or not node.items:
        return None
    words = [item.value for item in node.items if isinstance(item, String)]
    return words if len(words) == len(node.items) else None


def negate(gen: Generator, node: Negate, at: Place) -> Value:
    """Compile `-value`."""
    value = gen.simple(gen.value(node.operand, at.used()))
    return gen.temp(f"negate({value.code})", NUMBER | value.kind & MISSING)


def condition(gen: Generator, node: Condition, at: Place) -> Value:
    """Compile `test ? then : otherwise`."""
    return chosen(gen, gen.test(node.test, at), node.then, node.otherwise, at, holds=node.test)


def chosen(
    gen: Generator, test: str, then: Node | Value, otherwise: Node | Value | None, at: Place, holds: Node | None = None
) -> Value:
    """Compile the choice of one of two values, of which only that one is computed."""
    mark = len(gen.lines)
    name = gen.name()
    gen.line(f"if {test}:")
    with gen.region():
        if holds is not None:
            learn(gen, holds, at)
        start = len(gen.lines)
        left = _branch(gen, then, at)
        quiet = len(gen.lines) == start
        gen.rename(name, left.code, start)
    gen.line("else:")
    with gen.region():
        start = len(gen.lines)
        right = _branch(gen, otherwise, at)
        quiet = quiet and len(gen.lines) == start
        gen.rename(name, right.code, start)
    kind, marks = left.kind | right.kind, max(left.marks, right.marks)
    if quiet:
        gen.cut(mark)
        gen.line(f"{name} = {left.code} if {test} else {right.code}")
    return Value(name, kind, marks, min(left.held, right.held))


def _branch(gen: Generator, node: Node | Value | None, at: Place) -> Value:
    if node is None:
        return UNDEFINED
    return node if isinstance(node, Value) else gen.put_final(gen.last(node, at), at)


def default(gen: Generator, node: Default, at: Place) -> Value:
    """Compile `left ?: right` and `left ?? right`."""
    twice = not at.raw and gathers_twice(node.left, gen.given, at.scope)
    place = at.used().inside(raw=True) if at.raw else at.used() if twice else at
    left = asked = gen.simple(gen.value(node.left, place))
    if at.raw and left.may(ARRAY):
        asked = gen.temp(f"settle({left.code})", left.kind | MISSING, left.marks)
        left = gen.temp(f"settle_raw({left.code})", left.kind, left.marks, left.level) if at.plain else left
    there = f"{asked.code} is not U" if asked.may(MISSING) else "True"
    test = there if node.operator == "??" else truth(asked)
    kept = Value(left.code, left.kind & ~MISSING, left.marks, left.level)
    if twice or (not at.raw and left.marks == DEEP and left.may(ARRAY)):
        # the value of the operator unwraps once more, as that of a branch does
        kept = gen.temp(f"settle({left.code})", ALL, DEEP, left.level)
    return chosen(gen, test, kept, node.right, at)


def binary_test(gen: Generator, node: Binary, at: Place) -> str:
    """Return the truth of an operator's value."""
    handler = TESTS.get(node.operator)
    if handler is not None:
        return handler(gen, node, at)
    found = _joined(gen, node, at) if node.operator == "&" else _computed(gen, node, at)
    if node.operator in ORDER:
        return f"({found.code} is True)" if found.may(MISSING) else found.code
    return truth(found)


TESTS = {
    "and": both_or_either,
    "or": both_or_either,
    "=": equality,
    "!=": equality,
    "in": membership,
}
