"""The state of one compilation and the walk over the tree: `HANDLERS` says what each kind of node becomes."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from unified_jsonata.compiler.planning.likely import Likely, likely
from unified_jsonata.compiler.planning.plan import Plan
from unified_jsonata.compiler.writing.gathering import gathers_twice
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ANY,
    ARRAY,
    DEEP,
    FUNCTION,
    MISSING,
    NOWHERE,
    NULL,
    OBJECT,
    PLAIN,
    SHALLOW,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.truth import item_unwrapped, truth
from unified_jsonata.compiler.writing.writer import Writer
from unified_jsonata.errors import Failure
from unified_jsonata.names import BUILTINS
from unified_jsonata.runtime.functions.late import refit
from unified_jsonata.runtime.regex import pattern
from unified_jsonata.runtime.supplied import NullPasses
from unified_jsonata.shape import Shape
from unified_jsonata.syntax.ancestry import Ancestry
from unified_jsonata.syntax.tree import Array, Block, Call, Condition, Default, Node, Predicate, Regex, Variable

Handler = Callable[["Generator", Any, Place], Value]


class Generator(Writer):
    """Writes one program. Those that are `general` expect lists wherever an item is; others give up on meeting one."""

    def __init__(
        self,
        tree: Node,
        plan: Plan,
        ancestry: Ancestry,
        handlers: Mapping[type[Node], Handler],
        tests: Mapping[type[Node], Callable[["Generator", Any, Place], str]],
        given: Mapping[str, Any],
        hidden: frozenset[str],
        *,
        general: bool,
        inner: bool = False,
        shape: Shape | None = None,
        shaped: Node | None = None,
        is_object: bool = False,
        careful: bool = False,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.shaped = shaped
        """The object that is converted to the shape."""
        self.plan = plan
        self.ancestry = ancestry
        self.handlers = handlers
        self.tests = tests
        self.given = {name: one for name, one in given.items() if not isinstance(one, NullPasses)}
        self.null_passes = {name: one.position for name, one in given.items() if isinstance(one, NullPasses)}
        """Functions of the language that give null for null as the argument at this position."""
        self.hidden = hidden
        """Names of functions that the caller's variables hide."""
        self.general = general
        self.inner = inner
        self.later = frozenset[int]()
        """Bindings whose value is made where it is read."""
        self.likely = Likely() if shape is None or careful else likely(tree)
        """The supposed values of the names: a program that is `shaped` may fail where they do not."""
        self.careful = careful
        """Whether nothing is supposed, because too many documents were otherwise."""
        self.come_from: dict[str, str] = {}
        """Python name -> the name or `$variable` that its value was read from."""
        self.root = Value("root", OBJECT if is_object else ANY, PLAIN, 0)
        self.read_root = False
        """Whether a name is read from the document as from an object."""
        self.document = Value("bound.get('$', U)", ANY, PLAIN, 0, simple=False) if inner else self.root
        """The value of `$$`: in an expression inside of `$eval` the document of the one around it."""
        self._given: dict[str, str] = {}
        self._refits: dict[tuple[str | None, str | None], str] = {}
        self.nesting = 0
        """Expressions around the present one, up to the function being written."""
        self.narrowed = False
        self.raws = 0
        """Values of callbacks written so far that a function of the language has gathered."""
        self.doubted: set[int] = set()
        """Lambdas about which something has turned out otherwise than supposed; the program is then written again."""
        self.trusted = frozenset[int]()
        """Lambdas that are supposed to get parts of the document only, and to answer no call left to the caller."""
        self.grows = False
        """Whether the result has parts that were not counted and may be many, or marked: it has to be measured."""

    def value(self, node: Node, at: Place) -> Value:
        """Write what computes a node's value."""
        if at.raw and not isinstance(node, RAW):
            at = at.inside(raw=False)
        if at.loose and not isinstance(node, LOOSE):
            at = at.inside(loose=False)
        self.nesting += 1
        before, self.place = self.place, node.start
        found = self.handlers[type(node)](self, node, at)
        self.place = before
        self.nesting -= 1
        return self.known_kind(found)

    def last(self, node: Node, at: Place, *, keep: bool = False) -> Value:
        """Write the last part of a block, or a branch: a callback's array of one value unwraps here too, unless it is kept."""
        if at.raw:
            return self.value(node, at)
        found = self.value(node, at.used() if gathers_twice(node, self.given, at.scope) else at)
        if found.marks != DEEP or not found.may(ARRAY) or isinstance(node, Array):
            return found
        return self.temp(f"{'settle_kept' if keep else 'settle'}({found.code})", ALL, DEEP, found.level)

    def test(self, node: Node, at: Place) -> str:
        """Write what decides whether a node's value is true: a Python condition."""
        handler = self.tests.get(type(node))
        if handler is None:
            return truth(self.value(node, at.used()))
        self.nesting += 1
        before, self.place = self.place, node.start
        found = handler(self, node, at.used())
        self.place = before
        self.nesting -= 1
        return found

    def temp(self, code: str, kind: int = ANY, marks: int = PLAIN, level: int = 0) -> Value:
        """Give a computed value a name."""
        name = self.name()
        self.line(f"{name} = {code}")
        return Value(name, kind, marks, level)

    def simple(self, value: Value) -> Value:
        """Return the value under a name or constant, so that it can be written more than once."""
        if value.simple:
            return value
        return self.temp(value.code, value.kind, value.marks, value.level)

    def is_free(self, function: Node, name: str, at: Place) -> bool:
        """Return whether a node is the name of this function of the language, which nothing hides."""
        return isinstance(function, Variable) and function.name == name and self.is_named(name, at)

    def is_named(self, name: str, at: Place) -> bool:
        """Return whether a name means the function of the language here."""
        return at.scope.find(name) is None and name not in self.given and name not in self.hidden

    def entered(self, code: str, kind: int = ALL, marks: int = DEEP) -> Value:
        """Return the value of a call that may lead back here, its depth counted."""
        self.line(f"B.depth -= {self.nesting}; B.left -= 1")
        self.line("if B.depth <= 0 or B.left < 0: B.check()")
        found = self.temp(code, kind, marks, NOWHERE)
        self.line(f"B.depth += {self.nesting}")
        return found

    def is_object(self, value: Value) -> bool:
        """Return whether a value may be taken for an object: the program fails where it is something else."""
        if self.shape is None or value.marks == DEEP:
            return False
        if value.kind == OBJECT or not value.may(ARRAY):
            return True
        name = self.come_from.get(value.code)
        return not self.careful and name is not None and (name in self.likely.objects or name not in self.likely.lists)

    def has_several(self, value: Value) -> bool:
        """Return whether several names are read from a value, so that it will be an object even where a list is made."""
        return self.is_object(value) and (not value.may(ARRAY) or self.come_from[value.code] in self.likely.objects)

    def counted(self, items: str, weight: int, at: Place) -> str:
        """Return the items of a Python list that a loop goes through, its rounds counted: each for `weight` steps."""
        loop = f"B.loop({items}{f', {weight}' if weight > 1 else ''})"
        return f"{items} if len({items}) < {FEW} else {loop}" if self.is_outer(at) else loop

    def is_outer(self, at: Place) -> bool:
        """Return whether a loop is in no other: of a record these are so few that short ones need not be counted."""
        return self.shape is not None and at.loop == 0 and len(self.defines) == 1

    def narrow(self, value: Value, kind: int) -> None:
        """Note that a value is one of fewer kinds until the present region ends."""
        self.narrowed = True
        self.remember(("kind", value.code), kind)

    def known_kind(self, value: Value) -> Value:
        """Return a value with what has been learnt of its kind."""
        kind = self.find(("kind", value.code)) if self.narrowed else None
        return value if kind is None or kind == value.kind else msgspec.structs.replace(value, kind=value.kind & kind)

    def named(self, value: Value) -> Value:
        """Return the value under a name, literals too."""
        if value.simple and value.literal is msgspec.UNSET and value.code != "U":
            return value
        return self.temp(value.code, value.kind, value.marks, value.level)

    def gathered(self, gathered: Value, at: Place, *, keep: bool) -> Value:
        """Return what a fresh list unwraps to: nothing, its only value, or a sequence; with `keep` one value stays in it."""
        code, item = gathered.code, gathered.item
        shown = code if at.plain else f"Sequence({code})"
        marks = gathered.marks if at.plain else max(gathered.marks, SHALLOW)
        if keep:
            kept = f"({code} or U)" if at.plain else f"{shown} if {code} else U"
            return msgspec.structs.replace(self.temp(kept, ARRAY | MISSING, marks, gathered.level), item=item)
        one = f"{shown} if len({code}) > 1 else {code}[0] if {code} else U"
        found = self.temp(one, item | ARRAY | MISSING, marks, gathered.level)
        return msgspec.structs.replace(found, item=item_unwrapped(item), flat=code)

    def collect(self, out: str, value: Value) -> None:
        """Add a value to a Python list, unless it is missing."""
        there = f"if {value.code} is not U: " if value.may(MISSING) else ""
        self.line(f"{there}{out}.append({value.code})")

    def as_list(self, value: Value) -> str:
        """Return the list that a sequence was unwrapped from, when no value of it is a list.

        The unwrapping may not be needed then.
        """
        if not value.flat or value.item & ARRAY:
            return ""
        self.spare.add(value.code)
        return value.flat

    def put(self, value: Value, at: Place, function: str = "") -> Value:
        """Return a value as it goes into an object or array being built.

        `function` is the code of what a function becomes there: nothing in an object, null in an array; empty if it depends.
        """
        if at.final and (value.held < at.loop or value.marks == DEEP):
            if at.plain and not self.inner and (function or not value.may(FUNCTION)):
                return self.part(value, at, function or "U")
            self.grows = True
        if value.marks == SHALLOW and not value.kind & ARRAY:
            return msgspec.structs.replace(value, marks=PLAIN)
        if not at.plain or value.marks != SHALLOW:
            return value
        value = self.simple(value)
        code = f"{value.code} if type({value.code}) is not Sequence else list({value.code})"
        return self.temp(code, value.kind, PLAIN, value.level)

    def part(self, value: Value, at: Place, function: str) -> Value:
        """Return a part of the result that is counted and loses its marks here, so that the result is not walked again."""
        value = self.simple(value)
        code = f"{value.code} if type({value.code}) in ATOMS else B.part({value.code}, {function})"
        return self.temp(code, value.kind & ~FUNCTION | MISSING | NULL, PLAIN, at.loop)

    def put_final(self, value: Value, at: Place) -> Value:
        """Put the value of a branch, without its mark when nothing reads the mark."""
        return self.put(value, at) if at.plain and value.marks == SHALLOW else value

    def cut(self, mark: int) -> None:
        """Take back the lines from a mark on."""
        del self.lines[mark:]
        del self.places[mark:]

    def find(self, key: Any) -> Any:
        """Return what is at hand under a key, or None."""
        return self.known.get(key)

    def closure(self, node: Node, at: Place) -> tuple[str, str]:
        """Write a node as a function of its context; return the name of the function and the context's."""
        name, item = self.name("f"), self.name("c")
        inner = at.inside(context=msgspec.structs.replace(at.context, code=item))
        with self.define(name, [item]):
            self.line(f"return {self.value(node, inner).code}")
        return name, at.context.code

    def given_constant(self, name: str) -> str:
        """Return a function supplied by the caller, by name."""
        known = self._given.get(name)
        if known is None:
            known = self._given[name] = self.constant(self.given[name])
        return known

    def function_names(self, at: Place) -> set[str]:
        """Return every name that can be called here, without `$`."""
        bound = {name for name, binding in at.scope.visible().items() if binding.value.may(FUNCTION) or binding.function}
        return bound | BUILTINS | set(self.given)

    def refit(self, read: str | None, write: str | None) -> str:
        """Return what turns the text of a time in one picture into another (None: ISO 8601), by name."""
        known = self._refits.get((read, write))
        if known is None:
            known = self._refits[read, write] = self.constant(refit(read, write))
        return known

    def visible(self, at: Place) -> str:
        """Return the variables that `$eval` sees, as a Python dictionary."""
        pairs = [f"'$': {self.document.code}"] + [
            f"{self.constant(name)}: {binding.name}"
            for name, binding in at.scope.visible().items()
            if not name.startswith("%") and (binding.function is None or binding.value.code)
        ]
        return f"{{{', '.join(pairs)}}}"

    def pattern(self, node: Regex) -> str:
        """Return the compiled pattern of a literal, made once, by name."""
        try:
            return self.constant(pattern(node.pattern, node.flags))
        except Failure as failure:
            failure.position = node.start
            raise


RAW = (Call, Condition, Default, Block, Predicate)
"""Nodes that hand on that a lambda's value is wanted as a function of the language made it."""


FEW = 50
"""Rounds of a record's loop up to which it is not counted."""
LOOSE = (Call, Condition, Block, Variable)
"""Nodes that hand on that null is the same as missing to what reads a value."""
