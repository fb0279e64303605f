"""Regular expressions with JavaScript's meaning and a bound on their time; `pattern` compiles one."""

from unified_jsonata.runtime.regex.found import Match
from unified_jsonata.runtime.regex.pattern import Pattern, pattern

__all__ = ["Match", "Pattern", "pattern"]
