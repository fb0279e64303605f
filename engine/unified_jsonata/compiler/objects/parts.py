"""The objects and values of a record's lists, converted where they are made: no list of them is made in between.

A list is the same to its conversion however it came to be: a single object is a list of one, what is missing or null adds
nothing. So each kind of node that makes a list adds its items to the one list of results.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from unified_jsonata.compiler.expressions.lambdas import body_place
from unified_jsonata.compiler.objects.contexts import object_place
from unified_jsonata.compiler.paths import paths, streams
from unified_jsonata.compiler.paths.names import names
from unified_jsonata.compiler.paths.steps import guarded, is_cons, rounds
from unified_jsonata.compiler.writing.facts import learn
from unified_jsonata.compiler.writing.gathering import ends_kept
from unified_jsonata.compiler.writing.generator import FEW, Generator
from unified_jsonata.compiler.writing.kinds import ARRAY, MISSING, NULL, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Known
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.shape import Part
from unified_jsonata.syntax.tree import (
    Array,
    Block,
    Call,
    Condition,
    Name,
    Node,
    Object,
    Path,
    Range,
    String,
    Variable,
    children,
)

LONG = 1_000
"""Results from which a list of them is counted."""


class Unconverted:
    """The part of a list that is gathered as it is, for what looks at all of it before it is converted."""

    names: frozenset[str] = frozenset()
    is_list = True
    convert = None

    def usual(self, *_: Any) -> str:
        """Return no condition: nothing is converted."""
        return ""

    def usual_list(self, *_: Any) -> str:
        """Return no condition, as `usual` does."""
        return ""

    def write_object(self, *_: Any) -> None:
        """Raise TypeError: without names there are no objects."""
        raise TypeError


UNCONVERTED: Part = Unconverted()


class Into(msgspec.Struct, frozen=True):
    """The target of the results: the list, or the variable of the only one, called `name`."""

    part: Part
    name: str

    def add(self, code: str) -> str:
        """Return the statement that adds a result."""
        return f"{self.name}.append({code})" if self.part.is_list else f"{self.name} = {code}"

    def add_whole(self, code: str, at: Place) -> str:
        """Return the statement that adds what a conversion of a whole value gives: counted in a loop, which may repeat it."""
        counted = f"B.loop({code})" if at.loop else code
        return f"{self.name}.extend({counted})" if self.part.is_list else f"{self.name} = {code}"


def converted(gen: Generator, part: Part, node: Node, at: Place) -> str | None:
    """Write a node's value converted, and return its name; None where it is to be made and converted as a whole."""
    if not _makes(gen, part, node, at):
        return None
    into = Into(part, gen.name("a" if part.is_list else "o"))
    gen.line(f"{into.name} = {'[]' if part.is_list else 'None'}")
    start = len(gen.lines)
    _add(gen, into, node, at)
    if part.is_list and any(" for " in line or ".extend(" in line for line in gen.lines[start:]):
        gen.line(f"if len({into.name}) > {LONG}: B.items(len({into.name}))")
    return into.name


def note(codes: dict[str, str], literals: dict[str, Any], key: str, value: Value) -> None:
    """Note the code of a key's value, and the value itself where it is the same for every record."""
    codes[key] = value.code
    if value.literal is not msgspec.UNSET:
        literals[key] = value.literal


def _add(gen: Generator, into: Into, node: Node, at: Place) -> None:
    """Write what adds all that a node's value holds."""
    if _makes(gen, into.part, node, at):
        WRITERS[type(node)](gen, into, node, at)
    else:
        _whole(gen, into, gen.simple(gen.last(node, at)), at)


def _makes(gen: Generator, part: Part, node: Node, at: Place) -> bool:
    """Return whether a node can be written so."""
    if isinstance(node, Variable):
        binding = at.scope.find(node.name)
        return binding is not None and binding.later is not None and _makes(gen, part, *binding.later)
    if isinstance(node, Block):
        return bool(node.expressions)
    if isinstance(node, Condition):
        return True
    if isinstance(node, Object):
        return _has_keys(part, node)
    if isinstance(node, Call):
        return _in_place(node, at) is not None or (part.is_list and _joins(gen, part, node, at))
    if not part.is_list:
        return False
    return _is_loop(gen, part, node) if isinstance(node, Path) else isinstance(node, Array) and _is_listed(node)


def literal_keys(node: Object) -> list[str] | None:
    """Return the keys of an object that are all written and differ; None for any other object."""
    keys = [pair.key.value for pair in node.pairs if isinstance(pair.key, String)]
    return keys if len(set(keys)) == len(node.pairs) else None


def _has_keys(part: Part, node: Object) -> bool:
    keys = literal_keys(node)
    return keys is not None and bool(part.names) and part.names.issuperset(keys)


def _is_listed(node: Array) -> bool:
    """Return whether no item of an array is written as an array, which would stay one inside."""
    return not any(is_cons(item) or isinstance(item, Range) for item in node.items)


def _is_loop(gen: Generator, part: Part, node: Path) -> bool:
    """Return whether a path ends in something that is read or computed for each item."""
    last = node.steps[-1]
    kinds = COMPUTED if part.names else READ
    ends = len(node.steps) > 1 and isinstance(last.node, kinds) and not last.stages
    return ends and not (streams.is_stream(gen, node) or gen.crowded or gen.plan.has_closure(children(last)))


COMPUTED = (Object, Block, Call, Condition)
"""Last steps that make an object for each item."""
READ = (*COMPUTED, Name)
"""Last steps that make a value for each item."""


def _in_place(node: Call, at: Place) -> Known | None:
    """Return the lambda that is written in place of a call."""
    binding = at.scope.find(node.function.name) if isinstance(node.function, Variable) else None
    known = None if binding is None else binding.function
    return known if known is not None and known.inline and not ends_kept(known.node.body) else None


def _joins(gen: Generator, part: Part, node: Call, at: Place) -> bool:
    """Return whether a call is `$append` of two lists, or `$distinct` of what will be texts."""
    if gen.is_free(node.function, "append", at):
        return len(node.arguments) == 2  # noqa: PLR2004 - two lists
    return _is_distinct(gen, node, at) and not part.names and part is not UNCONVERTED


def _is_distinct(gen: Generator, node: Call, at: Place) -> bool:
    return gen.is_free(node.function, "distinct", at) and len(node.arguments) == 1


def _whole(gen: Generator, into: Into, value: Value, at: Place) -> None:
    """Write what adds a value at hand."""
    if into.part is UNCONVERTED:
        _as_it_is(gen, into, value, at)
        return
    code = value.code
    usual = "" if value.kind == ARRAY else into.part.usual(gen, code)
    if usual:
        gen.line(f"if {usual}: {into.add(code)}")
    there = [f"{code} is not {word}" for word, kind in (("U", MISSING), ("None", NULL)) if value.may(kind)]
    convert = gen.constant(into.part.convert, "convert_part")
    test = f"{'elif' if usual else 'if'} {' and '.join(there) or 'True'}: " if usual or there else ""
    gen.line(f"{test}{into.add_whole(f'{convert}({code})', at)}")


def _as_it_is(gen: Generator, into: Into, value: Value, at: Place) -> None:
    """Write what adds a value without its conversion: the values of an array, nothing for what is missing."""
    code = value.code
    if not value.may(ARRAY):
        gen.collect(into.name, value)
        return
    gen.line(f"if type({code}) is str: {into.add(code)}")
    gen.line(f"elif isinstance({code}, list): {into.add_whole(code, at)}")
    gen.line(f"elif {code} is not U: {into.add(code)}")


def _variable(gen: Generator, into: Into, node: Variable, at: Place) -> None:
    binding = at.scope.find(node.name)
    assert binding is not None
    assert binding.later is not None
    _add(gen, into, *binding.later)


def _block(gen: Generator, into: Into, node: Block, at: Place) -> None:
    inner = opened(gen, node.expressions, at)
    for expression in node.expressions[:-1]:
        gen.value(expression, inner.used())
    _add(gen, into, node.expressions[-1], inner)


def _condition(gen: Generator, into: Into, node: Condition, at: Place) -> None:
    with gen.block(f"if {gen.test(node.test, at)}:"):
        learn(gen, node.test, at)
        _add(gen, into, node.then, at)
    if node.otherwise is not None:
        with gen.block("else:"):
            _add(gen, into, node.otherwise, at)


def _array(gen: Generator, into: Into, node: Array, at: Place) -> None:
    for item in node.items:
        _add(gen, into, item, at.inside(top=False))


def _object(gen: Generator, into: Into, node: Object, at: Place) -> None:
    """Write an object, converted, and added unless it is left out."""
    at = object_place(gen, at).inside(top=False)
    codes: dict[str, str] = {}
    literals: dict[str, Any] = {}
    for pair in node.pairs:
        assert isinstance(pair.key, String)
        note(codes, literals, pair.key.value, gen.simple(gen.value(pair.value, at.inside(loose=True))))
    into.part.write_object(gen, codes, literals, into.add)


def _path(gen: Generator, into: Into, node: Path, at: Place) -> None:
    """Write a loop over what the steps before the last one give."""
    last, before = node.steps[-1], msgspec.structs.replace(node, steps=node.steps[:-1])
    reached = paths.walk(gen, before, at.used())
    if isinstance(last.node, Name) and not reached.flat and gen.has_several(reached.value):
        _whole(gen, into, names(gen, reached.value, [last.node.value], at.used()), at)
        return
    with rounds(gen, reached, gen.plan.weight(last.node), at) as inner:
        if isinstance(last.node, Name):
            _whole(gen, into, names(gen, inner.context, [last.node.value], inner), inner)
        else:
            _add(gen, into, last.node, guarded(gen, last.node, inner))


def _call(gen: Generator, into: Into, node: Call, at: Place) -> None:
    known = _in_place(node, at)
    if known is None and _is_distinct(gen, node, at):
        _distinct(gen, into, node, at)
        return
    if known is None:
        for argument in node.arguments:
            _add(gen, into, argument, at.used())
        return
    arguments: Sequence[Value] = [gen.simple(gen.value(one, at.used())) for one in node.arguments]
    _add(gen, into, known.node.body, body_place(gen, known, arguments, at))


def _distinct(gen: Generator, into: Into, node: Call, at: Place) -> None:
    """Write the different values of a list, which are found before they are converted."""
    found = Into(UNCONVERTED, gen.name("a"))
    gen.line(f"{found.name} = []")
    _add(gen, found, node.arguments[0], at.used())
    gen.place = node.start
    convert, usual = gen.constant(into.part.convert, "convert_part"), into.part.usual_list(gen, found.name)
    whole = into.add_whole(f"{convert}(fn_distinct(B, {found.name}))", at)
    if usual:
        short = f"len({found.name}) < {FEW}"
        gen.line(f"if {short} and {usual}: {into.add_whole(f'dict.fromkeys({found.name})', at)}")
    gen.line(f"else: {whole}" if usual else whole)


WRITERS: Mapping[type[Node], Callable[[Generator, Into, Any, Place], None]] = {
    Variable: _variable,
    Block: _block,
    Condition: _condition,
    Array: _array,
    Object: _object,
    Path: _path,
    Call: _call,
}
"""Kind of node -> what adds its items one by one."""
