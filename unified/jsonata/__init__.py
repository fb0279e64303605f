"""The mapping language, JSONata: parse, analyse before running, evaluate.

Knows no provider, no HTTP and nothing else of the project. The language's documentation and its official suite
decide what is right.
"""

from unified.jsonata.analysis.analyse import (
    Analysis,
    Call,
    Write,
    analyse,
    unbound_variables,
    unknown_functions,
)
from unified.jsonata.analysis.flow import Problem
from unified.jsonata.analysis.free import Use
from unified.jsonata.analysis.narrowing import narrow
from unified.jsonata.analysis.values import Read
from unified.jsonata.engine import Expression, compile, use
from unified.jsonata.errors import FunctionError, JsonataError, Refusal, line_column
from unified.jsonata.faults import faults
from unified.jsonata.limits import Limits
from unified.jsonata.names import BUILTINS
from unified.jsonata.runtime.supplied import NullPasses, promises
from unified.jsonata.still import standing_still
from unified.jsonata.syntax.parser import parse
from unified.jsonata.syntax.tree import Node, is_path
from unified.jsonata.undefined import UNDEFINED, Undefined

__all__ = [
    "BUILTINS",
    "UNDEFINED",
    "Analysis",
    "Call",
    "Expression",
    "FunctionError",
    "JsonataError",
    "Limits",
    "Node",
    "NullPasses",
    "Problem",
    "Read",
    "Refusal",
    "Undefined",
    "Use",
    "Write",
    "analyse",
    "compile",
    "faults",
    "is_path",
    "line_column",
    "narrow",
    "parse",
    "promises",
    "standing_still",
    "unbound_variables",
    "unknown_functions",
    "use",
]
