"""The state of one analysis: scopes, the calls and problems found, and the bounds that keep it finite."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from unified_jsonata.analysis.values import NOTHING, Read, Value, join, spent
from unified_jsonata.syntax.tree import Lambda, Node

MAX_STEPS = 50_000
"""Expressions looked at before an analysis gives up; a mapping of 100 lines needs about 1,000."""
MAX_CALLS = 20
"""Lambdas called inside one another."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is surely or probably a mistake.

    Codes: `duplicate_key`, `not_a_function`, `dynamic` ($eval: its reads are unknown), `too_complex`.
    """

    code: str
    message: str
    start: int
    end: int


class TooComplex(Exception):
    """The analysis needs more than MAX_STEPS."""


class Scope:
    """The variables bound around an expression."""

    def __init__(self, outer: "Scope | None" = None) -> None:
        self.outer = outer
        self.bound: dict[str, Value] = {}

    def find(self, name: str) -> Value | None:
        """Return the value bound to a name (without `$`), or None when it is free."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound:
                return scope.bound[name]
            scope = scope.outer
        return None


Handler = Callable[["Flow", Node, Value, Scope], Value]
Arguments = tuple[frozenset[Read], ...]


class Flow:
    """Walks a tree with a table of handlers, one a kind of node, and collects what they report."""

    def __init__(self, handlers: Mapping[type[Node], Handler]) -> None:
        self.handlers = handlers
        self.root = Value(aliases=frozenset((Read(path=(), start=0, end=0),)))
        self.effects: list[Value] = []
        self.calls: dict[tuple[str, int, int], Arguments] = {}
        self.problems: dict[tuple[str, int], Problem] = {}
        self.steps = 0
        self.active: list[Lambda] = []

    def value(self, node: Node, context: Value, scope: Scope) -> Value:
        """Return what the expression gives in a context; raises TooComplex beyond the bound."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooComplex
        return self.handlers[type(node)](self, node, context, scope)

    def report(self, code: str, message: str, node: Node) -> None:
        """Note a problem once for a place."""
        found = Problem(code=code, message=message, start=node.start, end=node.end)
        self.problems.setdefault((code, node.start), found)

    def called(self, name: str, node: Node, arguments: Sequence[Value]) -> None:
        """Note a call of a free function; a place called again adds to what its arguments may be."""
        key = (name, node.start, node.end)
        places = tuple(argument.aliases for argument in arguments)
        known = self.calls.get(key)
        if known is None:
            self.calls[key] = places
            return
        size = max(len(places), len(known))
        padded = [tuple(one) + (frozenset(),) * (size - len(one)) for one in (places, known)]
        self.calls[key] = tuple(new | old for new, old in zip(*padded, strict=True))

    def enter(self, node: Lambda, context: Value, scope: Scope, arguments: Sequence[Value]) -> Value:
        """Return what calling a lambda gives; recursion is cut, its arguments then count as read whole."""
        if self.active.count(node) > 1 or len(self.active) >= MAX_CALLS:
            return spent(arguments)
        inner = Scope(scope)
        for position, name in enumerate(node.parameters):
            inner.bound[name] = arguments[position] if position < len(arguments) else NOTHING
        self.active.append(node)
        try:
            return self.value(node.body, context, inner)
        finally:
            self.active.pop()


def apply(function: Value, arguments: Sequence[Value]) -> Value:
    """Return what calling a value gives; when it is not known to be a function, everything given is read whole."""
    if function.function is None:
        return spent([function, *arguments])
    result = function.function(arguments)
    return join([result, spent([function], opaque=False)]) if function.needs else result
