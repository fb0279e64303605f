"""Times as milliseconds since 1970 and as text: ISO forms, pictures, and the two in one step."""

from unified_jsonata.runtime.dates.functions import from_millis, now_text, to_millis
from unified_jsonata.runtime.dates.iso import iso_text
from unified_jsonata.runtime.dates.prepared import formatter, parser
from unified_jsonata.runtime.dates.refit import refit

__all__ = ["formatter", "from_millis", "iso_text", "now_text", "parser", "refit", "to_millis"]
