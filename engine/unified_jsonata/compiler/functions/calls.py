"""Calls: of lambdas, of functions supplied by the caller, of the language's functions, of values."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.expressions import loops
from unified_jsonata.compiler.expressions.blocks import literal_entries
from unified_jsonata.compiler.expressions.lambdas import in_place
from unified_jsonata.compiler.functions import builtins, fused, idioms
from unified_jsonata.compiler.functions.settled import settled_function
from unified_jsonata.compiler.planning.lambdas import LOOPS, lambda_of_loop
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ANY,
    ARRAY,
    BOOL,
    CONTAINER,
    DEEP,
    EVERYWHERE,
    FUNCTION,
    MISSING,
    NOWHERE,
    OBJECT,
    PLAIN,
    SHALLOW,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Known
from unified_jsonata.compiler.writing.truth import truth
from unified_jsonata.errors import closest
from unified_jsonata.names import BUILTINS
from unified_jsonata.runtime.signature import signature
from unified_jsonata.runtime.supplied import arity, fills_missing, promises_of
from unified_jsonata.syntax.tree import (
    Apply,
    Array,
    Call,
    Constant,
    Group,
    Name,
    Node,
    Number,
    Partial,
    Path,
    Placeholder,
    Predicate,
    Regex,
    Sort,
    String,
    Variable,
    is_path,
)


def call(gen: Generator, node: Call, at: Place) -> Value:
    """Return the value of a call."""
    return called(gen, node, (), at)


def called(gen: Generator, node: Call, first: Sequence[Value], at: Place, *, keep: bool = False) -> Value:
    """Compile a call with arguments before those in the source (`~>`); with `keep` a sequence stays an array."""
    name = _free_name(gen, node.function, at)
    if name is None:
        return _by_value(gen, node, first, at)
    if keep and name == "reduce":  # it hands on what its callback's last call gives
        return _settled_kept(gen, node, first, at)
    loose, at = at.loose, at.inside(loose=False)
    if name in gen.given and promises_of(gen.given[name]).first_filled and len(node.arguments) > 1 and not first:
        return _first_filled(gen, name, node, at, loose=loose)
    if name in gen.given:
        return _given(gen, name, [*first, *_given_arguments(gen, name, node, len(first), at)], at)
    literal = lambda_of_loop(node) if not first or node.arguments else None
    fits = len(first) + len(node.arguments) <= LOOPS.get(name, 0)
    if literal is not None and fits and (len(first) + list(node.arguments).index(literal) == 1 or _implied(name, node, first)):
        return loops.loop(gen, name, node, literal, first, at, keep=keep)
    return builtins.builtin(gen, name, node, first, at, keep=keep)


def _implied(name: str, node: Call, first: Sequence[Value]) -> bool:
    """Return whether `$each` or `$sift` has the context for its object."""
    return name in ("each", "sift") and not first and len(node.arguments) == 1


def _free_name(gen: Generator, function: Node, at: Place) -> str | None:
    """Return the name of a function of the language or given from outside; None when anything else is called."""
    if not isinstance(function, Variable) or function.name in gen.hidden or at.scope.find(function.name) is not None:
        return None
    return function.name if function.name in gen.given or function.name in BUILTINS else None


def _arguments(gen: Generator, node: Call | Partial, at: Place) -> list[Value]:
    inner = at.used()
    return [gen.simple(gen.value(one, inner)) for one in node.arguments]


def _by_value(gen: Generator, node: Call, first: Sequence[Value], at: Place) -> Value:
    function = node.function
    binding = at.scope.find(function.name) if isinstance(function, Variable) else None
    if binding is not None and binding.function is not None:
        return _known(gen, binding.function, [*first, *_arguments(gen, node, at)], at)
    if is_path(function) is not None and len(is_path(function) or ()) == 1:
        return _not_a_function(gen, function, "T1005", "T1006", first, node, at)
    target = gen.simple(gen.value(function, at.used()))
    arguments = [*first, *_arguments(gen, node, at)]
    gen.place = node.start
    shown = "".join(f"{one.code}, " for one in arguments)
    gen.raws += at.raw
    how = "call_raw" if at.raw else "call"
    return gen.entered(f"{how}(B, {target.code}, ({shown}), {at.context.code}{_hint(gen, function, at)})")


def _hint(gen: Generator, function: Node, at: Place) -> str:
    """Return what to say when a name turns out to be no function: the closest name that is one."""
    if not isinstance(function, Variable) or not function.name or function.name in gen.hidden:
        return ""
    if at.scope.find(function.name) is not None:
        return ""
    hint = f"${function.name} is not known{closest(function.name, gen.function_names(at))}"
    return f", {gen.constant(hint)}"


def _not_a_function(
    gen: Generator, function: Node, named: str, other: str, first: Sequence[Value], node: Call | Partial, at: Place
) -> Value:
    """Compile a call of a field: the name of a function without its `$`, or a function in the data."""
    value = gen.simple(gen.value(function, at.used()))
    name = (is_path(function) or ("",))[0]
    code = named if name in BUILTINS or name in gen.given or at.scope.find(name) is not None else other
    with gen.block(f"if {value.code} is U:"):
        hint = f"write ${name}" if code == named else closest(name, gen.function_names(at)).removeprefix("; ")
        gen.line(f"fail({code!r}, {gen.constant(name)}, {gen.constant(hint)})")
    arguments = [*first, *_arguments(gen, node, at)] if isinstance(node, Call) else list(first)
    shown = "".join(f"{one.code}, " for one in arguments)
    return gen.entered(f"call(B, {value.code}, ({shown}), {at.context.code})")


def _known(gen: Generator, known: Known, arguments: Sequence[Value], at: Place) -> Value:
    """Compile a call of the only lambda that the name can be bound to."""
    if known.inline:
        return in_place(gen, known, arguments, at)
    if known.node.signature is not None:
        shown = "".join(f"{one.code}, " for one in arguments)
        checked = gen.constant(signature(known.node.signature))
        return gen.entered(
            f"settle(bounce({known.name}(*{checked}.arguments(({shown}), {at.context.code})[:{len(known.node.parameters)}])))"
        )
    shown = ", ".join(one.code for one in arguments[: len(known.node.parameters)])
    code = f"{known.name}({shown})"
    if any(one.marks == DEEP or one.may(FUNCTION) for one in arguments):
        gen.doubted.add(id(known.node))
    trusted = id(known.node) in gen.trusted
    result = known.result or Value("", ALL, DEEP)
    bounced = known.tail if known.result is not None else known.recursive and not trusted
    gathered = known.raw if known.result is not None else not trusted
    made = f"bounce({code})" if bounced else code
    settled = _settled(made, result, at) if gathered else made
    if known.recursive:
        return gen.entered(settled, result.kind | MISSING, result.marks)
    gen.line("B.left -= 1")
    gen.line("if B.left < 0: B.check()")
    return gen.temp(settled, result.kind | MISSING, result.marks, NOWHERE)


def _settled(code: str, result: Value, at: Place) -> str:
    """Return the code of a call, its value unwrapped when it may be what a function of the language has gathered."""
    return code if at.raw or not result.may(ARRAY) else f"settle({code})"


def _given(gen: Generator, name: str, arguments: Sequence[Value], at: Place) -> Value:
    """Compile a call of a function that the caller supplied, which takes and returns plain JSON."""
    promised = promises_of(gen.given[name])
    function, code, arguments = settled_function(gen, name, arguments)
    required, accepted = arity(function)
    codes = [one.code if promised.as_is else _plain(gen, one) for one in arguments]
    all_there = len(codes) <= required or not any(one.may(MISSING) for one in arguments[required:])
    surely = all_there or fills_missing(function)
    if any(one.may(FUNCTION) for one in arguments) or len(codes) > accepted or not surely:
        shown = "".join(f"{one}, " for one in codes)
        return gen.temp(f"given(B, {code}, {name!r}, {required}, {accepted}, ({shown}))", ANY, PLAIN, NOWHERE if at.loop else 0)
    codes += ["U"] * (required - len(codes))
    direct = f"{code}({', '.join(codes)})"
    made = direct if promised.plain else f"plain({direct})" if promised.as_is else f"answer({direct})"
    gen.callees[len(gen.lines)] = name
    return gen.temp(made, ANY, PLAIN, at.loop)


def _first_filled(gen: Generator, name: str, node: Call, at: Place, *, loose: bool) -> Value:
    """Compile a call whose value is the first filled argument: the others are computed only if the first is not a text."""
    known = gen.simple(gen.value(node.arguments[0], at.used()))
    found = gen.temp(known.code)
    with gen.block(f"if not (type({found.code}) is str and {found.code}):"):
        rest = [gen.simple(gen.value(one, at.used())) for one in node.arguments[1:]]
        first = msgspec.structs.replace(known, code=found.code, literal=msgspec.UNSET, flat="", joins="")
        if loose and _can_be_chosen(gen, name, [first, *rest]):
            for one in rest:
                gen.line(f"if {found.code} is None or {found.code} is U or {found.code} == '': {found.code} = {one.code}")
            return Value(found.code, ANY, max(one.marks for one in (known, *rest)), at.loop)
        gen.line(f"{found.code} = {_one_of(gen, name, [first, *rest], at)}")
    return Value(found.code, ANY, PLAIN, at.loop)


def _one_of(gen: Generator, name: str, values: Sequence[Value], at: Place) -> str:
    """Return the code of a call that gives one of its arguments: only that one has to become plain."""
    if not _can_be_chosen(gen, name, values):
        return _given(gen, name, values, at).code
    gen.callees[len(gen.lines)] = name
    chosen = gen.temp(
        f"{gen.given_constant(name)}({', '.join(one.code for one in values)})", ANY, max(one.marks for one in values)
    )
    return _plain(gen, chosen)


def _can_be_chosen(gen: Generator, name: str, values: Sequence[Value]) -> bool:
    """Return whether the first filled value can be found without the function."""
    required, accepted = arity(gen.given[name])
    return required <= len(values) <= accepted and not any(one.may(FUNCTION) or one.marks == DEEP for one in values)


def _given_arguments(gen: Generator, name: str, node: Call, before: int, at: Place) -> list[Value]:
    """Return the arguments of a function that the caller supplied; tables of literals are made once if it only reads them."""
    only_read = promises_of(gen.given[name]).only_read
    inner, found = at.used(), []
    for position, one in enumerate(node.arguments, start=before):
        table = _table(gen, one) if position in only_read else None
        found.append(table or gen.simple(gen.value(one, inner)))
    return found


def _table(gen: Generator, node: Node) -> Value | None:
    """Return a constant for an object or array that holds nothing but literals."""
    entries = literal_entries(node)
    if entries is not None:
        return Value(gen.constant(entries), OBJECT, PLAIN, EVERYWHERE)
    if isinstance(node, Array) and node.items:
        items = [one.value for one in node.items if isinstance(one, (String, Number, Constant))]
        return Value(gen.constant(items), ARRAY, PLAIN, EVERYWHERE) if len(items) == len(node.items) else None
    return None


def _plain(gen: Generator, value: Value) -> str:
    if value.marks == PLAIN or not value.may(CONTAINER):
        return value.code
    code = f"{value.code} if type({value.code}) is not Sequence else list({value.code})"
    return gen.temp(code if value.marks == SHALLOW else f"plain({value.code})").code


def kept(gen: Generator, node: Call, at: Place) -> Value:
    """Compile a call with `[]` after it."""
    if _free_name(gen, node.function, at) is not None:
        return called(gen, node, (), at, keep=True)
    return _settled_kept(gen, node, (), at.used())


def _settled_kept(gen: Generator, node: Call, first: Sequence[Value], at: Place) -> Value:
    """Compile a call whose value may be what another call has gathered: kept as an array then."""
    raws = gen.raws
    found = called(gen, node, first, at.inside(raw=True))
    gen.raws = raws
    return gen.temp(f"settle_kept({found.code})", found.kind | MISSING, found.marks, found.level)


def ungathered(gen: Generator, node: Node, at: Place) -> Value:
    """Return a value before its sequence is unwrapped, for predicates and groups, which come first."""
    if not isinstance(node, Call):
        return gen.value(node, at)
    raws = gen.raws
    found = gen.value(node, at.inside(raw=True))
    gen.raws = raws
    return found


def apply(gen: Generator, node: Apply, at: Place) -> Value:
    """Compile `left ~> right`."""
    right = _call_of(node.right)
    if isinstance(right, Call):
        counted = fused.counted_range(gen, node.left, right, at)
        if counted is not None:
            return counted
        keep = _keeps(node.left) or _keeps(node.right)
        return called(gen, right, (gen.simple(gen.value(node.left, at.used())),), at, keep=keep)
    left = gen.simple(gen.value(node.left, at.used()))
    binding = at.scope.find(right.name) if isinstance(right, Variable) else None
    if binding is not None and binding.function is not None and binding.function.inline and not left.may(FUNCTION):
        return in_place(gen, binding.function, (left,), at)
    if _is_builtin(gen, right, at) and not left.may(FUNCTION):
        return called(gen, Call(function=right, arguments=(), start=right.start, end=right.end), (left,), at)
    function = gen.simple(gen.value(right, at.used()))
    gen.place = node.right.start
    return gen.entered(f"applied(B, {left.code}, {function.code}, {at.context.code})")


def _keeps(side: Node) -> bool:
    """Return whether `[]` of a side of `~>` is for the call too: the reference looks at its first name and its order-by."""
    if not isinstance(side, Path):
        return isinstance(side, Predicate) and side.keep_array
    kept = [step for step in side.steps if step.keep_array]
    begins = kept[:1] == [side.steps[0]] and isinstance(side.steps[0].node, Name)
    orders = any(isinstance(step.node, Sort) for step in kept)
    return side.keep_array and (len(side.steps) == 1 or not kept or begins or orders)


def _is_builtin(gen: Generator, node: Node, at: Place) -> bool:
    return isinstance(node, Variable) and node.name in BUILTINS and gen.is_named(node.name, at)


def _call_of(node: Node) -> Node:
    """Return the call before predicates and a group: `~>` runs it and, as the reference does, ignores what follows."""
    inner = node.base if isinstance(node, (Predicate, Group)) else node
    inner = inner.base if isinstance(inner, (Predicate, Group)) else inner
    return inner if isinstance(inner, Call) else node


def partial(gen: Generator, node: Partial, at: Place) -> Value:
    """Compile a partial application: a function of the arguments left open."""
    if is_path(node.function) is not None and len(is_path(node.function) or ()) == 1:
        name = (is_path(node.function) or ("",))[0]
        gen.line(f"fail({('T1007' if name in BUILTINS or name in gen.given else 'T1008')!r}, {gen.constant(name)})")
        return Value("U", ALL, DEEP)
    function = gen.simple(gen.value(node.function, at.used()))
    shown = "".join(
        "HOLE, " if isinstance(one, Placeholder) else f"{gen.simple(gen.value(one, at.used())).code}, "
        for one in node.arguments
    )
    return gen.temp(f"partial(B, {function.code}, ({shown}))", FUNCTION, DEEP)


def test(gen: Generator, node: Call, at: Place) -> str:
    """Compile the truth of a call's value."""
    return truth(gen.simple(call(gen, node, at)))


def apply_test(gen: Generator, node: Apply, at: Place) -> str:
    """Return the truth of `left ~> right`; of a string and a regular expression, whether it matches."""
    if not isinstance(node.right, Regex):
        return truth(gen.simple(apply(gen, node, at)))
    left = gen.named(gen.value(node.left, at))
    gen.place = node.start
    matched = idioms.matches(gen, node.right, left.code)
    return gen.temp(matched if left.kind == STRING else f"type({left.code}) is str and {matched}", BOOL).code
