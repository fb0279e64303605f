"""All that is decided about an expression before any code is written.

A lambda that is only called can be written in place of its calls; one that might outlive the loop it is made in needs
that loop's body to be a function, so that it keeps the values of its round.
"""

from collections.abc import Iterable, Mapping

import msgspec

from unified_jsonata.compiler.planning.lambdas import Lambdas, lambdas, statements
from unified_jsonata.compiler.planning.survey import survey
from unified_jsonata.compiler.planning.variables import Variables, variables
from unified_jsonata.syntax.tree import Bind, Block, Lambda, Node, children


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions about one tree; nodes are given by identity."""

    variables: Variables
    lambdas: Lambdas
    statements: frozenset[int]
    """Bindings with a value that is used through the variable only."""
    binds: frozenset[int]
    """Nodes that bind a variable, or contain one that does."""
    sizes: Mapping[int, int]
    streams: bool
    """Whether any path binds something on its way."""

    def has_closure(self, nodes: Iterable[Node]) -> bool:
        """Return whether any of the nodes makes a function that is kept."""
        closures = self.lambdas.closures
        return bool(closures) and any(id(node) in closures for node in nodes)

    def size(self, node: Node) -> int:
        """Return nodes of a subtree."""
        return self.sizes.get(id(node), 1)

    def weight(self, node: Node) -> int:
        """Return the steps that one round of a loop counts for: four nodes are about one."""
        return self.size(node) // 4 + 1


def plan(tree: Node, *, streams: bool) -> Plan:
    """Make the plan of a tree; `streams` says that a `%` makes its paths bind something."""
    found = survey(tree)
    used = variables(found)
    return Plan(
        variables=used,
        lambdas=lambdas(found, used),
        statements=statements(found),
        binds=found.around(id(one) for one in found.of(Bind)),
        sizes=found.sizes,
        streams=streams or used.streams,
    )


def bound_directly(plan: Plan, nodes: Iterable[Node]) -> Iterable[tuple[str, Bind, bool]]:
    """Yield the bindings that expressions make in their own scope: name, node, and whether they are always made."""
    for node in nodes:
        if id(node) in plan.binds:
            yield from _bindings(plan, node, sure=True)


def _bindings(plan: Plan, node: Node, *, sure: bool) -> Iterable[tuple[str, Bind, bool]]:
    if id(node) not in plan.binds:
        return
    if isinstance(node, Bind):
        yield from _bindings(plan, node.value, sure=sure)
        yield node.name, node, sure
    elif not isinstance(node, (Block, Lambda)):
        for child in children(node):
            yield from _bindings(plan, child, sure=False)
