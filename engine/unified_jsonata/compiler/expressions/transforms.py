"""`|pattern|update, delete|`."""

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, DEEP, FUNCTION, NOWHERE, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Node, Transform, Variable


def transform(gen: Generator, node: Transform, at: Place) -> Value:
    """Compile a transform: a function that returns a changed copy."""
    parts = [_part(gen, one, at) for one in (node.pattern, node.update)]
    parts.append("None" if node.delete is None else _part(gen, node.delete, at))
    binding = at.scope.find("clone")
    clone = (
        "None"
        if binding is None and "clone" not in gen.hidden and "clone" not in gen.given
        else gen.value(Variable(name="clone", start=node.start, end=node.end), at).code
    )
    return gen.temp(f"transform(B, {clone}, {', '.join(parts)})", FUNCTION, DEEP, NOWHERE)


def _part(gen: Generator, node: Node, at: Place) -> str:
    name, item = gen.name("f"), gen.name("c")
    inner = Place(Value(item, ALL, DEEP, NOWHERE), at.scope, loop=at.loop + 1)
    with gen.define(name, [item]):
        gen.line(f"return {gen.value(node, inner).code}")
    return name
