"""Expressions made from the grammar over a sample document, so that most of them mean something."""

import json
import random
from collections.abc import Callable
from typing import Any, Final

import msgspec

from jsonata_benchmarks.fuzzing import builtins as known

KINDS: Final = "snbaox"
ODD: Final = 0.06
"""How often something of another kind is put where one kind is expected."""


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What an expression stands in: a sample of its context, the variables with a sample each, and the room for depth."""

    context: Any
    root: Any
    depth: int
    variables: tuple[tuple[str, Any], ...] = ()
    parents: int = 0
    """Objects above the context that `%` can reach."""

    def below(self, **changes: Any) -> "Scope":
        """The same one level deeper."""
        return msgspec.structs.replace(self, depth=self.depth - 1, **changes)

    def with_variable(self, name: str, sample: Any) -> "Scope":
        """One level deeper with one variable more."""
        return self.below(variables=(*self.variables, (name, sample)))


class Generator:
    """Draws expressions from one source of chance.

    `grow` makes an expression of a kind from the grammar, `reach` a path of names with a sample of what it gives.
    """

    def __init__(self, rng: random.Random, grow: "Grow", reach: "Reach") -> None:
        self.rng = rng
        self._grow = grow
        self._reach = reach

    def expression(self, document: Any, depth: int = 4) -> str:
        """One whole expression over a document."""
        scope = Scope(context=document, root=document, depth=depth)
        return self.of(self.rng.choice("xxxaaosnb"), scope)

    def of(self, kind: str, scope: Scope) -> str:
        """An expression that mostly gives a value of this kind."""
        if self.rng.random() < ODD:
            kind = self.rng.choice(KINDS)
        if scope.depth <= 0 or self.rng.random() < 0.12:
            return self.leaf(kind, scope)
        return self._grow(self, kind, scope)

    def leaf(self, kind: str, scope: Scope) -> str:
        """Something without depth: a path to a sample of this kind, a variable, a literal."""
        for _ in range(4):
            text, sample = self._reach(self, scope)
            if self.rng.random() < 0.8 and (kind == "x" or kind_of(sample) == kind):
                return text
        return self.literal(kind)

    def literal(self, kind: str) -> str:
        """A literal of a kind."""
        choose = self.rng.choice
        if kind == "n":
            return choose(known.NUMBERS)
        if kind == "s":
            return self.text(choose(known.STRINGS))
        if kind == "b":
            return choose(("true", "false"))
        if kind == "a":
            return choose(("[]", "[1, 2, 3]", '["b", "a"]', "[1..4]", "[[1], [2, 3]]", '[1, "a", null]', "[3]", "[null]"))
        if kind == "o":
            return choose(("{}", '{"a": 1}', '{"k": null, "j": [1]}', '{"name": "Ada", "n": {"m": 2}}'))
        return choose(("null", "1", '"x"', "true", "nothing_here", "[]", "{}"))

    def text(self, value: str) -> str:
        """A string as a literal, in one of the two quotes."""
        if "'" not in value and "\\" not in value and '"' not in value and self.rng.random() < 0.3:
            return f"'{value}'"
        return json.dumps(value, ensure_ascii=self.rng.random() < 0.3)

    def variable(self, scope: Scope) -> str:
        """A name for a new variable; now and then one that is there already."""
        if scope.variables and self.rng.random() < 0.2:
            return self.rng.choice(scope.variables)[0]
        return f"v{len(scope.variables)}"


Grow = Callable[[Generator, str, Scope], str]
Reach = Callable[[Generator, Scope], tuple[str, Any]]


def kind_of(sample: Any) -> str:
    """The letter of a sample's kind; `x` for null and for nothing."""
    if isinstance(sample, bool):
        return "b"
    letters = {str: "s", int: "n", float: "n", list: "a", dict: "o"}
    return letters.get(type(sample), "x")


def item_of(sample: Any, rng: random.Random) -> Any:
    """What a step finds when it maps over a sample: an item of a list, or the sample itself."""
    while isinstance(sample, list):
        if not sample:
            return None
        sample = rng.choice(sample)
    return sample
