"""Choosing among values, entries and keys."""

from typing import Any

from unified.models.conversion.scalars import boolean
from unified.transform.functions.registry import function
from unified.transform.functions.values import missing, object_of, objects_of, text_of, word_of
from unified_jsonata import UNDEFINED, FunctionError

_WORD = "text, a number or a boolean"


@function("$coalesce(null, '', 'a')", "a", first_filled=True)
def coalesce(  # noqa: PLR0917 - arguments of an expression have no names
    a: Any,
    b: Any = UNDEFINED,
    c: Any = UNDEFINED,
    d: Any = UNDEFINED,
    e: Any = UNDEFINED,
    f: Any = UNDEFINED,
    g: Any = UNDEFINED,
    h: Any = UNDEFINED,
) -> Any:
    """Return the first of up to eight values that is neither missing, null nor `""`; otherwise null, or missing if all are."""
    if a is not UNDEFINED and a is not None and a != "":
        return a
    if b is not UNDEFINED and b is not None and b != "":
        return b
    any_present = False
    for value in (a, b, c, d, e, f, g, h):
        if value is UNDEFINED:
            continue
        if value is not None and value != "":
            return value
        any_present = True
    return None if any_present else UNDEFINED


@function("$enum('In Progress', {'in progress': 'open', 'done': 'closed'}, 'other')", "open", only_read=(1,))
def enum(word: Any, table: Any, default: Any = UNDEFINED) -> Any:
    """Look a word up in a table, ignoring case; return `default` (or null) for a word that is not in it.

    A number or boolean is looked up by its text. A missing word stays missing; null and empty text give null.
    """
    if missing(word) or word == "":
        return word if word is UNDEFINED else None
    if type(table) is dict and type(word) is str and word in table:
        return table[word]
    entries = object_of("enum", table, "an object as table")
    key = word_of("enum", word, _WORD)
    if key in entries:
        return entries[key]
    folded = key.casefold()
    match = next((value for name, value in entries.items() if name.casefold() == folded), default)
    return None if match is UNDEFINED else match


@function("$flag('0') ? 'active' : 'gone'", "gone")
def flag(value: Any) -> Any:
    """Return true or false for a flag that comes as text, as in XML, where a condition takes any text for true.

    `true`, `yes`, `y`, `on` and `1` are true, `false`, `no`, `n`, `off` and `0` false, in any case; other text gives null.
    """
    if missing(value):
        return value
    return boolean(word_of("flag", value, _WORD))


@function("$entry([{'email': 'a@x.org'}, {'email': 'b@x.org', 'type': 'work'}], 'email', 'work')", "b@x.org")
def entry(list: Any, key: Any, type: Any = UNDEFINED) -> Any:  # noqa: A002 - names are what authors read
    """Return `key` of a list's entry, for writes: of the entry with that type; without a type, of the primary or first entry.

    A missing list stays missing (the field is left alone); null, an empty list, and a list without such an
    entry give null (the field is cleared).
    """
    if list is UNDEFINED:
        return UNDEFINED
    entries = [] if list is None else objects_of("entry", list)
    name = text_of("entry", key, "text as key")
    return next((one.get(name) for one in entries if _chosen(one, entries, type)), None)


def _chosen(one: dict[str, Any], entries: list[dict[str, Any]], kind: Any) -> bool:
    if not missing(kind):
        return bool(one.get("type") == kind)
    primary = next((entry for entry in entries if entry.get("is_primary") is True), entries[0])
    return one is primary


@function("$compact({'a': 1, 'b': null, 'c': '', 'd': [], 'e': 0})", {"a": 1, "e": 0})
def compact(object: Any) -> Any:  # noqa: A002
    """Return the object without its null, `""`, `[]` and `{}` entries; nested values are not examined."""
    if missing(object):
        return object
    entries = object_of("compact", object).items()
    return {key: value for key, value in entries if value is not None and value not in ("", [], {})}


@function("$pick({'a': 1, 'b': 2, 'c': 3}, ['a', 'c'])", {"a": 1, "c": 3})
def pick(object: Any, keys: Any) -> Any:  # noqa: A002
    """Return the object with only these keys; keys that it does not have are left out."""
    if missing(object):
        return object
    wanted = _keys("pick", keys)
    return {key: value for key, value in object_of("pick", object).items() if key in wanted}


@function("$omit({'a': 1, 'b': 2}, 'b')", {"a": 1})
def omit(object: Any, keys: Any) -> Any:  # noqa: A002
    """Return the object without these keys."""
    if missing(object):
        return object
    dropped = _keys("omit", keys)
    return {key: value for key, value in object_of("omit", object).items() if key not in dropped}


def _keys(name: str, keys: Any) -> set[str]:
    names = keys if isinstance(keys, list) else [keys]
    return {text_of(name, key, "text or a list of texts as keys") for key in names}


@function(
    "$keyBy([{'id': 1, 'name': 'a'}, {'id': 2, 'name': 'b'}], 'id')",
    {"1": {"id": 1, "name": "a"}, "2": {"id": 2, "name": "b"}},
)
def key_by(list: Any, key: Any) -> Any:  # noqa: A002
    """Index the list's objects by the text of one of their values, for `$lookup`; the last of equal ones wins.

    Objects without that value are left out.
    """
    if missing(list):
        return list
    return dict(_by("keyBy", list, key))


@function("$groupBy([{'t': 'a', 'n': 1}, {'t': 'b', 'n': 2}, {'t': 'a', 'n': 3}], 't').a.n", [1, 3])
def group_by(list: Any, key: Any) -> Any:  # noqa: A002
    """Group the objects by the text of one of their values, into lists; objects without that value are left out."""
    if missing(list):
        return list
    groups: dict[str, Any] = {}
    for word, one in _by("groupBy", list, key):
        groups.setdefault(word, []).append(one)
    return groups


def _by(name: str, entries: Any, key: Any) -> list[tuple[str, dict[str, Any]]]:
    key = text_of(name, key, "text as key")
    pairs = [(one.get(key), one) for one in objects_of(name, entries)]
    return [(word_of(name, value, f"{_WORD} under the key"), one) for value, one in pairs if value is not None]


@function("$after('https://x.org/users/42', '/')", "42")
def after(text: Any, separator: Any) -> Any:
    """Return the text after the last separator, or the whole text if it has none."""
    if missing(text):
        return text
    return text_of("after", text).rpartition(_separator("after", separator))[2]


@function("$before('ada@x.org', '@')", "ada")
def before(text: Any, separator: Any) -> Any:
    """Return the text before the first separator, or the whole text if it has none."""
    if missing(text):
        return text
    return text_of("before", text).partition(_separator("before", separator))[0]


def _separator(name: str, separator: Any) -> str:
    if separator == "":
        raise FunctionError(f"${name}: expected a separator of one or more characters, got empty text")
    return text_of(name, separator, "text as separator")


@function("$list('a')", ["a"])
def list_(value: Any) -> Any:
    """Return a list: `[]` for null and missing, a list unchanged, any other value as its only entry."""
    if missing(value):
        return []
    return value if isinstance(value, list) else [value]
