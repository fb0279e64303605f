"""Lambdas: as Python functions, written in place of a call, or as function values; and calls in tail position."""

from collections.abc import Sequence

from unified_jsonata.compiler.writing.facts import learn
from unified_jsonata.compiler.writing.gathering import ends_kept
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, DEEP, FUNCTION, NOWHERE, SHALLOW, UNDEFINED, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Known, Scope
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.compiler.writing.unwrapping import unwrapped
from unified_jsonata.runtime.signature import signature
from unified_jsonata.syntax.tree import Block, Call, Condition, Lambda, Node, Variable


def lambda_value(gen: Generator, node: Lambda, at: Place) -> Value:
    """Compile a lambda as a value."""
    return function_value(gen, node, at)


def function_value(gen: Generator, node: Lambda, at: Place, known: Known | None = None) -> Value:
    """Write a lambda as a Python function, and what makes a value of it."""
    name = gen.name("f") if known is None else known.name
    result = define(gen, name, node, at, known)
    if known is not None:
        known.result = result
    arity = len(node.parameters)
    if node.signature is None:
        return gen.temp(f"Function({name}, {arity})", FUNCTION, DEEP)
    checked = gen.constant(signature(node.signature))
    return gen.temp(f"signed({name}, {arity}, {checked}, {at.context.code})", FUNCTION, DEEP)


def define(gen: Generator, name: str, node: Lambda, at: Place, known: Known | None) -> Value:
    """Write the Python function of a lambda; return what is known of its results."""
    scope = Scope(at.scope)
    parameters = []
    for parameter in node.parameters:
        python = gen.name("v")
        parameters.append(python)
        gen.come_from[python] = f"${parameter}"
        trusted = id(node) in gen.trusted
        scope.bindings[parameter] = Binding(
            python, Value(python, ANY if trusted else ALL, SHALLOW if trusted else DEEP, NOWHERE)
        )
    nesting, gen.nesting = gen.nesting, 0
    loops = _repeats(gen, node, known)
    raws = gen.raws
    with gen.define(name, parameters, "=U"):
        inner = opened(gen, (node.body,), Place(at.context, scope, whole=at.whole, loop=at.loop + 1, raw=True), scope)
        tail = Tail(gen, known if loops else None, parameters)
        if loops:
            with gen.block("while True:"):
                tail.write(node.body, inner)
        else:
            tail.write(node.body, inner)
    gen.nesting = nesting
    if known is not None:
        known.tail = tail.bounces
        known.raw = gen.raws > raws
        if tail.bounces or known.raw:
            gen.doubted.add(id(node))
    return Value("", ALL if tail.bounces else tail.kind, DEEP if tail.bounces else tail.marks, NOWHERE)


def _repeats(gen: Generator, node: Lambda, known: Known | None) -> bool:
    """Return whether a lambda that calls itself last may do so by starting over."""
    return known is not None and known.recursive and node.signature is None and not gen.plan.has_closure((node.body,))


class Tail:
    """Writes the body of a lambda: returns instead of values, calls in tail position left to the caller."""

    def __init__(self, gen: Generator, itself: Known | None, parameters: Sequence[str]) -> None:
        self.gen = gen
        self.itself = itself
        self.parameters = parameters
        self.bounces = False
        self.kind = 0
        self.marks = 0

    def write(self, node: Node, at: Place) -> None:
        """Write an expression with the value of the lambda."""
        gen = self.gen
        if isinstance(node, Condition):
            self._condition(node, at)
        elif isinstance(node, Block) and node.expressions:
            inner = opened(gen, node.expressions, at)
            for expression in node.expressions[:-1]:
                gen.value(expression, inner)
            gen.nesting += 1
            self.write(node.expressions[-1], inner)
            gen.nesting -= 1
        elif isinstance(node, Call) and self._call(node, at):
            return
        else:
            self._return(gen.value(node, at))

    def _return(self, value: Value) -> None:
        self.kind |= value.kind
        self.marks = max(self.marks, value.marks)
        self.gen.line(f"return {value.code}")

    def _condition(self, node: Condition, at: Place) -> None:
        gen = self.gen
        gen.nesting += 1
        with gen.block(f"if {gen.test(node.test, at)}:"):
            learn(gen, node.test, at)
            self.write(node.then, at)
        if node.otherwise is None:
            self._return(UNDEFINED)
        else:
            with gen.block("else:"):
                self.write(node.otherwise, at)
        gen.nesting -= 1

    def _call(self, node: Call, at: Place) -> bool:
        """Write a call of a lambda in tail position; return False for a call of anything else."""
        gen = self.gen
        function = node.function
        if not isinstance(function, Variable) or function.name in ("", "$"):
            return False
        binding = at.scope.find(function.name)
        if binding is None or (binding.function is not None and binding.function.inline):
            return False
        gen.place = node.start
        arguments = [gen.simple(gen.value(one, at)).code for one in node.arguments]
        if binding.function is not None and binding.function is self.itself:
            self._again(arguments)
            return True
        known = binding.function
        if known is not None and known.node.signature is None:
            shown = "".join(f"{one}, " for one in arguments[: len(known.node.parameters)])
            gen.line("B.spend(1)")
            gen.line(f"return Tail({known.name}, ({shown}))")
            self.bounces = True
            return True
        called = gen.simple(gen.value(function, at)).code
        gen.raws += 1
        gen.line("B.spend(1)")
        gen.line(f"return tail(B, {called}, ({''.join(one + ', ' for one in arguments)}), {at.context.code})")
        self.bounces = True
        return True

    def _again(self, arguments: Sequence[str]) -> None:
        """Start over with other arguments."""
        gen = self.gen
        gen.line("B.spend(1)")
        given = [*arguments[: len(self.parameters)], *["U"] * (len(self.parameters) - len(arguments))]
        if given:
            gen.line(f"{', '.join(self.parameters)} = {', '.join(given)}")
        gen.line("continue")


def in_place(gen: Generator, known: Known, arguments: Sequence[Value], at: Place) -> Value:
    """Write a lambda's body where it is called."""
    kept = ends_kept(known.node.body)
    found = gen.value(known.node.body, body_place(gen, known, arguments, at))
    return gen.temp(f"settle({found.code})", ALL, DEEP, found.level) if kept and not at.raw else found


def body_place(gen: Generator, known: Known, arguments: Sequence[Value], at: Place) -> Place:
    """Return the place of a lambda's body that is written where it is called, its parameters bound."""
    assert known.scope is not None
    assert known.context is not None
    scope = Scope(known.scope)
    bind_parameters(gen, known.node, arguments, scope)
    kept = ends_kept(known.node.body)
    place = Place(known.context, scope, at.final and not kept, known.whole, at.loop, at.raw or kept, at.top, at.loose)
    return opened(gen, (known.node.body,), place, scope)


def bind_parameters(gen: Generator, node: Lambda, arguments: Sequence[Value], scope: Scope) -> None:
    """Bind parameters to values at hand."""
    for position, name in enumerate(node.parameters):
        value = unwrapped(gen, gen.simple(arguments[position])) if position < len(arguments) else UNDEFINED
        variables = gen.plan.variables
        if variables.bound.get(name, 0) > variables.parameters.get(name, 0):  # bound again somewhere, maybe in the body
            value = Value(gen.temp(value.code).code, ALL, DEEP, value.level)  # nothing is known: neither kind nor literal
        scope.bindings[name] = Binding(value.code, value)
