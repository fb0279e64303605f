"""Brackets after a step, and order-by."""

from collections.abc import Iterable

from unified_jsonata.compiler.paths import equalities
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, DEEP, FUNCTION, MISSING, NUMBER, PLAIN, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.truth import truth
from unified_jsonata.compiler.writing.unwrapping import unwrapped
from unified_jsonata.syntax.tree import (
    Array,
    Binary,
    Call,
    Constant,
    Filter,
    Node,
    Number,
    Range,
    Stage,
    String,
    Variable,
    is_path,
)

CONDITIONS = frozenset(("and", "or", "=", "!=", "in", "<", "<=", ">", ">="))
TRUTHS = frozenset(("exists", "contains", "not", "boolean"))


def stages(gen: Generator, nodes: Iterable[Stage], value: Value, at: Place, *, flat: bool = False) -> tuple[Value, bool]:
    """Compile predicates one after the other: what a position has selected nothing from is not asked about again."""
    selected = False
    waiting = list(nodes)
    if gen.shape is not None and len(waiting) > 1 and _asks_for_first(gen, waiting[0], waiting[1], at):
        value, flat, selected = _first(gen, waiting[0], value, at, flat=flat), False, True
        del waiting[:2]
    for node in waiting:
        if selected and not _is_position(node):
            value, flat = gen.temp(f"items({value.code})", ARRAY, value.marks, value.level), True
        value, flat = _stage(gen, node, value, at, flat=flat)
        selected = _is_position(node)
    return value, flat


def _is_position(node: Stage) -> bool:
    return isinstance(node, Filter) and isinstance(node.expression, Number)


def _stage(gen: Generator, node: Stage, value: Value, at: Place, *, flat: bool) -> tuple[Value, bool]:
    """Compile one predicate on a value, or on a Python list of values (`flat`), and return which of the two results."""
    assert isinstance(node, Filter)
    before, gen.place = gen.place, node.start
    if isinstance(node.expression, Number):
        found = gen.temp(
            f"at({value.code}, {node.expression.value!r})", ALL if value.marks == DEEP else ANY, value.marks, value.level
        )
        found = unwrapped(gen, found)
        gen.place = before
        return found, False
    found = _filtered(gen, node.expression, value, at, flat=flat)
    gen.place = before
    return found, True


POSITIONS = 100
"""Positions in a literal that are looked up one by one."""


def _positions(node: Node) -> tuple[int, ...] | None:
    """Return the positions that a literal array such as `[0..4]` selects, in order; None for anything else."""
    if not isinstance(node, Array):
        return None
    found: list[int] = []
    for item in node.items:
        ends = (item.low, item.high) if isinstance(item, Range) else (item, item)
        low, high = (one.value if isinstance(one, Number) and isinstance(one.value, int) else None for one in ends)
        if low is None or high is None or high - low > POSITIONS or len(found) > POSITIONS:
            return None
        found += range(low, high + 1)
    return tuple(found)


def _asks_for_first(gen: Generator, node: Stage, after: Stage, at: Place) -> bool:
    """Return whether the first value that fits is wanted, and the condition cannot fail on those behind it."""
    if not isinstance(node, Filter) or not isinstance(after, Filter) or gen.crowded:
        return False
    first = isinstance(after.expression, Number) and after.expression.value == 0
    return first and is_condition(gen, node.expression, at) and _is_harmless(node.expression)


def _is_harmless(node: Node) -> bool:
    """Return whether nothing but names, variables and literals are compared."""
    if isinstance(node, Binary):
        return node.operator in HARMLESS and _is_harmless(node.left) and _is_harmless(node.right)
    return isinstance(node, (String, Number, Constant)) or bool(is_path(node))


HARMLESS = frozenset(("and", "or", "=", "!="))
"""Operators without errors."""


def _first(gen: Generator, node: Stage, value: Value, at: Place, *, flat: bool) -> Value:
    """Compile `[condition][0]`: a loop that ends at the first value that fits."""
    assert isinstance(node, Filter)
    value = gen.named(value)
    found, item = gen.name(), gen.name("c")
    gen.line(f"{found} = U")
    source = value.code
    if not flat:
        source = gen.temp(f"{source} if isinstance({source}, list) else ({source},)", ARRAY).code
    marks = DEEP if value.marks == DEEP else PLAIN
    kind = (value.item if flat or not value.kind & ~(ARRAY | MISSING) else ANY) & ~(ARRAY if marks == PLAIN else 0)
    inner = Place(Value(item, kind | MISSING, marks, at.loop + 1), at.scope, loop=at.loop + 1)
    with gen.loop(f"for {item} in {gen.counted(source, 1, at)}:"):
        _refuse_list(gen, inner)
        with gen.block(f"if {gen.test(node.expression, inner)}:"):
            gen.line(f"{found} = {item}")
            gen.line("break")
    return unwrapped(gen, Value(found, kind | MISSING, marks, value.level))


def _filtered(gen: Generator, test: Node, value: Value, at: Place, *, flat: bool) -> Value:
    value = gen.named(value)
    positions = _positions(test)
    if positions is not None:
        marks = DEEP if value.marks == DEEP else PLAIN
        kind = (value.item if flat or value.kind == ARRAY else ALL if marks == DEEP else ANY) & ~MISSING
        return Value(gen.temp(f"picked(B, {value.code}, {positions})").code, ARRAY, marks, value.level, item=kind)
    same = equalities.equal_to(gen, test, value, at, flat=flat)
    if same is not None:
        return same
    source = value.code
    if not flat:
        source = gen.temp(
            f"{source} if isinstance({source}, list) else ({source},)", ARRAY
        ).code  # the reference asks about UNDEFINED too, which may fail
    out, item = gen.name("a"), gen.name("c")
    gen.line(f"{out} = []")
    marks = DEEP if value.marks == DEEP else PLAIN
    absent = not flat and value.may(MISSING)
    kind = (value.item if flat or not value.kind & ~(ARRAY | MISSING) else ANY) & ~MISSING
    kept = f" and {item} is not U" if absent else ""
    if gen.shape is not None and marks == PLAIN:
        kind &= ~ARRAY
    inner = Place(Value(item, kind | (MISSING if absent else 0), marks, at.loop + 1), at.scope, loop=at.loop + 1)
    if is_condition(gen, test, at):
        with gen.loop(f"for {item} in {gen.counted(source, 1, at)}:"):
            _refuse_list(gen, inner)
            gen.line(f"if {decided(gen, test, inner)}{kept}: {out}.append({item})")
    else:
        place = gen.name("i")
        with gen.loop(f"for {place}, {item} in enumerate(B.loop({source})):"):
            _refuse_list(gen, inner)
            chosen = gen.named(_apart(gen, test, inner))
            if absent:
                gen.line(f"if {item} is U: continue")
            select(gen, chosen, item, out, place, f"len({source})")
    return Value(out, ARRAY, marks, value.level, item=kind)


def _refuse_list(gen: Generator, inner: Place) -> None:
    """Write that an item which is a list is left to the plain program, in a program that may do so."""
    if gen.shape is not None and not inner.context.may(ARRAY):
        gen.line(f"if type({inner.context.code}) is list: raise Nested")


def select(gen: Generator, chosen: Value, item: str, out: str, place: str, size: str) -> None:
    """Add an item to a list when a predicate's value selects it: by truth, or by its position."""
    if not chosen.kind & (NUMBER | ARRAY | FUNCTION):
        gen.line(f"if {truth(chosen)}: {out}.append({item})")
        return
    code = chosen.code
    gen.line(f"if type({code}) is str:")
    gen.line(f"    if {code}: {out}.append({item})")
    gen.line(f"elif {code} is not None and {code} is not U and {code} is not False:")
    gen.line(f"    {out}.extend(({item},) * (1 if {code} is True else selects({code}, {place}, {size})))")


def is_condition(gen: Generator, node: Node, at: Place) -> bool:
    """Return whether a value is true or false, so that it cannot be a position."""
    if isinstance(node, Binary):
        return node.operator in CONDITIONS
    if isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name in TRUTHS:
        name = node.function.name
        return at.scope.find(name) is None and name not in gen.given and name not in gen.hidden
    return False


def decided(gen: Generator, node: Node, at: Place) -> str:
    """Return the condition of a predicate; as a function when it makes functions that are kept."""
    if not gen.crowded and not gen.plan.has_closure((node,)):
        return gen.test(node, at)
    return truth(gen.simple(_apart(gen, node, at)))


def _apart(gen: Generator, node: Node, at: Place) -> Value:
    if not gen.crowded and not gen.plan.has_closure((node,)):
        return gen.value(node, at)
    name, context = gen.closure(node, at)
    return gen.temp(f"{name}({context})", ALL, DEEP, at.loop)
