"""The rules for lists over parents, which concern two mappings: the parents can be listed, without conditions and end."""

from collections.abc import Iterator
from collections.abc import Mapping as Dict

from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import known_names, suggestion
from unified.transform.calls.operation import Operation
from unified.transform.mapping import Mapping
from unified.transform.tools.requirements import needed_filters


def parent_problems(mapping: Mapping, others: Dict[str, Mapping]) -> Iterator[CatalogError]:
    """Yield the problems of the parents of a mapping's lists; `others` are the mappings of its provider, by model."""
    for operation in mapping.lists:
        problem = _problem(operation, mapping, others)
        if problem is not None:
            yield mapping.file.source.error((*operation.place, "parents"), problem, rule=LoadRule.LIST_PARENTS)


def _problem(operation: Operation, mapping: Mapping, others: Dict[str, Mapping]) -> str | None:
    listed = operation.parents
    if listed is None:
        return None
    parent = others.get(listed.model)
    if parent is None or not parent.lists:
        return f"the provider has no list of `{listed.model}`. Mappings: {known_names(others)}"
    named = {one.call.name: one for one in parent.lists if one.call.name}
    if listed.list is not None and listed.list not in named:
        return f"{listed.model} has no list call named `{listed.list}`.{suggestion(listed.list, named)}"
    needed = {name for part in _parts(operation, parent) for name in needed_filters(part)}
    if needed:
        return f"the list of `{listed.model}` needs {known_names(f'filter[{one}]' for one in needed)}, which no one gives"
    circle = _circle(operation, mapping, others)
    return f"lists are over each other in a cycle: {' → '.join(circle)}" if circle else None


def _parts(operation: Operation, parent: Mapping) -> tuple[Operation, ...]:
    """Return the list calls by which the parents of a list are read."""
    listed = operation.parents
    name = None if listed is None else listed.list
    call = parent.lists[-1] if name is None else next(one for one in parent.lists if one.call.name == name)
    return parent.list_calls.chained(call)


def _circle(operation: Operation, mapping: Mapping, others: Dict[str, Mapping]) -> tuple[str, ...]:
    """Return the models of a circle that begins with a list over parents; empty if the parents can be listed at last."""
    seen = {mapping.model.id}
    left: list[tuple[Operation, tuple[str, ...]]] = [(operation, (mapping.model.id,))]
    while left:
        one, path = left.pop()
        parent = None if one.parents is None else others.get(one.parents.model)
        if one.parents is None or parent is None or not parent.lists:
            continue
        if one.parents.model == mapping.model.id:
            return (*path, one.parents.model)
        if one.parents.model not in seen and (
            one.parents.list is None or any(x.call.name == one.parents.list for x in parent.lists)
        ):
            seen.add(one.parents.model)
            left += [(part, (*path, one.parents.model)) for part in _parts(one, parent)]
    return ()
