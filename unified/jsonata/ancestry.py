"""Which `%` can be resolved: each must find the step that its parent was read by (otherwise S0217).

The rule is the language's: walking back over the steps, a name or wildcard takes one `%`, another `%` asks for
one more, a block is asked through its last expression, a path through its steps; anything else has no parent.
A `%` that its own path cannot satisfy is handed to the path around it.
"""

from collections.abc import Iterable, Sequence

from unified.jsonata.tree import (
    Bind,
    Block,
    Call,
    Group,
    Index,
    Lambda,
    Name,
    Node,
    Parent,
    Partial,
    Path,
    Predicate,
    Sort,
    Step,
    Transform,
    Wildcard,
    children,
)


class Orphan(Exception):
    """A `%` without a parent; carries its node."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


class Seeker:
    """One `%` on its way back: `level` parents are still to be found."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.level = 1


def check(tree: Node) -> None:
    """Raise Orphan when a `%` anywhere in the expression has no parent."""
    for seeker in _open(tree):
        raise Orphan(seeker.node)


def _open(node: Node) -> list[Seeker]:
    """The seekers that a node leaves to the one around it."""
    if isinstance(node, Path):
        return _open_path(node)
    if isinstance(node, Parent):
        return [Seeker(node)]
    if isinstance(node, Predicate):
        return _open(node.base) + _through(node.filters, node.base)
    if isinstance(node, (Lambda, Transform)):
        _consume(children(node))
        return []
    if isinstance(node, Group):
        _consume(node.pairs)
        return _open(node.base)
    if isinstance(node, (Call, Partial)):
        _consume([node.function])
        return [seeker for argument in node.arguments for seeker in _open(argument)]
    return [seeker for child in children(node) for seeker in _open(child)]


def _consume(nodes: Iterable[Node]) -> None:
    """Check what is inside nodes whose `%` cannot reach out; left alone they are undefined, not an error."""
    for node in nodes:
        _open(node)


def _open_path(path: Path) -> list[Seeker]:
    left: list[Seeker] = []
    for at, step in enumerate(path.steps):
        seekers = _open(step.node) + _through(step.stages, step.node)
        for seeker in seekers:
            _walk(seeker, path.steps[:at])
        left.extend(seeker for seeker in seekers if seeker.level > 0)
    return left


def _through(stages: Sequence[Node], node: Node) -> list[Seeker]:
    """The seekers of predicates: the step they stand on is the first that can answer."""
    left: list[Seeker] = []
    for stage in stages:
        if isinstance(stage, Index):
            continue
        for seeker in _open(stage):
            _seek(node, seeker)
            if seeker.level > 0:
                left.append(seeker)
    return left


def _walk(seeker: Seeker, steps: Sequence[Step]) -> None:
    """Take a seeker back over steps until it is satisfied or they end."""
    at = len(steps) - 1
    while seeker.level > 0 and at >= 0:
        step = steps[at]
        at -= 1
        while at >= 0 and step.focus is not None and steps[at].focus is not None:
            step = steps[at]
            at -= 1
        _seek(step.node, seeker)


def _seek(node: Node, seeker: Seeker) -> None:
    if isinstance(node, (Name, Wildcard)):
        seeker.level -= 1
    elif isinstance(node, Parent):
        seeker.level += 1
    elif isinstance(node, Sort):
        return
    elif isinstance(node, Block):
        if node.expressions:
            _seek(node.expressions[-1], seeker)
    elif isinstance(node, Path):
        _walk(seeker, node.steps)
    elif isinstance(node, Bind):
        _seek(node.value, seeker)
    else:
        raise Orphan(seeker.node)
