"""Calls with a value that is the same each time: of literals, computed here, and of the whole document in a loop.

The first round of a loop that needs such a value of the document computes it for all.
"""

from collections.abc import Callable
from typing import Final

from unified_jsonata.compiler.paths.purity import is_of_document, is_pure
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import BOOL, EVERYWHERE, NUMBER, PLAIN, STRING, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.errors import Failure
from unified_jsonata.limits import Limits
from unified_jsonata.names import CONTEXT_ARITY
from unified_jsonata.runtime.budget import Budget
from unified_jsonata.runtime.calls import run
from unified_jsonata.runtime.functions.table import BUILTINS
from unified_jsonata.still import standing_still
from unified_jsonata.syntax.tree import Call, Constant, Number, String
from unified_jsonata.undefined import UNDEFINED

NUMERIC: Final = frozenset(("sum", "max", "min", "average", "count", "round", "number", "length", "toMillis"))
TEXTUAL: Final = frozenset(("join", "string", "lowercase", "uppercase", "trim", "type", "fromMillis", "formatNumber"))
SINGLE: Final = NUMERIC | TEXTUAL | frozenset(("exists", "boolean", "not", "contains"))
"""Functions that answer no object or array."""
OF: Final = {str: STRING, int: NUMBER, bool: BOOL}
"""Types of the values that are written as literals."""


def _of_literals(gen: Generator, name: str, node: Call) -> Value | None:
    """Return the value of a call of nothing but literals.

    None if it fails, which it does when it is evaluated, and if it depends on the time: `$toMillis("10:00", "[H]:[m]")`.
    """
    literals = [one.value for one in node.arguments if isinstance(one, String | Number | Constant)]
    if name not in SINGLE or not literals or len(literals) < max(len(node.arguments), CONTEXT_ARITY.get(name, 0)):
        return None
    if name in gen.null_passes and None in literals:
        return None
    try:
        with standing_still(0) as still:
            found = run(Budget(Limits()), BUILTINS[name], literals, UNDEFINED)
    except Failure:
        return None
    if type(found) not in OF or still.is_read:
        return None
    return Value(gen.quoted(found), OF[type(found)], PLAIN, EVERYWHERE, literal=found)


def invariant(gen: Generator, name: str, node: Call, at: Place, write: Callable[[], Value]) -> Value:
    """Return the value of a call of a function of the language, which `write` compiles."""
    known = _of_literals(gen, name, node)
    if known is not None:
        return known
    host = gen.host if at.loop and name in SINGLE and node.arguments and not gen.inner else None
    if host is None or not (is_of_document(node) and is_pure(gen, node, at)):
        return write()
    found = gen.name_before(host)
    with gen.block(f"if {found} is UNBOUND:"):
        value = write()
        gen.assign(found, value.code)
    return Value(found, value.kind, PLAIN)
