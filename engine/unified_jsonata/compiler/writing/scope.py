"""Variables of an expression and the Python names that hold them."""

from typing import Any

from unified_jsonata.compiler.writing.kinds import Value
from unified_jsonata.syntax.tree import Lambda, Node


class Binding:
    """A variable of one scope. `value` is what is known of it; `unsure` that it may be read before it is bound.

    `later` is what is bound and its place, when the value is made at the only place that reads it.
    """

    def __init__(self, name: str, value: Value, *, unsure: bool = False, later: tuple[Node, Any] | None = None) -> None:
        self.name = name
        self.value = value
        self.unsure = unsure
        self.function: Known | None = None
        self.table: Any = None
        """A literal object, when the variable is never anything else."""
        self.later = later


class Known:
    """A lambda that a variable always holds: it can be called by its Python name, or written in its place.

    `recursive`: it may come to call itself, or what is not known. `scope`, `context` and `whole` are those of the place
    where it is written. Of the written function: `result` is what is known of its values (None while it is written), `raw`
    that one may be what a function of the language has gathered, `tail` that one may be a call left to the caller.
    """

    def __init__(self, node: Lambda, name: str, *, recursive: bool, inline: bool) -> None:
        self.node = node
        self.name = name
        self.recursive = recursive
        self.inline = inline
        self.scope: Scope | None = None
        self.context: Value | None = None
        self.result: Value | None = None
        self.whole = False
        self.raw = False
        self.tail = False


class Scope:
    """The variables bound around an expression, innermost first."""

    def __init__(self, outer: "Scope | None" = None) -> None:
        self.outer = outer
        self.bindings: dict[str, Binding] = {}

    def find(self, name: str) -> Binding | None:
        """Return the binding of a name (without `$`), or None when nothing here binds it."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.bindings.get(name)
            if found is not None:
                return found
            scope = scope.outer
        return None

    def visible(self) -> dict[str, Binding]:
        """Return every variable that can be read here."""
        found = {} if self.outer is None else self.outer.visible()
        return {**found, **self.bindings}
