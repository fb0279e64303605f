"""Path templates: ids are inserted so that a call can never reach another path than the one in the mapping.

`quote` alone is not enough: `.` and `..` need no quoting and are folded by URL libraries. So these are refused, everything
else is percent-encoded fully, and the number of segments is compared with the template's.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import product
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from unified.errors.error import FieldProblem
from unified.errors.requests import InvalidId, ValidationFailed

MAX_ID_LENGTH = 256
_NAME = re.compile(r"\{(?P<name>[A-Za-z_]\w*(?:\.\w+)*)(?:=(?P<choices>[^{}]+))?\}")
_ESCAPED_IN = re.compile("[:%]")
"""Characters of a part that are written in percent-encoding: the separator, and the sign of the encoding."""
_ESCAPED = re.compile("%(3A|25)")
SETTINGS = "settings"
"""First step of a name that means a setting of the account: `{settings.company}`."""
ENTRY = "one"
"""First step of a name that means the entry for which a call of `after` is made: `{one}`, `{one.id}`."""
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@lru_cache(maxsize=4_096)
def names_in(template: str) -> tuple[str, ...]:
    """Return the names of a template's variable parts, in order."""
    return tuple(match["name"] for match in _NAME.finditer(template))


def fields_in(template: str, results: Collection[str] = ()) -> tuple[str, ...]:
    """Return the fields, conditions and parts of the id that a path needs, in order.

    `{ticket_id.number}` needs `ticket_id`; settings, entries and the results of `before` calls come from elsewhere.
    """
    split = (name.split(".") for name in names_in(template) if name.split(".")[0] != ENTRY)
    needed = (first for first, *rest in split if not rest or (first != SETTINGS and first not in results))
    return tuple(dict.fromkeys(needed))


def segment(name: str, value: Any) -> str:
    """Percent-encode a value as one path segment.

    Raises:
        InvalidId: The value breaks a rule; the message says which.
    """
    text = _as_text(name, value)
    if not text.strip() or len(text) > MAX_ID_LENGTH:
        raise InvalidId(f"{name}: expected 1 to {MAX_ID_LENGTH} characters, got {min(len(text), 10_000)}")
    if text in {".", ".."}:
        raise InvalidId(f"{name}: `.` and `..` cannot be ids")
    if _CONTROL.search(text):
        raise InvalidId(f"{name}: control characters and lone surrogates cannot be part of an id")
    return quote(text, safe="")


def _as_text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MAX_ID_LENGTH * 4:
        return str(value)
    raise InvalidId(f"{name}: expected text")


def fill(template: str, values: Mapping[str, Any], references: Mapping[str, "IdTemplate"] | None = None) -> str:
    """Return the path with every `{name}` filled.

    Args:
        template: The path; a name with dots leads into a value, such as `{settings.company}`.
        values: What the names mean.
        references: Templates of the ids that fields hold, for their parts: `{ticket_id.number}`.

    Raises:
        ValidationFailed: A value is missing.
        InvalidId: A value cannot be a path segment.
    """

    def fill_one(match: re.Match[str]) -> str:
        name = match["name"]
        value = _value(name, values, references or {})
        if value is None:
            raise _missing(name, references or {})
        before, after = template[: match.start()][-1:], template[match.end() :][:1]
        return segment(name, _quoted(name, value, before, after))

    path = _NAME.sub(fill_one, template)
    if path.count("/") != template.count("/"):
        raise InvalidId("the id changes the path")  # unreachable while `quote` encodes `/`; kept as a second line of defence
    return path


def check_values(
    template: str,
    values: Mapping[str, Any],
    results: Collection[str],
    references: Mapping[str, "IdTemplate"],
    *,
    required: bool,
) -> None:
    """Check what a path takes from the caller, before the rest of it is known.

    Raises:
        ValidationFailed: A value is missing, and `required` says that it must not be.
        InvalidId: A value cannot be a path segment, or is not an id of the required form.
    """
    for name in names_in(template):
        first, *rest = name.split(".")
        if first == ENTRY or (rest and (first == SETTINGS or first in results)):
            continue
        value = _value(name, values, references)
        if value is not None:
            segment(name, value)
        elif required:
            raise _missing(name, references)


def _value(name: str, values: Mapping[str, Any], references: Mapping[str, "IdTemplate"]) -> Any:
    first, *rest = name.split(".")
    value = values.get(first)
    if rest and first in references and isinstance(value, str):
        value = references[first].split(value, name=first)
    for step in rest:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _quoted(name: str, value: Any, before: str, after: str) -> Any:
    """Return the value as an OData key needs it: doubled quotes in `('{id}')`, only a number, word or GUID in `({id})`."""
    if before == after == "'":
        return _as_text(name, value).replace("'", "''")
    if (before, after) == ("(", ")") and not re.fullmatch(r"[\w-]+", _as_text(name, value), re.ASCII):
        raise InvalidId(f"{name}: expected letters, digits, `-` and `_` only")
    return value


def path_values(body: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a common body that can be part of a path; of a list of one entry, this entry."""
    single = {name: value[0] if isinstance(value, list) and len(value) == 1 else value for name, value in body.items()}
    return {name: value for name, value in single.items() if isinstance(value, str | int)}


def is_reserved(text: str, names: Iterable[str]) -> bool:
    """Return whether a word is one of these plurals, or its singular, in any case: providers accept both forms."""
    return not _forms(text).isdisjoint(_all_forms(tuple(names)))


@cache  # of the catalog's files only, so it stays small
def _all_forms(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for one in names for form in _forms(one))


def _forms(word: str) -> set[str]:
    """Return a word and its possible singulars."""
    lower = word.casefold()
    forms = {lower, lower.removesuffix("s"), lower.removesuffix("es")}
    return forms | {f"{lower.removesuffix('ies')}y"} if lower.endswith("ies") else forms


def _missing(name: str, references: Mapping[str, "IdTemplate"]) -> ValidationFailed:
    """Return the refusal of a call without this value; of a part of an id, callers know the field that holds the id."""
    first = name.partition(".")[0]
    asked = first if first in references else name
    text = f"`{asked}` is required for this call"
    problem = FieldProblem(pointer=asked, code="required", message=text)
    if first == SETTINGS:
        setting = name.removeprefix(f"{SETTINGS}.")
        text = f"the account has no setting `{setting}`, which this call needs: add it to the account"
    return ValidationFailed(text, errors=(problem,))


def _spelled(path: str, words: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: words.get(match["name"], match[0]), path)


class IdTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A composite id such as `{ticket_id}:{comment_id}`; a part with choices accepts only these."""

    template: str

    def choices(self) -> frozenset[str]:
        """Return the words of all parts that have a choice of them."""
        found = (match["choices"] for match in _NAME.finditer(self.template))
        return frozenset(word for one in found if one for word in one.split("|"))

    def names(self) -> tuple[str, ...]:
        """Return the names of the parts of an id."""
        return names_in(self.template)

    def spelled_out(self, path: str) -> tuple[str, ...]:
        """Return a path with each choice of a part in its place and `{}` for every other part, to compare with other paths.

        A path without all of the parts stays as it is: it does not name a single record.
        """
        parts = {match["name"]: (match["choices"] or "{}").split("|") for match in _NAME.finditer(self.template)}
        if not parts.keys() <= set(names_in(path)):
            return (path,)
        return tuple(_spelled(path, dict(zip(parts, words, strict=True))) for words in product(*parts.values()))

    def split(self, text: str, *, name: str = "") -> dict[str, str]:
        """Return the parts of an id; `name` is the field that holds it, for the message.

        Raises:
            InvalidId: The id does not have this form; the message shows it.
        """
        match = re.fullmatch(self._pattern(), text) if len(text) <= MAX_ID_LENGTH * 2 else None
        if match is None:
            raise InvalidId(f"{name + ': ' if name else ''}expected an id of the form `{self.template}`")
        return {part: _ESCAPED.sub(lambda one: unquote(one[0]), value) for part, value in match.groupdict().items()}

    def build(self, parts: Sequence[str]) -> str | None:
        """Return the id of these parts, in order; None when one is empty, or has a value that this part cannot have.

        A separator inside a part is percent-encoded, and `split` decodes it.
        """
        values = iter(parts)
        text = _NAME.sub(lambda _: _ESCAPED_IN.sub(lambda one: quote(one[0], safe=""), next(values, "")), self.template)
        return text if not any(values) and re.fullmatch(self._pattern(), text) else None

    def _pattern(self) -> str:
        pattern, end = "", 0
        for match in _NAME.finditer(self.template):
            choices = match["choices"]
            options = "|".join(re.escape(one) for one in choices.split("|")) if choices else "[^:]+"
            pattern += re.escape(self.template[end : match.start()]) + f"(?P<{match['name']}>{options})"
            end = match.end()
        return pattern + re.escape(self.template[end:])
