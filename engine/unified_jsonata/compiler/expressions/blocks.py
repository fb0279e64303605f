"""Blocks, bindings and variables."""

import msgspec

from unified_jsonata.compiler.expressions.lambdas import function_value
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ANY, ARRAY, CONTAINER, DEEP, MISSING, NOWHERE, PLAIN, UNDEFINED, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Known, Scope
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.compiler.writing.unwrapping import unwrapped
from unified_jsonata.names import BUILTINS
from unified_jsonata.syntax.tree import Bind, Block, Constant, Lambda, Node, Number, Object, Path, String, Variable


def block(gen: Generator, node: Block, at: Place, *, keep: bool = False) -> Value:
    """Return the value of `(…; …)`: that of the last expression; with `keep` the array that it has gathered stays one."""
    if not node.expressions:
        return UNDEFINED
    inner = opened(gen, node.expressions, at)
    for expression in node.expressions[:-1]:
        gen.value(expression, inner.used())
    return gen.last(node.expressions[-1], inner, keep=keep)


def bind(gen: Generator, node: Bind, at: Place) -> Value:
    """Compile `$name := value`."""
    if isinstance(node.value, Lambda) and _is_known(gen, node):
        return _bind_function(gen, node, node.value, at)
    table = literal_entries(node.value)
    if (
        table is not None
        and gen.plan.variables.is_only_looked_up(node.name)
        and gen.is_named("lookup", at)
        and id(node) in gen.plan.statements
    ):
        looked_up = at.scope.bindings[node.name] = Binding(gen.name("v"), UNDEFINED)
        looked_up.table = table
        return UNDEFINED
    if id(node) in gen.later and node.name not in at.scope.bindings:
        at.scope.bindings[node.name] = Binding(gen.name("v"), UNDEFINED, later=(node.value, at.used()))
        return UNDEFINED
    value = gen.last(node.value, at.used())
    binding = at.scope.bindings.get(node.name)
    level = NOWHERE if value.kind & CONTAINER and not isinstance(node.value, Path) else value.level
    if binding is None:
        binding = Binding(gen.name("v"), value)
        at.scope.bindings[node.name] = binding
        gen.line(f"{binding.name} = {value.code}")
        gen.come_from[binding.name] = f"${node.name}"
    else:
        gen.assign(binding.name, value.code)
        gen.forget(binding.name)
    again = gen.plan.variables.bound.get(node.name, 0) > 1 or binding.unsure
    known = msgspec.structs.replace(value, code=binding.name, level=level, simple=True, literal=msgspec.UNSET)
    binding.value = Value(binding.name, ALL, DEEP, NOWHERE) if again else known
    binding.table = table if not again else None
    if (
        not again
        and value.kind & ARRAY
        and value.marks == PLAIN
        and node.name in gen.plan.variables.records
        and not gen.general
    ):
        gen.line(f"if type({binding.name}) is list: raise Nested")
        binding.value = msgspec.structs.replace(binding.value, kind=binding.value.kind & ~ARRAY)
    return binding.value


def _is_known(gen: Generator, node: Bind) -> bool:
    return gen.plan.variables.bound.get(node.name) == 1


def literal_entries(node: Node) -> dict[str, str | float | bool | None] | None:
    """Return the entries of an object that holds nothing but literals."""
    if not isinstance(node, Object):
        return None
    found = {}
    for pair in node.pairs:
        if not isinstance(pair.key, String) or not isinstance(pair.value, (String, Number, Constant)):
            return None
        found[pair.key.value] = pair.value.value
    return found if len(found) == len(node.pairs) else None


def _bind_function(gen: Generator, node: Bind, function: Lambda, at: Place) -> Value:
    """Bind a name that is never anything but this lambda."""
    inline = id(function) in gen.plan.lambdas.inlined
    known = Known(function, gen.name("f"), recursive=id(function) in gen.plan.lambdas.recursive, inline=inline)
    binding = at.scope.bindings.get(node.name)
    if binding is None:
        binding = Binding(gen.name("v"), UNDEFINED)
        at.scope.bindings[node.name] = binding
    binding.function = known
    known.scope, known.context = at.scope, at.context
    known.whole = at.whole
    if inline:
        return Value("U", ALL, DEEP)
    value = function_value(gen, function, at, known=known)
    if (
        node.name != "clone"
        and not binding.unsure
        and function.signature is None
        and id(node) in gen.plan.statements
        and all(gen.plan.variables.uses.get(node.name, ()))
        and "eval" not in gen.plan.variables.uses
    ):
        gen.cut(len(gen.lines) - 1)  # only called, by the Python name: no function value is needed
    else:
        gen.assign(binding.name, value.code)
    binding.value = Value(binding.name, value.kind, DEEP, NOWHERE)
    return binding.value


def variable(gen: Generator, node: Variable, at: Place) -> Value:
    """Compile `$name`, `$` and `$$`."""
    if node.name == "":
        return unwrapped(gen, at.context)
    if node.name == "$":
        return gen.document
    binding = at.scope.find(node.name)
    if binding is None:
        return unbound(gen, node.name)
    if binding.later is not None:
        later, place = binding.later
        return gen.last(later, place.inside(loose=at.loose))
    if binding.function is not None:
        gen.doubted.add(id(binding.function.node))
    if not binding.unsure or (binding.function is not None and node.name in at.scope.bindings):
        return binding.value
    code = _sure(gen, node.name, binding, at.scope)
    return gen.temp(code, ALL, DEEP, NOWHERE)


def _sure(gen: Generator, name: str, binding: Binding, scope: Scope) -> str:
    """Compile a variable that may not be bound yet: then the name means what it means around its scope."""
    holder: Scope | None = scope
    while holder is not None and holder.bindings.get(name) is not binding:
        holder = holder.outer
    outer = holder.outer if holder is not None else None
    found = outer.find(name) if outer is not None else None
    if found is None or outer is None:
        otherwise = unbound(gen, name).code
    else:
        otherwise = f"({_sure(gen, name, found, outer)})" if found.unsure else found.value.code
    return f"{binding.name} if {binding.name} is not UNBOUND else {otherwise}"


def unbound(gen: Generator, name: str) -> Value:
    """Compile a name that the expression does not bind: the caller's variable, or a function."""
    if name in gen.given and name not in gen.hidden:
        return Value(f"given_function(B, {gen.constant(name)}, {gen.given_constant(name)})", ALL & ~MISSING, DEEP, simple=False)
    if name in gen.null_passes and name not in gen.hidden:
        code = f"null_function(B, BUILTINS[{name!r}], {gen.null_passes[name]})"
        return Value(code, ALL & ~MISSING, DEEP, simple=False)
    if name in BUILTINS and name not in gen.hidden:
        return Value(f"builtin_function(B, BUILTINS[{name!r}])", ALL & ~MISSING, DEEP, simple=False)
    known: Value | None = gen.find(("variable", name))
    if known is None:
        kind, marks = (ALL, DEEP) if gen.shape is None else (ANY, PLAIN)
        known = gen.temp(f"bound.get({gen.quoted(name)}, U)", kind, marks, 0)
        gen.come_from[known.code] = f"${name}"
        gen.remember(("variable", name), known)
    return known
