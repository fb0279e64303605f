"""Finds what an expression reads, writes and calls, without running it."""

from unified_jsonata.analysis.flow import Problem
from unified_jsonata.analysis.free import Use
from unified_jsonata.analysis.narrowing import narrow
from unified_jsonata.analysis.summary import Analysis, Call, Write, analyse, unbound_variables, unknown_functions
from unified_jsonata.analysis.values import Read

__all__ = [
    "Analysis",
    "Call",
    "Problem",
    "Read",
    "Use",
    "Write",
    "analyse",
    "narrow",
    "unbound_variables",
    "unknown_functions",
]
