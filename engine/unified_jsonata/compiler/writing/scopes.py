"""Opening a scope: which of its variables may be read before they are bound."""

from collections.abc import Sequence

from unified_jsonata.compiler.planning.plan import bound_directly
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, DEEP, NOWHERE, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Scope
from unified_jsonata.syntax.tree import Bind, Lambda, Node, Variable, children


def opened(gen: Generator, expressions: Sequence[Node], at: Place, scope: Scope | None = None) -> Place:
    """Return the place inside a new scope, with the variables noted that may be read before they are bound."""
    scope = Scope(at.scope) if scope is None else scope
    found = list(bound_directly(gen.plan, expressions))
    if not found:
        return at.inside(scope=scope)
    unsure = {name for name, _, sure in found if not sure} | _early(gen, found)
    for name in sorted({name for name, _, _ in found}):
        if name in unsure and name not in scope.bindings:
            name_of = gen.name("v")
            binding = Binding(name_of, Value(name_of, ALL, DEEP, NOWHERE), unsure=True)
            gen.line(f"{binding.name} = UNBOUND")
            scope.bindings[name] = binding
    return at.inside(scope=scope)


def _early(gen: Generator, found: Sequence[tuple[str, Bind, bool]]) -> set[str]:
    """Return variables that a lambda before their binding reads, or that are bound to a lambda reading them."""
    early: set[str] = set()
    for at, (_, bind, _) in enumerate(found):
        later = {name for name, _, _ in found[at:]}
        early |= later & set(_read_in_lambdas(gen, bind.value, inside=False))
    return early


def _read_in_lambdas(gen: Generator, node: Node, *, inside: bool) -> list[str]:
    if not inside and id(node) not in gen.plan.lambdas.containing:
        return []
    if isinstance(node, Variable):
        return [node.name] if inside else []
    inside = inside or isinstance(node, Lambda)
    return [name for child in children(node) for name in _read_in_lambdas(gen, child, inside=inside)]
