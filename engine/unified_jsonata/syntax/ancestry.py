"""Which `%` can be resolved: each must find the step that its parent was read by (otherwise S0217).

The rule is the language's: walking back over the steps, a name or wildcard takes one `%`, another `%` asks for
one more, a block is asked through its last expression, a path through its steps; anything else has no parent.
A `%` that its own path cannot satisfy is handed to the path around it.
"""

from collections.abc import Iterable, Sequence

from unified_jsonata.syntax.tree import (
    Bind,
    Block,
    Call,
    Filter,
    Group,
    Index,
    Lambda,
    Name,
    Node,
    Parent,
    Partial,
    Path,
    Predicate,
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

    def __init__(self, node: Node, found: "Ancestry") -> None:
        self.node = node
        self.level = 1
        self.found = found

    def meet(self, node: Node) -> None:
        """Pass a step that reads from an object: one parent fewer to find."""
        self.level -= 1
        if self.level == 0:
            self.found.parents[id(self.node)] = id(node)
            self.found.remembered.add(id(node))


class Ancestry:
    """Where each `%` finds its parent, by identity of nodes.

    `parents`: `%` -> the step that read from it. `remembered`: those steps. `open`: blocks and paths that have to
    hand on the parents that their values were read from.
    """

    def __init__(self) -> None:
        self.parents: dict[int, int] = {}
        self.remembered: set[int] = set()
        self.open: set[int] = set()


def resolve(tree: Node) -> Ancestry:
    """Find the parent of every `%`; Orphan when one has none."""
    found = Ancestry()
    for seeker in Search(found).seekers(tree):
        raise Orphan(seeker.node)
    return found


class Search:
    """The walk that lets every `%` look for its parent."""

    def __init__(self, found: Ancestry) -> None:
        self.found = found

    def seekers(self, node: Node) -> list[Seeker]:
        """Return the seekers that a node leaves to the one around it."""
        if isinstance(node, Path):
            return self._of_path(node)
        if isinstance(node, Parent):
            return [Seeker(node, self.found)]
        if isinstance(node, Predicate):
            return self.seekers(node.base) + self._through(node.filters, node.base)
        if isinstance(node, (Lambda, Transform)):
            self._consume(children(node))
            return []
        if isinstance(node, Group):
            self._consume(node.pairs)
            return self.seekers(node.base)
        if isinstance(node, (Call, Partial)):
            self._consume([node.function])
            return [seeker for argument in node.arguments for seeker in self.seekers(argument)]
        return [seeker for child in children(node) for seeker in self.seekers(child)]

    def _consume(self, nodes: Iterable[Node]) -> None:
        """Look inside nodes with a `%` that cannot reach out; left alone they are undefined, not an error."""
        for node in nodes:
            self.seekers(node)

    def _of_path(self, path: Path) -> list[Seeker]:
        left: list[Seeker] = []
        for at, step in enumerate(path.steps):
            seekers = self.seekers(step.node) + self._through(step.stages, step.node)
            for seeker in seekers:
                _walk(seeker, path.steps[:at])
            left.extend(seeker for seeker in seekers if seeker.level > 0)
        return left

    def _through(self, stages: Sequence[Node], node: Node) -> list[Seeker]:
        """Return the seekers of predicates: their own step is the first that can answer."""
        left: list[Seeker] = []
        for stage in stages:
            if isinstance(stage, Index) or _is_bare(stage):
                continue
            for seeker in self.seekers(stage):
                _seek(node, seeker)
                if seeker.level > 0:
                    left.append(seeker)
        return left


def _is_bare(stage: Node) -> bool:
    """Return whether a predicate is nothing but `%`, for which the reference looks nowhere."""
    expression = stage.expression if isinstance(stage, Filter) else None
    return isinstance(expression, Path) and len(expression.steps) == 1 and isinstance(expression.steps[0].node, Parent)


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
        seeker.meet(node)
    elif isinstance(node, Parent):
        seeker.level += 1
    elif isinstance(node, Block):
        seeker.found.open.add(id(node))
        if node.expressions:
            _seek(node.expressions[-1], seeker)
    elif isinstance(node, Predicate):
        seeker.found.open.add(id(node))
        _seek(node.base, seeker)
    elif isinstance(node, Path):
        seeker.found.open.add(id(node))
        _walk(seeker, node.steps)
    elif isinstance(node, Bind):
        _seek(node.value, seeker)
    else:
        raise Orphan(seeker.node)
