"""Query literals: the query around a value keeps its structure for every value (threats B11 and B12)."""

import re
from collections.abc import Callable
from typing import Any

from unified.transform.functions.registry import function
from unified.transform.functions.times import moment_of, utc_text
from unified.transform.functions.values import is_number, missing, number_text, text_of, wrong
from unified.transform.refusal import ValueRefused
from unified_jsonata import UNDEFINED

# Salesforce refuses a backslash before any other character.
_SOQL = str.maketrans({"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
_LIKE = str.maketrans({"%": "\\%", "_": "\\_"})
_JQL = str.maketrans(
    {
        **{chr(code): f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)},
        "\\": "\\\\",
        '"': '\\"',
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
    }
)
# Zendesk's search has no escapes inside a phrase, and compares words only.
_ZQL = str.maketrans(dict.fromkeys('"\\\r\n\t', " "))
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_ENDS = re.compile("[\\^\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SCRIPT = re.compile(r"(?:^|,)[^\w,]*javascript\s*:", re.IGNORECASE)
_SCALARS = "text, a number, a boolean, null, or a list of these"
_WORDS = "text, a number or a boolean"


@function('$soql("O\'Neil")', "'O\\'Neil'")
def soql(value: Any) -> Any:
    """Write a value as one SOQL literal: text quoted and escaped, null as `null`, a list as `('a', 'b')` for `IN`."""
    return _literal("soql", value, lambda text: f"'{text.translate(_SOQL)}'")


@function("$soqlLike('50%_off')", "'%50\\%\\_off%'")
def soql_like(text: Any) -> Any:
    """Write text as the SOQL pattern that finds it anywhere; `%` and `_` in it are literal."""
    if missing(text):
        return text
    return f"'%{text_of('soqlLike', text).translate(_SOQL).translate(_LIKE)}%'"


@function("$soqlTime('2026-01-01T10:00:00+02:00')", "2026-01-01T08:00:00Z")
def soql_time(iso: Any) -> Any:
    """Write an RFC 3339 datetime as the unquoted literal of SOQL and OData, in UTC; any other text is refused."""
    if missing(iso):
        return iso
    if not _RFC3339.fullmatch(text_of("soqlTime", iso, "an RFC 3339 datetime")):
        raise ValueRefused("$soqlTime: expected an RFC 3339 datetime such as 2026-01-01T10:00:00Z, got other text", value=iso)
    return utc_text(moment_of("soqlTime", iso))


@function("$jql('say \"hi\"')", '"say \\"hi\\""')
def jql(value: Any) -> Any:
    """Write a value as one JQL literal: text escaped in double quotes, null as `null`, a list as `("a", "b")`."""
    return _literal("jql", value, lambda text: f'"{text.translate(_JQL)}"')


@function('$odata("O\'Neil")', "'O''Neil'")
def odata(value: Any) -> Any:
    """Write a value as one OData literal: text in single quotes, inner quotes doubled, null as `null`, a list as `('a','b')`.

    Datetimes are unquoted in OData: use `$soqlTime`.
    """
    return _literal("odata", value, lambda text: "'" + text.replace("'", "''") + "'", ",")


@function("$sysparm('In Progress')", "In Progress")
def sysparm(value: Any) -> Any:
    """Write a value for a ServiceNow encoded query; a list is joined with commas for `IN`.

    These queries have no quotes, so text with `^`, and text that begins with `javascript:` (which the server would run), is
    refused, and so is a comma inside a list's entry.
    """
    if missing(value):
        return value
    if not isinstance(value, list):
        return _sysparm_word(value)
    words = [_sysparm_word(one) for one in value]
    if not words or any("," in word for word in words):
        raise ValueRefused("$sysparm: expected a list of one or more entries without commas, got another", value=value)
    return ",".join(words)


def _sysparm_word(value: Any) -> str:
    text = _bare(value)
    if text is None:
        text = text_of("sysparm", value, f"{_WORDS}, or a list of these")
    if _ENDS.search(text):
        message = "$sysparm: expected text without `^` and control characters, which could end the condition"
        raise ValueRefused(message, value=value)
    if _SCRIPT.search(text):
        message = "$sysparm: expected text that does not begin with `javascript:`, which the server would run"
        raise ValueRefused(message, value=value)
    return text


@function("$zql('Jane \"JD\" Doe')", '"Jane  JD  Doe"')
def zql(value: Any) -> Any:
    """Write a value as one Zendesk search literal: text in double quotes; inner quotes and backslashes become spaces."""
    if missing(value):
        return value
    bare = _bare(value)
    return bare if bare is not None else f'"{text_of("zql", value, _WORDS).translate(_ZQL)}"'


def _literal(name: str, value: Any, quoted: Callable[[str], str], comma: str = ", ") -> Any:
    if isinstance(value, list):
        if not value:
            raise ValueRefused(f"${name}: expected a list of one or more entries, got an empty list", value=value)
        return "(" + comma.join(_scalar(name, one, quoted) for one in value) + ")"
    return value if value is UNDEFINED else _scalar(name, value, quoted)


def _scalar(name: str, value: Any, quoted: Callable[[str], str]) -> str:
    if value is None:
        return "null"
    bare = _bare(value)
    return bare if bare is not None else quoted(_text(name, value))


def _bare(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if is_number(value) else None


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong(name, _SCALARS, value)
    return text_of(name, value)
