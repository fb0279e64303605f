"""`[name = value]` where the value is the same for all that are asked: one look through a list."""

from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ANY, ARRAY, DEEP, MISSING, PLAIN, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Binary, Constant, Name, Node, Number, Path, String, Variable, is_path


def equal_to(gen: Generator, test: Node, value: Value, at: Place, *, flat: bool) -> Value | None:
    """Compile such a predicate on a value, or on a Python list of values (`flat`); None for any other."""
    if value.marks == DEEP or not isinstance(test, Binary) or test.operator != "=":
        return None
    for side, other in ((test.left, test.right), (test.right, test.left)):
        names = is_path(side)
        if names is not None and len(names) == 1 and _is_settled(gen, other, at):
            wanted = gen.value(other, at.used())
            gen.place = test.position
            code = f"equal_to(B, {value.code}, {gen.quoted(names[0])}, {wanted.code})"
            kind = (value.item if flat or value.kind == ARRAY else ANY) & ~MISSING
            return Value(gen.temp(code).code, ARRAY, PLAIN, value.level, item=kind)
    return None


def _is_settled(gen: Generator, node: Node, at: Place) -> bool:
    """Return whether a value is a literal, or read by names from a variable: the same for each item, and no failure."""
    if isinstance(node, String | Number | Constant):
        return True
    if not isinstance(node, Path):
        return _is_variable(gen, node, at)
    if node.keep_array or any(step.stages or step.focus or step.index for step in node.steps):
        return False
    return _is_variable(gen, node.steps[0].node, at) and all(isinstance(step.node, Name) for step in node.steps[1:])


def _is_variable(gen: Generator, node: Node, at: Place) -> bool:
    if not isinstance(node, Variable) or node.name == "":
        return False
    if node.name == "$":
        return not gen.inner
    binding = at.scope.find(node.name)
    return binding is not None and not binding.unsure and binding.function is None and binding.value.marks != DEEP
