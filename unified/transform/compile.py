"""Compilation of a mapping file: parses every expression once and derives what can be derived, at load time."""

import fnmatch
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from unified.catalog.filter_rows import Rows
from unified.catalog.mapping import Call, MappingFile
from unified.catalog.provider import ErrorRules, Pagination, Provider
from unified.catalog.source import DocumentPath
from unified.jsonata import UNDEFINED, Expression, JsonataError, compile, promises
from unified.models import MODELS, UPSERT
from unified.transform.dialects import DIALECTS
from unified.transform.enums import Enums, compile_enums, enum_functions, native_words
from unified.transform.filter_table import FilterTable, table_of
from unified.transform.functions import callables
from unified.transform.functions.values import missing, word_of
from unified.transform.named_calls import calls_in, literal, texts_in
from unified.transform.nulls import Nulls
from unified.transform.operation import Operation, path_names
from unified.transform.pagination import Pages
from unified.transform.path import IdTemplate, names_in
from unified.transform.writable_words import fields_written

OWN_FUNCTIONS = frozenset({"custom", "id", "toCommon", "toNative"})
"""Functions that each mapping has in a form of its own, made from its file."""
READING = frozenset({"list", "get", "fields", "before", "with", "each", "find"})
"""What calls are for that only read: they are sent while a write waits for its approval, and may be sent again."""
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CALL_EXPRESSIONS = ("when", "entries", "query", "headers", "body", "items", "item", "created", "is_new", "record")
Rules = TypeVar("Rules", Pagination, ErrorRules)
_PAGE_EXPRESSIONS = ("next", "more", "total", "field", "page_info")


class Compiler:
    """Compiles the parts of one file; holds what they share: the file, its provider, enums and functions."""

    def __init__(self, file: MappingFile, provider: Provider) -> None:
        self.file = file
        self.provider = provider
        self.references = _references(file)
        self.results = file.results
        self.placed = _placed(file)
        self.nulls = Nulls(usual=provider.nulls, by_key=file.document.nulls)
        self.enums: Enums = compile_enums(file.document.enums)
        self.enum_fields: dict[str, str] = {}
        """Enum to the common field that it is written for, as the expressions say it."""
        self.functions: dict[str, Callable[..., Any]] = {**callables(), **enum_functions(self.enums, self.enum_fields)}
        if file.document.id is not None:
            self.functions["id"] = id_function(IdTemplate(template=file.document.id))
        self._expressions: dict[str, Expression] = {}
        self.words = self._words()

    def expression(self, place: DocumentPath, text: str) -> Expression:
        """Parse one expression of the file; one that several calls have, such as the provider's for pages, is parsed once.

        Raises:
            CatalogError: It is invalid; the message gives file, line and column.
        """
        known = self._expressions.get(text)
        if known is None:
            known = self._expressions[text] = self.parse(place, text)
        return known

    def parse(self, place: DocumentPath, text: str) -> Expression:
        """Parse one expression, which is not kept; raise as `expression` does."""
        try:
            expression = compile(text, functions=self.functions, lazy=True)
        except JsonataError as problem:
            raise self.file.source.error(place, f"not valid JSONata: {problem.message}", offset=problem.position) from None
        for enum, field in fields_written(expression):
            self.enum_fields.setdefault(enum, field)
        return expression

    def bind_custom(self, record: Expression) -> None:
        """Make `$custom` omit the entries that the record expression reads itself.

        Expressions hold `functions` itself and read it when they are first evaluated, so those parsed before are bound too.
        """
        self.functions["custom"] = custom_function(names_read_without_custom(record))

    def operation(self, method: str, place: DocumentPath, call: Call) -> Operation:
        """Compile one call with the calls inside it."""
        verb, path = self._request(place, call)
        parts = {key: self._optional((*place, key), getattr(call, key)) for key in _CALL_EXPRESSIONS}
        table = self.filters(call) if method == "list" else None
        over = _parent_field(self.file.model, path, call)
        return Operation(
            method=method,
            where=self.file.source.where(place),
            call=call,
            place=place,
            verb=verb,
            path=path,
            by=str(place[1]) if method == UPSERT else None,
            pages=self._pages((*place, "pagination"), call.pagination),
            errors=_overlaid(self.provider.errors, call.errors),
            encoding=call.send or self.provider.send,
            receives=call.receive or self.provider.receive,
            before={name: self.operation("before", (*place, "before", name), one) for name, one in call.before.items()},
            after=tuple(self.operation("after", (*place, "after", index), one) for index, one in enumerate(call.after)),
            find=None if call.find is None else self.operation("find", (*place, "find"), call.find),
            with_={name: self.operation("with", (*place, "with", name), one) for name, one in call.with_.items()},
            each={name: self.operation("each", (*place, "each", name), one) for name, one in call.each.items()},
            native=(_native(parts, path, call, self.results) | _written_natively(table, parts)) - self.placed - over,
            filters=table,
            parent=next((one.removeprefix("filter.") for one in over), None),
            references=self.references,
            nulls=Nulls() if method in READING else self.nulls,
            results=_roots(path) & (self.results - ({place[-1]} if method == "each" else set())),
            **parts,
        )

    def _words(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return the words of each enum that conditions can be written with, and their native words.

        A word that the record gives for all others, such as `other`, is not one of them: no list of native words is complete.
        """
        if not self.enums:
            return {}
        rest: dict[str, set[str]] = {name: set() for name in self.enums}
        for _, call in calls_in(self.expression(("record",), self.file.document.record), ("toCommon",)):
            enum = literal(call, 0)
            if enum is not None and enum.value in rest:
                rest[enum.value] |= {one.value for default in call.arguments[2:] for one in texts_in(default)}
        return {
            name: {common: native_words(table, common) for common in table.natives if common not in rest[name]}
            for name, table in self.enums.items()
        }

    def filters(self, call: Call) -> FilterTable | None:
        """Return the filter table of a list call: its own rows, then those of the file; None if there are none.

        Of a chain, it has the rows of all calls in the chain, by which its `when` is decided.
        """
        chained = [one for one in self.file.document.list if one.name is not None and one.name in call.chain]
        own: Rows = {name: row for one in (*chained, call) for name, row in one.filters.items()}
        rows = own | {name: row for name, row in self.file.document.filters.items() if name not in own}
        dialect = DIALECTS.get(self.provider.dialect) if self.provider.dialect is not None else None
        return table_of(rows, MODELS[self.file.model], dialect, self.words) if rows and dialect is not None else None

    def _optional(self, place: DocumentPath, text: str | None) -> Expression | None:
        return None if text is None else self.expression(place, text)

    def _request(self, place: DocumentPath, call: Call) -> tuple[str, str]:
        if call.request is None:
            return "", ""
        verb, _, path = call.request.partition(" ")
        if verb not in VERBS or not path.startswith("/") or "?" in path:
            expected = f"expected one of {', '.join(VERBS)} and a path beginning with / (parameters go to `query`)"
            raise self.file.source.error((*place, "request"), f"{expected}, got `{call.request}`")
        return verb, path

    def _pages(self, place: DocumentPath, own: Pagination | None) -> Pages:
        rules = _overlaid(self.provider.pagination, own)
        if own is not None and own.type not in {None, self.provider.pagination.type}:
            rules = own
        compiled = {key: self._page_expression(place, getattr(rules, key)) for key in _PAGE_EXPRESSIONS}
        return Pages(rules=rules, **compiled)

    def _page_expression(self, place: DocumentPath, text: str | None) -> Expression | None:
        return None if text is None else self.expression(place, text)


def _references(file: MappingFile) -> dict[str, IdTemplate]:
    """Return the templates of the composite ids that fields of the file's model hold."""
    fields = MODELS[file.model].fields if file.model in MODELS else ()
    return {one.name: IdTemplate(template=file.ids[one.reference]) for one in fields if one.reference in file.ids}


def _overlaid(below: Rules, above: Rules | None) -> Rules:
    """Return `below`, overridden by the keys that `above` sets."""
    if above is None:
        return below
    overrides = {name: value for name in above.__struct_fields__ if (value := getattr(above, name)) not in (None, {}, ())}
    return msgspec.structs.replace(below, **overrides)


def _native(parts: dict[str, Expression | None], path: str, call: Call, results: frozenset[str]) -> frozenset[str]:
    native = set(path_names(path, results))
    for key in ("when", "query", "headers", "body"):
        expression = parts[key]
        native |= parameters_read(expression) if expression is not None else set()
    for inner in call.before.values():
        native |= path_names(inner.request or "", results)
    return frozenset(native)


def id_function(template: IdTemplate) -> Callable[..., Any]:
    """Build `$id(part, …)`: the id of a mapping with a composite one, null when a part is missing."""

    def build(*parts: Any) -> Any:
        texts = [_part(one) for one in parts]
        return None if None in texts else template.build([one for one in texts if one is not None])

    return promises(plain=True)(build)


def _part(value: Any) -> str | None:
    return None if missing(value) else word_of("id", value, "text or numbers as parts") or None


def _placed(file: MappingFile) -> frozenset[str]:
    """Return the conditions on what the path of the request already says, which no call sends: they are compared here."""
    return frozenset(f"filter.{name}" for name in MODELS[file.model].path_parameters)


def _parent_field(model: str, path: str, call: Call) -> frozenset[str]:
    """Return the condition that is filled with each parent's id in a list `over` parents; empty in other calls."""
    fields = MODELS[model].fields if call.over is not None else ()
    names = {one.name for one in fields if one.reference == call.over} & set(names_in(path))
    return frozenset(f"filter.{name}" for name in names)


def _roots(path: str) -> frozenset[str]:
    """Return the first steps of the names with dots in a path."""
    return frozenset(name.split(".")[0] for name in names_in(path) if "." in name)


def _written_natively(table: FilterTable | None, parts: dict[str, Expression | None]) -> frozenset[str]:
    """Return the query parameters that a call sends by `$filters`."""
    sending = (one for key in ("query", "headers", "body") if (one := parts[key]) is not None)
    is_sent = any(use.name == "filters" for one in sending for use in one.analysis.variables)
    return table.names if table is not None and is_sent else frozenset()


def parameters_read(expression: Expression) -> set[str]:
    """Return the query parameters in an expression: `filter.email`, `updated_after` …; `filter` alone counts as none."""
    return {".".join(read.path) for read in expression.analysis.reads if read.path and read.path != ("filter",)}


def names_read_without_custom(record: Expression) -> frozenset[str]:
    """Return the first names read below the objects that are passed to `$custom`."""
    names: set[str] = set()
    for path in custom_roots(record):
        below = (read.path[len(path)] for read in record.analysis.reads if _is_below(read.path, path))
        names.update(below)
    return frozenset(names)


def custom_roots(record: Expression) -> frozenset[tuple[str, ...]]:
    """Return the paths of the objects that are passed to `$custom`."""
    calls = (call for call in record.analysis.calls if call.function == "custom" and call.arguments)
    return frozenset(path for call in calls for path in call.arguments[0])


def _is_below(path: tuple[str, ...], prefix: tuple[str, ...]) -> bool:
    return path[: len(prefix)] == prefix and len(path) > len(prefix)


def custom_function(known: frozenset[str]) -> Callable[..., Any]:
    """Build `$custom(object, patterns?)`: the entries that the mapping does not read, without nulls."""
    verdicts: dict[tuple[str, ...], _Wanted] = {}

    def custom(value: Any, patterns: Any = UNDEFINED) -> Any:
        if not isinstance(value, dict):
            return {}
        tests = (patterns,) if isinstance(patterns, str) else tuple(patterns or ())
        wanted = verdicts.get(tests)
        if wanted is None:
            if not all(isinstance(one, str) for one in tests):
                raise ValueError("$custom: expected a list of texts as patterns")
            wanted = _Wanted(known, tests)
            if len(verdicts) < MAX_PATTERN_LISTS:
                verdicts[tests] = wanted
        return {name: one for name, one in value.items() if one is not None and wanted[name]}

    return promises(plain=True, only_read=(1,))(custom)


MAX_PATTERN_LISTS = 16
"""How many lists of patterns of one mapping keep their verdicts; a mapping usually has one."""
MAX_NAMES = 4_096
"""How many names of fields, over all accounts, keep a verdict for one list of patterns."""


class _Wanted(dict[str, bool]):
    """Name of a field -> whether `$custom` returns it. Names only: the same fields come in every record."""

    def __init__(self, known: frozenset[str], patterns: Sequence[str]) -> None:
        super().__init__()
        self._known = known
        self._patterns = patterns

    def __missing__(self, name: str) -> bool:
        wanted = name not in self._known and fits(name, self._patterns)
        if len(self) < MAX_NAMES:
            self[name] = wanted
        return wanted


def fits(name: str, patterns: Sequence[str]) -> bool:
    """Return whether the patterns of `$custom` accept a name."""
    refused = [one[1:] for one in patterns if one.startswith("!")]
    wanted = [one for one in patterns if not one.startswith("!")]
    if any(fnmatch.fnmatchcase(name, one) for one in refused):
        return False
    return not wanted or any(fnmatch.fnmatchcase(name, one) for one in wanted)
