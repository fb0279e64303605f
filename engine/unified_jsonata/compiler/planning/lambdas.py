"""Where the lambdas of an expression are written: in place of their calls, as bodies of loops, or as functions."""

from collections.abc import Iterator, Mapping

import msgspec

from unified_jsonata.compiler.planning.survey import Survey, below
from unified_jsonata.compiler.planning.variables import Variables
from unified_jsonata.syntax.tree import Apply, Bind, Block, Call, Lambda, Node, Partial, Transform, Variable

INLINE = 60
"""Nodes of a lambda that may be written in place of its calls."""
COPIES = 240
"""Nodes that all copies of one lambda together may have."""
LOOPS = {"map": 2, "filter": 2, "reduce": 3, "each": 2, "sift": 2}
"""Functions with a literal lambda that becomes the body of a loop, and how many arguments they take."""
Named = Mapping[str, Lambda]
"""Variable -> the lambda that is bound to it last."""


class Lambdas(msgspec.Struct, frozen=True, kw_only=True):
    """Lambdas and nodes by identity."""

    inlined: frozenset[int]
    """Those that are written in place of their calls."""
    recursive: frozenset[int]
    """Those that may come to call themselves, or something unknown."""
    written: frozenset[int]
    """Those bound to a name that are written as functions."""
    containing: frozenset[int]
    """Nodes that are a lambda or transform, or contain one."""
    closures: frozenset[int]
    """Nodes that contain one which may outlive the round of a loop in which it is made."""


def lambdas(found: Survey, variables: Variables) -> Lambdas:
    """Decide about the lambdas of a surveyed expression."""
    named = {one.name: one.value for one in found.of(Bind) if isinstance(one.value, Lambda)}
    circular = frozenset(_circular(named))
    inlined = frozenset(_inlined(found, variables, named, circular))
    unknown = {name for name, one in named.items() if _calls_unknown(one.body, variables, named)}
    kept = {id(one) for kind in (Lambda, Transform) for one in found.of(kind)}
    looped = {id(direct) for one in found.of(Call) if (direct := lambda_of_loop(one)) is not None}
    return Lambdas(
        inlined=inlined,
        recursive=frozenset(id(named[name]) for name in circular | unknown),
        written=frozenset(map(id, named.values())) - inlined,
        containing=found.around(kept),
        closures=found.around(kept - inlined - looped),
    )


def statements(found: Survey) -> frozenset[int]:
    """Return the bindings with a value that is used through the variable only."""
    return frozenset(id(one) for block in found.of(Block) for one in block.expressions[:-1] if isinstance(one, Bind))


def _circular(named: Named) -> Iterator[str]:
    """Yield the lambdas that may come to call themselves through the variables that they read."""
    reads = {name: {one for one in _read(node.body) if one in named} for name, node in named.items()}
    for name in named:
        seen: set[str] = set()
        waiting = [*reads[name]]
        while waiting and name not in seen:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting.extend(reads[one])
        if name in seen:
            yield name


def _inlined(found: Survey, variables: Variables, named: Named, circular: frozenset[str]) -> Iterator[int]:
    """Yield the lambdas that are bound once by a statement, are only called, are small and not recursive."""
    alone = statements(found)
    stated = {id(one.value) for one in found.of(Bind) if id(one) in alone}
    written: dict[str, int] = {}
    """Lambda -> its nodes, with those of the lambdas that are written into it."""
    for name, node in named.items():
        size = found.sizes[id(node)] + sum(written.get(one, 0) for one in _read(node.body))
        uses = variables.uses.get(name, ())
        if name in circular or size > INLINE or size * len(uses) > COPIES:
            continue
        if _is_only_called(name, node, variables) and node.signature is None and id(node) in stated:
            written[name] = size
            yield id(node)


def _is_only_called(name: str, node: Lambda, variables: Variables) -> bool:
    """Return whether a lambda is bound once, and all that is read of its variable are calls after it."""
    if name == "clone" or variables.by_name:  # read by name, without a variable that says so
        return False
    is_read_before = variables.first.get(name, node.end) < node.end
    return not is_read_before and variables.bound[name] == 1 and all(variables.uses.get(name, ()))


def _read(node: Node) -> Iterator[str]:
    """Yield the variables that are read in a node, as often as they are."""
    return (one.name for one in below(node) if isinstance(one, Variable))


def _calls_unknown(body: Node, variables: Variables, named: Named) -> bool:
    """Return whether a body calls something other than a named lambda or a known function."""
    for node in below(body):
        if isinstance(node, (Call, Partial)):
            function = node.function
            if not isinstance(function, Variable) or (function.name in variables.bound and function.name not in named):
                return True
        if isinstance(node, Apply) and not isinstance(node.right, Call):
            return True
    return False


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
