"""What is decided about the functions of an expression before any code is written.

A lambda that is only called can be written in place of its calls; one that might outlive the loop it is made in needs
that loop's body to be a function, so that it keeps the values of its own round.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from unified.jsonata.names import BUILTINS
from unified.jsonata.syntax.tree import (
    Apply,
    Bind,
    Block,
    Call,
    Condition,
    Constant,
    Descendant,
    Index,
    Lambda,
    Name,
    Node,
    Number,
    Parent,
    Partial,
    Path,
    Placeholder,
    Predicate,
    Regex,
    Step,
    String,
    Transform,
    Variable,
    Wildcard,
    children,
)

LEAVES = frozenset((String, Number, Constant, Regex, Name, Wildcard, Descendant, Parent, Placeholder))
"""Kinds of nodes without anything below."""
INLINE = 60
"""Nodes of a lambda that may be written in place of its calls."""
COPIES = 240
"""Nodes that all copies of one lambda together may have."""
LOOPS = {"map": 2, "filter": 2, "reduce": 3, "each": 2, "sift": 2}
"""Functions with a literal lambda that becomes the body of a loop, and how many arguments they take."""
LISTS = frozenset(("map", "filter", "reduce", "single", "count", "join", "sum", "sort", "distinct", "append", "reverse", "max"))
"""Functions with arguments that are lists."""


class Plan:
    """Decisions about the lambdas of one tree, by identity of their nodes."""

    def __init__(self, tree: Node, *, streams: bool, bare: bool = False) -> None:
        self._bare = bare
        self.streams = streams
        """Whether any path binds something on its way."""
        self.binds: set[int] = set()
        """Nodes that bind a variable somewhere below."""
        self.sizes: dict[int, int] = {}
        self.closures: set[int] = set()
        self.uses: dict[str, list[bool]] = {}
        """Variable -> for each place where it is read, whether it is called there."""
        self.bound: dict[str, int] = {}
        """Variable -> how often anything in the whole expression binds it."""
        self.parameters: dict[str, int] = {}
        """Variable -> how many lambdas have it as a parameter."""
        self.functions: set[int] = set()
        """Nodes with a lambda somewhere below."""
        self.lookups: dict[str, int] = {}
        """Variable -> how often `$lookup` looks into it."""
        self.records: set[str] = set()
        """Variables that names are read from, and that nothing takes for a list."""
        self._lists: set[str] = set()
        self.inlined: set[int] = set()
        self.recursive: set[int] = set()
        self.statements: set[int] = set()
        """Bindings with a value that is used through the variable only."""
        self._around: list[int] = []
        self._kept: list[tuple[Node, tuple[int, ...]]] = []
        self._looped: set[int] = set()
        self._first: dict[str, int] = {}
        self._stated: set[int] = set()
        self._lambdas: dict[str, Lambda] = {}
        self._survey(tree, called=False)
        self.records -= self._lists
        self._decide()
        self._mark()

    def _survey(self, node: Node, *, called: bool) -> int:
        """Count nodes, and note what is bound and read."""
        kind = type(node)
        if kind in LEAVES:
            return 1
        if kind is Variable:
            self._note_use(cast("Variable", node), called=called)
            return 1
        note = NOTES.get(kind)
        if note is not None:
            note(self, node)
        own = id(node)
        self._around.append(own)
        size, binds = 1, kind is Bind
        function = node.function if isinstance(node, Call) else None
        for child in children(node):
            size += self._survey(child, called=child is function)
            binds = binds or id(child) in self.binds
        self._around.pop()
        if binds:
            self.binds.add(own)
        self.sizes[own] = size
        return size

    def _note_kept(self, node: Lambda | Transform) -> None:
        """Note a function that may be kept longer than the rounds of the loops around it."""
        around = (*self._around, id(node))
        self._kept.append((node, around))
        self.functions.update(around)

    def _note_use(self, node: Variable, *, called: bool) -> None:
        self.uses.setdefault(node.name, []).append(called)
        self._first.setdefault(node.name, node.start)

    def _bound(self, name: str) -> None:
        self.bound[name] = self.bound.get(name, 0) + 1

    def _note_bind(self, node: Bind) -> None:
        self._bound(node.name)
        if isinstance(node.value, Lambda):
            self._lambdas[node.name] = node.value
            if id(node) in self.statements:
                self._stated.add(id(node.value))

    def _note_lambda(self, node: Lambda) -> None:
        self._note_kept(node)
        for name in node.parameters:
            self._bound(name)
            self.parameters[name] = self.parameters.get(name, 0) + 1

    def _note_block(self, node: Block) -> None:
        self.statements.update(id(one) for one in node.expressions[:-1] if isinstance(one, Bind))

    def _note_step(self, node: Step | Index) -> None:
        for name in (node.name,) if isinstance(node, Index) else (node.focus, node.index):
            if name is not None:
                self.streams = True
                self._bound(name)

    def _note_path(self, node: Path) -> None:
        """Note a variable that names are read from, or that a path iterates over."""
        first = node.steps[0]
        if isinstance(first.node, Variable):
            plain = not first.stages and len(node.steps) > 1 and isinstance(node.steps[1].node, Name)
            (self.records if plain else self._lists).add(first.node.name)

    def _note_predicate(self, node: Predicate) -> None:
        if isinstance(node.base, Variable):
            self._lists.add(node.base.name)

    def _note_call(self, node: Call) -> None:
        direct = None if self._bare else lambda_of_loop(node)
        if direct is not None:
            self._looped.add(id(direct))
        if not isinstance(node.function, Variable):
            return
        if node.function.name in LISTS:
            self._lists.update(one.name for one in node.arguments if isinstance(one, Variable))
        table = node.arguments[0] if node.function.name == "lookup" and node.arguments else None
        if isinstance(table, Variable):
            self.lookups[table.name] = self.lookups.get(table.name, 0) + 1

    def _decide(self) -> None:
        reached = {name: frozenset(self._free(node.body)) & self._lambdas.keys() for name, node in self._lambdas.items()}
        written: dict[str, int] = {}
        """Lambda -> its nodes, with those of the lambdas that are written into it."""
        for name, node in self._lambdas.items():
            if self._reaches(name, reached) or self._calls_unknown(node.body):
                self.recursive.add(id(node))
            uses = self.uses.get(name, [])
            seen = name == "clone" or "eval" in self.uses  # read by name, without a variable that says so
            seen = seen or self._first.get(name, node.end) < node.end  # read before it is bound
            once = not seen and self.bound[name] == 1 and all(uses) and node.signature is None and id(node) in self._stated
            size = self.sizes[id(node)] + sum(written.get(one, 0) for one in self._free(node.body))
            if once and size <= INLINE and size * len(uses) <= COPIES and not self._reaches(name, reached):
                self.inlined.add(id(node))
                written[name] = size

    def _free(self, node: Node) -> Iterable[str]:
        if isinstance(node, Variable):
            yield node.name
        for child in children(node):
            yield from self._free(child)

    def _reaches(self, name: str, reached: dict[str, frozenset[str]]) -> bool:
        """Return whether a lambda may come to call itself through the variables it reads."""
        seen: set[str] = set()
        waiting = list(reached[name])
        while waiting:
            one = waiting.pop()
            if one == name:
                return True
            if one not in seen:
                seen.add(one)
                waiting.extend(reached[one])
        return False

    def _calls_unknown(self, node: Node) -> bool:
        """Return whether a body calls something other than a named lambda or a known function."""
        if isinstance(node, (Call, Partial)):
            function = node.function
            if not isinstance(function, Variable) or (function.name in self.bound and function.name not in self._lambdas):
                return True
        if isinstance(node, Apply) and not isinstance(node.right, Call):
            return True
        return any(self._calls_unknown(child) for child in children(node))

    def _mark(self) -> None:
        """Note everything around functions that may outlive the round of a loop in which they are made."""
        for node, around in self._kept:
            if id(node) not in self.inlined and id(node) not in self._looped:
                self.closures.update(around)

    def only_looked_up(self, name: str) -> bool:
        """Return whether a variable is used for nothing but `$lookup`."""
        if "eval" in self.uses or "lookup" in self.bound:
            return False
        return len(self.uses.get(name, ())) == self.lookups.get(name, 0) and self.bound.get(name) == 1

    def has_closure(self, nodes: Iterable[Node]) -> bool:
        """Return whether any of the nodes makes a function that is kept."""
        return bool(self.closures) and any(id(node) in self.closures for node in nodes)

    def size(self, node: Node) -> int:
        """Return nodes of a subtree."""
        return self.sizes.get(id(node), 1)

    def weight(self, node: Node) -> int:
        """Return the steps that one round of a loop counts for: four nodes are about one."""
        return self.size(node) // 4 + 1


NOTES: Mapping[type[Node], Callable[[Plan, Any], None]] = {
    Bind: Plan._note_bind,  # noqa: SLF001 - the table of its own methods
    Lambda: Plan._note_lambda,  # noqa: SLF001
    Block: Plan._note_block,  # noqa: SLF001
    Step: Plan._note_step,  # noqa: SLF001
    Index: Plan._note_step,  # noqa: SLF001
    Path: Plan._note_path,  # noqa: SLF001
    Predicate: Plan._note_predicate,  # noqa: SLF001
    Call: Plan._note_call,  # noqa: SLF001
    Transform: Plan._note_kept,  # noqa: SLF001
}
"""Kinds of nodes that bind variables or say how they are used."""


def lambda_of_loop(node: Call) -> Lambda | None:
    """Return the literal lambda that a call of `$map`, `$filter` … makes the body of a loop."""
    if (
        not isinstance(node.function, Variable)
        or node.function.name not in LOOPS
        or not 1 <= len(node.arguments) <= LOOPS[node.function.name]
    ):
        return None
    candidates = [one for one in node.arguments[:2] if isinstance(one, Lambda)]
    only = candidates[0] if len(candidates) == 1 else None
    return only if only is not None and only.signature is None else None


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


GATHERING = frozenset(("map", "filter", "each", "keys", "spread", "lookup", "match", "distinct", "single", "reduce"))
"""Functions that may answer an array which unwraps."""


def gathers_twice(node: Node, given: Mapping[str, Any]) -> bool:
    """Return whether a call gathers what a callback's own last call has gathered."""
    call = node.right if isinstance(node, Apply) else node
    if (
        not isinstance(call, Call)
        or not isinstance(call.function, Variable)
        or call.function.name not in ("map", "each", "single")
    ):
        return False
    return any(
        _ends_gathering(one.body, given) if isinstance(one, Lambda) else isinstance(one, Variable) for one in call.arguments[:2]
    )


def _ends_gathering(node: Node, given: Mapping[str, Any]) -> bool:
    if isinstance(node, Condition):
        return _ends_gathering(node.then, given) or (node.otherwise is not None and _ends_gathering(node.otherwise, given))
    if isinstance(node, Block):
        return bool(node.expressions) and _ends_gathering(node.expressions[-1], given)
    if isinstance(node, Predicate) and not node.filters:
        return _ends_gathering(node.base, given)
    if not isinstance(node, Call):
        return False
    name = node.function.name if isinstance(node.function, Variable) else ""
    return name in GATHERING or (name not in BUILTINS and name not in given)


def ends_kept(node: Node) -> bool:
    """Return whether a lambda's last call has `[]` behind it, which the reference forgets there."""
    if isinstance(node, Condition):
        return ends_kept(node.then) or (node.otherwise is not None and ends_kept(node.otherwise))
    if isinstance(node, Block):
        return bool(node.expressions) and ends_kept(node.expressions[-1])
    return isinstance(node, Predicate) and forgets(node)


def forgets(node: Predicate) -> bool:
    """Return whether there is nothing but `[]` behind a call, or behind a block that ends with one."""
    base = node.base
    while isinstance(base, Block) and base.expressions:
        base = base.expressions[-1]
    return not node.filters and isinstance(base, Call)
