"""Programs without the compiler's shorter ways, to compare the usual ones with.

In such a program every lambda is a function and every call is a call, nothing is known about any value, and no value is at hand
from before. So a mistake in what the compiler knows or leaves out shows as a difference. `$eval` compiles as usual.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest import mock

import msgspec

from unified_jsonata import Expression, compile
from unified_jsonata.compiler import program
from unified_jsonata.compiler.expressions import blocks
from unified_jsonata.compiler.functions import builtins, calls
from unified_jsonata.compiler.functions.fused import FUSED
from unified_jsonata.compiler.paths import equalities, predicates, sorting
from unified_jsonata.compiler.planning import lambdas
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, DEEP, NOWHERE, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Node

NEEDED = frozenset(("eval", "count"))
"""Functions that have no other form, or would go through a range that must not be made."""


class PlainGenerator(Generator):
    """Writes a program in which nothing depends on what is known of a value."""

    def value(self, node: Node, at: Place) -> Value:
        """Write what computes a node's value, and forget what is known of it; a literal has a name."""
        found = super().value(node, at)
        code = found.code if found.literal is msgspec.UNSET else self.constant(found.literal)
        return Value(code, ALL, DEEP, NOWHERE, found.simple)

    def narrow(self, value: Value, kind: int) -> None:
        """Note nothing."""

    def as_list(self, value: Value) -> str:  # noqa: ARG002
        """Return no list: a sequence is unwrapped before it is used again."""
        return ""

    def find(self, key: Any) -> Any:
        """Return nothing from before but what has to be the same."""
        return super().find(key) if isinstance(key, tuple) and key[0] == "grouped" else None

    def part(self, value: Value, at: Place, function: str) -> Value:  # noqa: ARG002
        """Return the value as it is: the whole result is walked at the end."""
        self.grows = True
        return value


def plain_expression(source: str) -> Expression:
    """Compile an expression to a program without shorter ways; raises as `compile` does."""
    expression = compile(source, lazy=True)
    expression._runner._form = program.Form.GENERAL  # type: ignore[attr-defined]  # noqa: SLF001
    with _without_shorter_ways():
        return expression.prepare()


@contextmanager
def _without_shorter_ways() -> Iterator[None]:
    with ExitStack() as stack:
        for module, name, instead in INSTEAD:
            stack.enter_context(mock.patch.object(module, name, instead))
        yield


def _none(*_: object, **__: object) -> None:
    """Stand in for what finds a shorter way: there is none."""


def _no(*_: object) -> bool:
    return False


INSTEAD: tuple[tuple[ModuleType, str, Any], ...] = (
    (program, "Generator", PlainGenerator),
    (builtins, "SPECIAL", {}),
    (builtins, "FUSED", {name: one for name, one in FUSED.items() if name in NEEDED}),
    (builtins, "invariant", lambda _gen, _name, _node, _at, write: write()),
    (calls, "lambda_of_loop", _none),
    (calls, "_is_builtin", _no),
    (calls, "literal_entries", _none),
    (lambdas, "lambda_of_loop", _none),
    (predicates, "_positions", _none),
    (equalities, "equal_to", _none),
    (blocks, "literal_entries", _none),
    (blocks, "_is_known", _no),
    (sorting, "first_in_order", _none),
)
"""Module, the name of a shorter way in it, and what takes its place."""
