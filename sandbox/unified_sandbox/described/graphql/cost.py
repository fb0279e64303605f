"""Computes the cost of a query: a small amount for each field, times the number of entries of the lists around it."""

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, IntValueNode, OperationDefinitionNode, SelectionSetNode, VariableNode

from unified_sandbox.described.document import Complexity

Fragments = Mapping[str, FragmentDefinitionNode]


def cost_of(operation: OperationDefinitionNode, fragments: Fragments, variables: Mapping[str, Any], rules: Complexity) -> float:
    """Return the cost of an operation."""
    return _cost(operation.selection_set, fragments, variables, rules)


def _cost(selection: SelectionSetNode, fragments: Fragments, variables: Mapping[str, Any], rules: Complexity) -> float:
    total = 0.0
    for node in selection.selections:
        if isinstance(node, FieldNode):
            if node.selection_set is None:
                total += rules.scalar
            else:
                inner = _cost(node.selection_set, fragments, variables, rules)
                total += rules.object + inner * _entries(node, variables, rules)
        else:
            name = getattr(getattr(node, "name", None), "value", "")
            inside = fragments[name].selection_set if name in fragments else getattr(node, "selection_set", None)
            total += 0 if inside is None else _cost(inside, fragments, variables, rules)
    return total


def _entries(node: FieldNode, variables: Mapping[str, Any], rules: Complexity) -> int:
    """Return how many entries a field has: one, or as many as a list with nodes is asked for."""
    inside = node.selection_set.selections if node.selection_set else ()
    names = {one.name.value for one in inside if isinstance(one, FieldNode)}
    if not names & {"nodes", "edges"}:
        return 1
    given = next((one.value for one in node.arguments or () if one.name.value == rules.size), None)
    if isinstance(given, IntValueNode):
        return int(given.value)
    value = variables.get(given.name.value) if isinstance(given, VariableNode) else None
    return value if isinstance(value, int) else rules.default
