"""Brackets after a step, and order-by."""

from unified.jsonata.compiler.generator import Generator, truth, unwrapped
from unified.jsonata.compiler.kinds import ALL, ANY, ARRAY, DEEP, FUNCTION, MISSING, NUMBER, PLAIN, Value
from unified.jsonata.compiler.place import Place
from unified.jsonata.syntax.tree import Binary, Call, Filter, Node, Number, Sort, Stage, Variable

CONDITIONS = frozenset(("and", "or", "=", "!=", "in", "<", "<=", ">", ">="))
TRUTHS = frozenset(("exists", "contains", "not", "boolean"))


def stage(gen: Generator, node: Stage, value: Value, at: Place, *, flat: bool = False) -> tuple[Value, bool]:
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


def _filtered(gen: Generator, test: Node, value: Value, at: Place, *, flat: bool) -> Value:
    value = gen.named(value)
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
    inner = Place(Value(item, kind | (MISSING if absent else 0), marks, at.loop + 1), at.scope, loop=at.loop + 1)
    if is_condition(gen, test, at):
        with gen.loop(f"for {item} in B.loop({source}):"):
            gen.line(f"if {decided(gen, test, inner)}{kept}: {out}.append({item})")
    else:
        place = gen.name("i")
        with gen.loop(f"for {place}, {item} in enumerate(B.loop({source})):"):
            chosen = gen.named(_apart(gen, test, inner))
            if absent:
                gen.line(f"if {item} is U: continue")
            select(gen, chosen, item, out, place, f"len({source})")
    return Value(out, ARRAY, marks, value.level, item=kind)


def select(gen: Generator, chosen: Value, item: str, out: str, place: str, size: str) -> None:
    """Add an item to a list when a predicate's value selects it: by truth, or by its position."""
    if not chosen.kind & (NUMBER | ARRAY | FUNCTION):
        gen.line(f"if {truth(chosen)}: {out}.append({item})")
        return
    code = chosen.code
    gen.line(f"if type({code}) is str:")
    gen.line(f"    if {code}: {out}.append({item})")
    gen.line(f"elif {code} is not None and {code} is not U: {out}.extend(({item},) * selects({code}, {place}, {size}))")


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


def order(gen: Generator, node: Sort, source: Value, at: Place) -> Value:
    """Return the values of a list in the order of `^(…)`."""
    name, item = gen.name("f"), gen.name("c")
    inner = Place(Value(item, ALL & ~MISSING, source.marks, at.loop + 1), at.scope, loop=at.loop + 1)
    with gen.define(name, [item]):
        keys = [gen.value(term.expression, inner).code for term in node.terms]
        gen.line(f"return ({', '.join(keys)},)")
    directions = tuple(term.descending for term in node.terms)
    gen.place = node.start
    return Value(
        gen.temp(f"ordered(B, {source.code}, {name}, {directions})").code,
        ARRAY,
        DEEP if source.marks == DEEP else PLAIN,
        source.level,
        item=source.item,
    )
