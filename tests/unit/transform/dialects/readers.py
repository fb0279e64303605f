"""Small readers of the dialects, written from their documentation: text back to conditions, independent of what writes it."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Read = list[tuple[str, str, list[Any]]]
"""Field, operator and values, one for each condition."""
OPERATORS = {"=": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", ":": "eq"}
BARE = re.compile(r"[^\s,()'\"]+")


class Scan:
    """A text and how far it is read."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def take(self, pattern: str) -> str:
        """Return what the pattern matches here; the reader fails on anything else."""
        match = re.compile(pattern).match(self.text, self.at)
        assert match is not None, f"{pattern} expected at {self.at} of {self.text!r}"
        self.at = match.end()
        return match[0]

    def has(self, pattern: str) -> bool:
        """Read the pattern if it is here."""
        if re.compile(pattern).match(self.text, self.at) is None:
            return False
        self.take(pattern)
        return True

    @property
    def ended(self) -> bool:
        return self.at == len(self.text)


def bare(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text, re.IGNORECASE) else text


SOQL_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def soql_text(scan: Scan) -> str:
    scan.take("'")
    found = ""
    while not scan.has("'"):
        if scan.has(r"\\"):
            letter = scan.take(r"(?s).")
            found += SOQL_ESCAPES.get(letter, letter)
        else:
            found += scan.take(r"(?s)[^'\\]")
    return found


def soql(text: str) -> Read:
    """Read `A = 'x' AND B IN (1, 2) AND C LIKE '%y%'`."""
    scan, found = Scan(text), []

    def literal() -> Any:
        return soql_text(scan) if scan.text[scan.at] == "'" else bare(scan.take(BARE.pattern))

    while True:
        field = scan.take(r"\w+")
        if scan.has(r" LIKE "):
            found.append((field, "contains", [like(scan)]))
        elif scan.has(r" IN \("):
            found.append((field, "in", listed(scan, literal)))
        else:
            found.append((field, OPERATORS[scan.take(r" (=|!=|>=|<=|>|<) ").strip()], [literal()]))
        if scan.ended:
            return found
        scan.take(" AND ")


def like(scan: Scan) -> str:
    """Read a pattern in quotes: after the text's escapes, `%` and `_` are wild unless escaped themselves."""
    scan.take("'%")
    found = ""
    while not scan.has("%'"):
        if scan.has(r"\\"):
            letter = scan.take(r"(?s).")
            found += SOQL_ESCAPES.get(letter, letter)
        else:
            found += scan.take(r"(?s)[^'\\%_]")
    return found


def listed(scan: Scan, literal: Callable[[], Any]) -> list[Any]:
    values = [literal()]
    while not scan.has(r"\)"):
        scan.take(r", ?")
        values.append(literal())
    return values


def jql(text: str) -> Read:
    """Read `a = "x" and b in ("y", 2)`."""
    scan, found = Scan(text), []

    def literal() -> Any:
        if not scan.has('"'):
            return bare(scan.take(BARE.pattern))
        value = ""
        while not scan.has('"'):
            if scan.has(r"\\u"):
                value += chr(int(scan.take("[0-9a-f]{4}"), 16))
            elif scan.has(r"\\"):
                value += {"n": "\n", "r": "\r", "t": "\t"}.get(letter := scan.take(r"(?s)."), letter)
            else:
                value += scan.take(r'(?s)[^"\\\n\r]')
        return value

    while True:
        field = scan.take(r"\w+")
        if scan.has(r" in \("):
            found.append((field, "in", listed(scan, literal)))
        else:
            found.append((field, OPERATORS[scan.take(r" (=|>=|<=|>|<) ").strip()], [literal()]))
        if scan.ended:
            return found
        scan.take(" and ")


def zendesk(text: str) -> Read:
    """Read `a:"x" a:"y" b>=2`: words of one keyword and `:` are alternatives."""
    scan, found = Scan(text), []
    while True:
        field, sign = scan.take(r"\w+"), scan.take(r":|>=|<=|>|<")
        value = scan.take(r'"[^"]*"')[1:-1] if scan.text[scan.at] == '"' else bare(scan.take(r'[^\s"]+'))
        if found and found[-1][0] == field and sign == ":":
            found[-1] = (field, "in", [*found[-1][2], value])
        else:
            found.append((field, OPERATORS[sign], [value]))
        if scan.ended:
            return found
        scan.take(" ")


def odata(text: str) -> Read:
    """Read `a eq 'x' and (b eq 1 or b eq 2) and contains(c,'y')`."""
    scan, found = Scan(text), []

    def literal() -> Any:
        return (
            scan.take(r"'(?:[^']|'')*'")[1:-1].replace("''", "'")
            if scan.text[scan.at] == "'"
            else bare(scan.take(BARE.pattern))
        )

    words = {"ge": "gte", "le": "lte"}
    while True:
        if scan.has(r"contains\("):
            field = scan.take(r"\w+")
            scan.take(",")
            found.append((field, "contains", [literal()]))
            scan.take(r"\)")
        elif scan.has(r"\("):
            field, values = scan.take(r"\w+"), []
            while not values or scan.has(f" or {field}"):
                scan.take(" eq ")
                values.append(literal())
            scan.take(r"\)")
            found.append((field, "in", values))
        else:
            field, word = scan.take(r"\w+"), scan.take(r" (eq|ne|gt|ge|lt|le) ").strip()
            found.append((field, words.get(word, word), [literal()]))
        if scan.ended:
            return found
        scan.take(" and ")


def sysparm(text: str) -> Read:
    """Read `a=x^bIN1,2^cLIKEy`."""
    found: Read = []
    for part in text.split("^"):
        match = re.fullmatch(r"(?s)([a-z_]+)(IN|LIKE|>=|<=|>|<|=)(.*)", part)
        assert match is not None, part
        operator = {"IN": "in", "LIKE": "contains"}.get(match[2]) or OPERATORS[match[2]]
        found.append((match[1], operator, match[3].split(",") if operator == "in" else [match[3]]))
    return found


def hubspot(filters: list[dict[str, Any]]) -> Read:
    """Read a list of filter objects."""
    return [
        (one["propertyName"], one["operator"].lower(), one["values"] if one["operator"] == "IN" else [one["value"]])
        for one in filters
    ]


def graphql(filters: dict[str, Any]) -> Read:
    """Read an object of comparisons by field."""

    def below(place: dict[str, Any], path: str) -> Iterator[tuple[str, str, list[Any]]]:
        for key, value in place.items():
            if isinstance(value, dict):
                yield from below(value, f"{path}.{key}".strip("."))
            else:
                yield path, key, value if key == "in" else [value]

    return list(below(filters, ""))


def mongo(filters: list[dict[str, Any]]) -> Read:
    """Read a list of objects with one comparison each."""

    def comparison(place: dict[str, Any]) -> tuple[str, str, list[Any]]:
        ((key, value),) = place.items()
        if key.startswith("$"):
            return "", key[1:], value if key == "$in" else [value]
        field, operator, values = comparison(value)
        return f"{key}.{field}".strip("."), operator, values

    return [comparison(one) for one in filters]


def query(pairs: dict[str, Any]) -> Read:
    """Read query parameters; a list repeats its name."""
    return [
        (name, "in" if isinstance(value, list) else "eq", value if isinstance(value, list) else [value])
        for name, value in pairs.items()
    ]


READERS: dict[str, Callable[[Any], Read]] = {
    "soql": soql,
    "jql": jql,
    "zendesk": zendesk,
    "odata": odata,
    "sysparm": sysparm,
    "hubspot": hubspot,
    "graphql": graphql,
    "mongo": mongo,
    "query": query,
}


def moment(value: Any) -> datetime:
    """Read a time in any form that a dialect has."""
    text = str(value)
    if re.fullmatch(r"\d{9,}(\.0)?", text):
        return datetime.fromtimestamp(float(text) / 1000, UTC)
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
