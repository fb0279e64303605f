"""Joining steps into paths, and hanging predicates, bindings and order on the last of them."""

from typing import TypeGuard

import msgspec

from unified_jsonata.syntax.tree import (
    Descendant,
    Filter,
    Group,
    Index,
    Name,
    Node,
    Parent,
    Path,
    Predicate,
    Sort,
    Step,
    String,
    Wildcard,
)


def _named(node: Node) -> Node:
    """Return a step in which a string is a field name."""
    return Name(value=node.value, start=node.start, end=node.end) if isinstance(node, String) else node


def first_step(node: Node) -> Step:
    """Return a value that begins a path; its predicates apply to the whole value, so they stay inside it, but for a name's."""
    if isinstance(node, Predicate) and isinstance(node.base, String):
        return next_step(node)
    keep = isinstance(node, Predicate) and node.keep_array
    return Step(node=_named(node), keep_array=keep, start=node.start, end=node.end)


def next_step(node: Node) -> Step:
    """Return a value that continues a path; its predicates apply for each value of the step before."""
    step = _step(node)
    return msgspec.structs.replace(step, node=_named(step.node))


def _step(node: Node) -> Step:
    """Return a value as a step, its predicates as stages."""
    if not isinstance(node, Predicate):
        return Step(node=node, start=node.start, end=node.end)
    return Step(node=node.base, stages=node.filters, keep_array=node.keep_array, start=node.start, end=node.end)


def as_path(node: Node) -> Path:
    """Return the node itself when it is a path, otherwise a path of one step."""
    if isinstance(node, Path):
        return node
    keep = isinstance(node, Predicate) and node.keep_array
    step = Step(node=node, keep_array=keep, start=node.start, end=node.end)
    return Path(steps=(step,), keep_array=keep, start=node.start, end=node.end)


def _begun(node: Node) -> Path:
    """Return a path of one value that continues with a dot, where a string is a field name."""
    step = first_step(node)
    return Path(steps=(step,), keep_array=step.keep_array, start=node.start, end=node.end)


def _with_name(step: Step) -> Step:
    return msgspec.structs.replace(step, node=_named(step.node)) if isinstance(step.node, String) else step


def joined(left: Node, right: Node) -> Node:
    """Build `left.right`. A grouping on the left side's path stays the last thing done, as in the reference.

    Strings among the steps are names, those too that a binding had made a path of before.
    """
    if isinstance(left, Group) and isinstance(left.base, Path):
        return msgspec.structs.replace(left, base=joined(left.base, right), end=right.end)
    path = left if isinstance(left, Path) else _begun(left)
    added = (freed(right.steps[0]), *right.steps[1:]) if isinstance(right, Path) else (next_step(right),)
    steps = (_with_name(path.steps[0]), *path.steps[1:], _with_name(added[0]), *added[1:])
    keep = path.keep_array or any(step.keep_array for step in steps)
    return Path(steps=steps, keep_array=keep, start=left.start, end=right.end)


def with_last(path: Path, step: Step, end: int) -> Path:
    """Return the path with its last step replaced, ending at `end`."""
    step = msgspec.structs.replace(step, end=end)
    keep = path.keep_array or (step.keep_array and not path.steps[-1].keep_array)  # `[]` that is new
    return Path(steps=(*path.steps[:-1], step), keep_array=keep, start=path.start, end=end)


def filtered(left: Node, expression: Node, start: int, end: int) -> Node:
    """Build `left[expression]`."""
    found = Filter(expression=expression, start=start, end=end)
    if _is_focused_value(left):
        return _within_focus(left, found, end)
    if isinstance(left, Path):
        last = left.steps[-1]
        return with_last(left, msgspec.structs.replace(last, stages=(*last.stages, found)), end)
    if isinstance(left, Predicate):
        return msgspec.structs.replace(left, filters=(*left.filters, found), end=end)
    return Predicate(base=left, filters=(found,), start=left.start, end=end)


def _is_focused_value(left: Node) -> TypeGuard[Path]:
    """Return whether this is `value@$name` with a value that is not a name: predicates after it belong to the value."""
    if not isinstance(left, Path) or len(left.steps) > 1:
        return False
    only = left.steps[0]
    return only.focus is not None and only.index is None and not only.stages and not isinstance(only.node, (Name, String))


def _within_focus(left: Path, found: Filter, end: int) -> Path:
    """Return the path with one more predicate of its value, which does not see the variable."""
    only = left.steps[0]
    value = as_path(only.node) if isinstance(only.node, (Wildcard, Descendant, Parent)) else only.node
    node = filtered(value, found.expression, found.start, end)
    return with_last(left, msgspec.structs.replace(only, node=node), end)


def freed(step: Step) -> Step:
    """Return a step whose value's predicates are stages: after a dot, and before `#`, they see the variable of `@`."""
    if step.focus is None:
        return step
    if isinstance(step.node, Path):
        inner = step.node.steps[0]
        return msgspec.structs.replace(step, node=inner.node, stages=(*inner.stages, *step.stages))
    if isinstance(step.node, Predicate):
        return msgspec.structs.replace(step, node=step.node.base, stages=(*step.node.filters, *step.stages))
    return step


def kept(left: Node, end: int) -> Node:
    """Build `left[]`: an array stays one even with a single value."""
    if isinstance(left, Path):
        last = left.steps[-1]
        if last.index is not None or any(isinstance(stage, Index) for stage in last.stages):
            return msgspec.structs.replace(left, keep_array=True, end=end)  # of this path, not of one that it is put behind
        return with_last(left, msgspec.structs.replace(last, keep_array=True), end)
    if isinstance(left, Predicate):
        return msgspec.structs.replace(left, keep_array=True, end=end)
    return Predicate(base=left, filters=(), keep_array=True, start=left.start, end=end)


def sorted_by(left: Node, sort: Sort) -> Node:
    """Build `left^(…)`: the order is a separate step."""
    path = as_path(left)
    step = Step(node=sort, start=sort.start, end=sort.end)
    return Path(steps=(*path.steps, step), keep_array=path.keep_array, start=left.start, end=sort.end)


def focused(left: Node, name: str, end: int) -> Path:
    """Build `left@$name`."""
    path = as_path(left)
    return with_last(path, msgspec.structs.replace(path.steps[-1], focus=name or None), end)


def indexed(left: Node, name: str, start: int, end: int) -> Path:
    """Build `left#$name`; after predicates it is one of the stages.

    Alone, the value's `[]` is forgotten, as in the reference.
    """
    path = left if isinstance(left, Path) else Path(steps=(_step(left),), start=left.start, end=left.end)
    last = freed(path.steps[-1]) if len(path.steps) == 1 else path.steps[-1]
    if not last.stages:
        return with_last(path, msgspec.structs.replace(last, index=name), end)
    stage = Index(name=name, start=start, end=end)
    return with_last(path, msgspec.structs.replace(last, stages=(*last.stages, stage)), end)
