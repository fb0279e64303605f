"""An expression with lambdas in the place of the language's functions that the reference does otherwise."""

from typing import Any

from jsonata_benchmarks.differences import rewrites
from unified_jsonata.syntax.tree import Variable


def types_of_numbers(source: str, document: Any) -> tuple[str, Any]:
    """What is not a number has a type of its own."""
    given = "function($v) { ($w := $v; $w != $w and $string($type($w)) in ['number', 'object'] ? 'NaN' : $type($w)) }"
    return _instead(source, "type", given), document


def numbers_in_texts(source: str, document: Any) -> tuple[str, Any]:
    """A text that means no number is an error, and a number is a double."""
    given = "function($v)<(nsb)-:n> { ($w := $number($v) + 0; $w != $w ? $error('number') : $w) }"
    return _instead(source, "number", given), document


def integers_in_texts(source: str, document: Any) -> tuple[str, Any]:
    """An integer that is read by a picture is a double of eleven digits."""
    given = "function($s, $p)<s-s:n> { $number($formatNumber($parseInteger($s, $p) + 0, '0.0000000000e0')) + 0 }"
    return _instead(source, "parseInteger", given), document


def replacements_given(source: str, document: Any) -> tuple[str, Any]:
    """A replacement that is missing is an error."""
    given = (
        "function($s, $p, $r, $n)<s-(sf)(sf)n?:s> "
        "{ $exists($p) and $exists($r) ? $replace($s, $p, $r, $n) : $error('missing') }"
    )
    return _instead(source, "replace", given), document


def _instead(source: str, name: str, given: str) -> str:
    """Return the source with another function in the place of each use of one of the language."""
    found = [one for one in rewrites.every(source) if isinstance(one, Variable) and one.name == name]
    return rewrites.edited(source, [(one.start, one.end, f"({given})") for one in found])


def replacements_of_texts(source: str, document: Any) -> tuple[str, Any]:
    """A function in the place of a text is an error, also if the text does not occur."""
    given = (
        "function($s, $p, $r, $n)<s-(sf)(sf)n?:s> "
        '{ $type($p) = "string" and $type($r) = "function" ? $error("function") : $replace($s, $p, $r, $n) }'
    )
    return _instead(source, "replace", given), document
