"""Describes failures of an evaluation without any of the evaluated data."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from unified_jsonata.errors import JsonataError, line_column
from unified_jsonata.syntax.tree import Call, Node, innermost

RUNTIME: Mapping[str, str] = MappingProxyType(
    {
        "T0410": "an argument does not have the type or number that the function takes",
        "T0411": "the context does not have the type that the function takes",
        "T0412": "an array argument holds items of a type that the function does not take",
        "D1001": "a number is out of range",
        "D1002": "only a number can be negated",
        "T1003": "the key of an object must be a string",
        "D1004": "a regular expression matches the empty string",
        "T1005": "this is a field, not a function; the leading $ is missing",
        "T1006": "this is not a function",
        "T1007": "this is a field, not a function; the leading $ is missing",
        "T1008": "this is not a function, so its arguments cannot be given in part",
        "D1009": "two keys of one object have the same name",
        "T1010": "a matcher function does not return match, start, end and groups",
        "D1011": "the evaluation is nested too deeply; look for a recursion that does not end",
        "D1012": "the evaluation takes longer than its time limit",
        "T2001": "the left side of this operator must be a number",
        "T2002": "the right side of this operator must be a number",
        "T2003": "the left side of .. must be an integer",
        "T2004": "the right side of .. must be an integer",
        "T2006": "the right side of ~> must be a function",
        "T2007": "order-by compares values of different types",
        "T2008": "order-by needs numbers or strings",
        "T2009": "the two sides of this operator must have the same type",
        "T2010": "the two sides of this operator must be numbers or strings",
        "T2011": "the update of a transform must be an object",
        "T2012": "the deletion of a transform must be a string or an array of strings",
        "T2013": "a transform needs $clone, which has been bound to something else",
        "D2014": "a range has more than 10,000,000 values",
        "D3001": "a number that is not finite cannot be written as text",
        "D3010": "the pattern of $replace must not be empty",
        "D3011": "the limit of $replace must not be negative",
        "D3012": "the replacement function of $replace must return a string",
        "D3020": "the limit of $split must not be negative",
        "D3030": "a value cannot be read as a number",
        "D3040": "the limit of $match must not be negative",
        "D3050": "the function given to $reduce must take at least two arguments",
        "D3060": "$sqrt of a negative number",
        "D3061": "the result of $power is out of range",
        "D3070": "$sort without a function needs an array of numbers or of strings",
        "D3100": "the radix of $formatBase must be between 2 and 36",
        "D3110": "a time is not in ISO 8601 form, such as 2026-01-31T12:00:00Z",
        "D3120": "the expression given to $eval has a syntax error",
        "D3121": "the expression given to $eval failed",
        "D3130": "this way of writing an integer is not supported",
        "D3131": "the digits of a picture must be of one script",
        "D3132": "a date picture has an unknown component",
        "D3133": "only months and days of a date picture can be written as names",
        "D3134": "the time zone of a date picture has at most four digits",
        "D3135": 'a date picture has no closing "]"',
        "D3136": "a date picture lacks parts that a time needs",
        "D3137": "the expression called $error",
        "D3138": "$single found more than one value",
        "D3139": "$single found no value",
        "D3140": "a URL is malformed",
        "D3141": "the condition of $assert is false",
        "U1001": "the evaluation exceeds its limit of time, depth or steps",
        "U1002": "the evaluation makes a string that is too long",
        "U1003": "the evaluation makes an array that is too long",
        "U1005": "a regular expression is not valid",
        "U1004": "the result of the evaluation is too large",
        "U0101": "a function that the caller supplied failed",
        "U0102": "the engine cannot evaluate this expression",
        "U0103": "a function that the caller supplied cannot take a function as argument",
    }
)
"""Code -> text. Codes from T and D are the language's, those from U this package's."""

FAMILIES = (
    ("D308", "a number picture of $formatNumber is malformed"),
    ("D309", "a number picture of $formatNumber is malformed"),
    ("S", "the engine cannot parse this, though the language allows it; write it another way"),
)
"""Prefixes of codes without a separate text."""
GENERAL = "the evaluation failed"
CODE = re.compile("[STDU][0-9]{4}")


def runtime_error(source: str, tree: Node, code: str, location: int, detail: str = "") -> JsonataError:
    """Return the error of a code; `location` is the offset behind the token that failed, negative when unknown."""
    if CODE.fullmatch(code) is None:  # the engine raises a few errors with a sentence in the code's place
        code = "U0102"
    position = -1
    if 0 < location <= len(source):
        node = innermost(tree, location - 1)
        position = node.start if isinstance(node, Call) else location - 1
    return error_at(source, code, position, detail)


def error_at(source: str, code: str, position: int, detail: str = "", token: str | None = None) -> JsonataError:
    """Return the error of a code at a character offset, negative when unknown."""
    known = RUNTIME.get(code) or next((text for start, text in FAMILIES if code.startswith(start)), GENERAL)
    message = known + (f" ({detail})" if detail else "")
    if position < 0:
        return JsonataError(code=code, message=message, token=token)
    line, column = line_column(source, position)
    return JsonataError(code=code, message=message, position=position, line=line, column=column, token=token, source=source)
