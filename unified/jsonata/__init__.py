"""The mapping language, JSONata: parse, analyse before running, evaluate.

Knows no provider, no HTTP and nothing else of the project. The language's documentation and its official suite
decide what is right.
"""

from unified.jsonata.analysis import (
    Analysis,
    Call,
    Write,
    analyse,
    unbound_variables,
    unknown_functions,
)
from unified.jsonata.engine import Expression, compile
from unified.jsonata.errors import FunctionError, JsonataError, line_column
from unified.jsonata.flow import Problem
from unified.jsonata.free import Use
from unified.jsonata.interpreter import Limits
from unified.jsonata.names import BUILTINS
from unified.jsonata.narrowing import narrow
from unified.jsonata.parser import parse
from unified.jsonata.tree import Node, is_path
from unified.jsonata.undefined import UNDEFINED, Undefined
from unified.jsonata.values import Read

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
    "Problem",
    "Read",
    "Undefined",
    "Use",
    "Write",
    "analyse",
    "compile",
    "is_path",
    "line_column",
    "narrow",
    "parse",
    "unbound_variables",
    "unknown_functions",
]
