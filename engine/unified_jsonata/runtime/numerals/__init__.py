"""Numbers written and read under a picture: digits of any script, words, Roman numerals, letters, decimal formats."""

from unified_jsonata.runtime.numerals.base import format_base
from unified_jsonata.runtime.numerals.decimals import format_number
from unified_jsonata.runtime.numerals.integers import format_integer, parse_integer, read_integer, write_integer
from unified_jsonata.runtime.numerals.pictures import IntegerPicture, integer_picture

__all__ = [
    "IntegerPicture",
    "format_base",
    "format_integer",
    "format_number",
    "integer_picture",
    "parse_integer",
    "read_integer",
    "write_integer",
]
