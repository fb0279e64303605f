"""JSONata for Python: parse, analyse before running, compile to Python, evaluate within limits.

Knows no provider, no HTTP and nothing else of the project. The language's documentation and its official suite
decide what is right. These names are the public interface, with `unified_jsonata.analysis`; other submodules serve the
service that this engine was written for, and may change with any version.
"""

from unified_jsonata.analysis.summary import Analysis, analyse
from unified_jsonata.engine import Expression, compile
from unified_jsonata.errors import FunctionError, JsonataError, Refusal
from unified_jsonata.limits import Limits
from unified_jsonata.syntax.parser import parse
from unified_jsonata.undefined import UNDEFINED

__all__ = [
    "UNDEFINED",
    "Analysis",
    "Expression",
    "FunctionError",
    "JsonataError",
    "Limits",
    "Refusal",
    "analyse",
    "compile",
    "parse",
]
