"""What the built-in functions take and give, for calls that are mostly meaningful.

Letters: s string, n number, b boolean, a array, o object, x anything, f a function of value, position and array,
r of two arguments, c a comparison, k of value and key, p a string or a pattern; d a date, and one letter more for each
kind of picture: D of dates, N of numbers, I of integers. A letter behind `?` may be left out.
"""

from collections.abc import Mapping
from types import MappingProxyType

SHAPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "string": ("x?b", "s"),
        "substring": ("sn?n", "s"),
        "substringBefore": ("ss", "s"),
        "substringAfter": ("ss", "s"),
        "lowercase": ("s", "s"),
        "uppercase": ("s", "s"),
        "length": ("s", "n"),
        "trim": ("s", "s"),
        "pad": ("sn?s", "s"),
        "match": ("sp?n", "a"),
        "contains": ("sp", "b"),
        "replace": ("sps?n", "s"),
        "split": ("sp?n", "a"),
        "join": ("a?s", "s"),
        "formatNumber": ("nN", "s"),
        "formatBase": ("n?n", "s"),
        "formatInteger": ("nI", "s"),
        "parseInteger": ("sI", "n"),
        "base64encode": ("s", "s"),
        "base64decode": ("s", "s"),
        "encodeUrlComponent": ("s", "s"),
        "encodeUrl": ("s", "s"),
        "decodeUrlComponent": ("s", "s"),
        "decodeUrl": ("s", "s"),
        "number": ("s", "n"),
        "floor": ("n", "n"),
        "ceil": ("n", "n"),
        "round": ("n?n", "n"),
        "abs": ("n", "n"),
        "sqrt": ("n", "n"),
        "power": ("nn", "n"),
        "boolean": ("x", "b"),
        "not": ("x", "b"),
        "exists": ("x", "b"),
        "sum": ("a", "n"),
        "max": ("a", "n"),
        "min": ("a", "n"),
        "average": ("a", "n"),
        "count": ("a", "n"),
        "append": ("aa", "a"),
        "sort": ("a?c", "a"),
        "reverse": ("a", "a"),
        "distinct": ("a", "a"),
        "zip": ("aa", "a"),
        "map": ("af", "a"),
        "filter": ("af", "a"),
        "single": ("af", "x"),
        "reduce": ("ar?x", "x"),
        "sift": ("ok", "o"),
        "each": ("ok", "a"),
        "keys": ("o", "a"),
        "lookup": ("os", "x"),
        "spread": ("o", "a"),
        "merge": ("a", "o"),
        "clone": ("o", "o"),
        "type": ("x", "s"),
        "error": ("s", "x"),
        "assert": ("b?s", "x"),
        "toMillis": ("d?D", "n"),
        "fromMillis": ("n?D", "s"),
    }
)
"""Name -> what it takes, what it gives. Left out: those whose value changes from call to call."""
NUMBERS = ("0", "1", "2", "3", "-1", "-2", "0.5", "2.5", "10", "1e3", "100", "1234.5678", "7")
STRINGS = (
    "",
    "a",
    "x",
    "Ada",
    "p1",
    "red",
    " two  words ",
    "Zoë é",
    "42",
    "-1.50",
    "a,b;c",
    "The fox",
    "name",
    "k1",
    "true",
    "100%",
    "a%20b",
    "1990-01-02",
    "ünï",
    "日本",
    "e30=",
)
PATTERNS = (
    "/a/",
    "/[A-Z]/",
    "/o/i",
    "/[0-9]+/",
    "/(\\w)(o)/",
    "/^x/m",
    "/\\s+/",
    "/[aeiou]/",
    "/(a|b)c?/",
    "/x$/",
    "/\\d{2}/",
    "/,\\s*/",
)
DATES = ("2024-02-29T10:00:00.000Z", "2024-02-29", "2024-12-31T23:59:59+02:00", "1990", "2024-05", "29/02/2024", "nonsense")
DATE_PICTURES = (
    "[Y0001]-[M01]-[D01]",
    "[D01]/[M01]/[Y0001]",
    "[Y]-[M]-[D]T[H]:[m]:[s]",
    "[FNn], [D1o] [MNn] [Y]",
    "[h]:[m01] [P]",
    "[Y0001][M01][D01]",
    "[X0001]-W[W01]-[F1]",
    "[H01][m01][Z]",
    "[q]",
)
NUMBER_PICTURES = ("#,##0.00", "0", "000", "0.0%", "#0.###", "0.0e0", "#", "0;(0)", "abc")
INTEGER_PICTURES = ("0", "000", "#,##0", "w", "W", "Ww", "I", "i", "A", "a", "1;o", "w;o", "?")
CALLBACKS = ("$string", "$number", "$boolean", "$uppercase", "$length", "$not", "$exists", "$type", "$sum", "$count", "$abs")
