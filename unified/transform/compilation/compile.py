"""Compilation of a mapping file: parses every expression once and derives what can be derived, at load time."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.filter_rows import Rows
from unified.catalog.mapping import Call, MappingFile
from unified.catalog.provider import ErrorRules, Pagination, Provider
from unified.errors.load_rule import LoadRule
from unified.models import MODELS, UPSERT
from unified.transform.calls.list_notices import notices_of
from unified.transform.calls.nulls import Nulls
from unified.transform.calls.operation import Operation, path_names
from unified.transform.calls.parents import parent_field, parents_of
from unified.transform.calls.path import IdTemplate, names_in
from unified.transform.compilation.custom_function import custom_function, names_read_without_custom
from unified.transform.compilation.enums import Enums, compile_enums, enum_functions, native_words
from unified.transform.compilation.named_calls import calls_in, literal, texts_in
from unified.transform.compilation.writable_words import fields_written
from unified.transform.dialects import DIALECTS
from unified.transform.functions import callables
from unified.transform.functions.values import missing, word_of
from unified.transform.queries.filter_table import FilterTable, table_of
from unified.transform.queries.pagination import Pages
from unified.transform.queries.windows import windows_of
from unified_jsonata import Expression, JsonataError, compile
from unified_jsonata.runtime.supplied import promises

OWN_FUNCTIONS = frozenset({"customFields", "id", "toCommon", "toNative"})
"""Functions that are made for each mapping, from its file."""
READING = frozenset({"list", "get", "fields", "before", "per_page", "per_record", "find_new"})
"""Purposes of calls that only read: they are sent while a write waits for its approval, and may be sent again."""
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CALL_EXPRESSIONS = ("when", "for_each", "query", "headers", "body", "items", "item", "new_id", "is_new", "record")
Rules = TypeVar("Rules", Pagination, ErrorRules)
_PAGE_EXPRESSIONS = ("next", "more", "total", "field", "page_info")


class Compiler:
    """Compiles the parts of one file; holds what they share: the file, its provider, enums and functions.

    The record expression is read first, because `$customFields` depends on it. Then the functions are complete, and every
    expression is compiled with them.
    """

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
        self._record = _record_alone(file)
        self.functions = self._functions()
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
            expression = self._parsed(text)
        except JsonataError as problem:
            raise self.file.source.error(
                place, f"not valid JSONata: {problem.message}", offset=problem.position, rule=LoadRule.JSONATA
            ) from None
        for enum, field in fields_written(expression):
            self.enum_fields.setdefault(enum, field)
        return expression

    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        """Return the functions of the file's expressions by name: the general ones, and those made from the file."""
        known = frozenset[str]() if self._record is None else names_read_without_custom(self._record)
        own: dict[str, Callable[..., Any]] = {"customFields": custom_function(known)}
        if self.file.document.id is not None:
            own["id"] = id_function(IdTemplate(template=self.file.document.id))
        return MappingProxyType({**callables(), **enum_functions(self.enums, self.enum_fields), **own})

    def _parsed(self, text: str) -> Expression:
        """Return an expression with the functions; the record expression is not parsed again."""
        if self._record is not None and self._record.source == text:
            return self._record.with_functions(self.functions)
        return compile(text, functions=self.functions, lazy=True)

    def operation(self, method: str, place: DocumentPath, call: Call) -> Operation:
        """Compile one call with the calls inside it."""
        verb, path = self._request(place, call)
        parts = {key: self._optional((*place, key), getattr(call, key)) for key in _CALL_EXPRESSIONS}
        table = self.filters(call) if method == "list" else None
        parents = parents_of(call)
        own = parent_field(self.file.model, path, parents)
        windows = windows_of(self.file, place, call) if method == "list" else None
        narrowing = frozenset[str]() if windows is None else windows.conditions
        sent = _sent(parts, path, call, self.results) | _written_natively(table, parts) | narrowing
        choosing = frozenset[str]() if parts["when"] is None else frozenset(parameters_read(parts["when"]))
        return Operation(
            method=method,
            where=self.file.source.where(place),
            call=call,
            place=place,
            verb=verb,
            path=path,
            by=str(place[1]) if method == UPSERT else None,
            pages=self._pages((*place, "pagination"), call.pagination, parts),
            errors=self._overlaid((*place, "errors"), self.provider.errors, call.errors),
            encoding=call.send or self.provider.send,
            receives=call.receive or self.provider.receive,
            before={name: self.operation("before", (*place, "before", name), one) for name, one in call.before.items()},
            after=tuple(self.operation("after", (*place, "after", index), one) for index, one in enumerate(call.after)),
            find_new=None if call.find_new is None else self.operation("find_new", (*place, "find_new"), call.find_new),
            per_page={name: self.operation("per_page", (*place, "per_page", name), one) for name, one in call.per_page.items()},
            per_record={
                name: self.operation("per_record", (*place, "per_record", name), one) for name, one in call.per_record.items()
            },
            native=(sent | choosing) - self.placed - own,
            chosen_by=choosing - sent,
            filters=table,
            windows=windows,
            warnings=notices_of(call, place, self._optional),
            parents=parents,
            parent=next((one.removeprefix("filter.") for one in own), None),
            references=self.references,
            nulls=Nulls() if method in READING else self.nulls,
            results=_roots(path) & (self.results - ({place[-1]} if method == "per_record" else set())),
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
        chained = [one for one in self.file.document.list if one.name is not None and one.name in call.parts]
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
            raise self.file.source.error((*place, "request"), f"{expected}, got `{call.request}`", rule=LoadRule.REQUEST)
        return verb, path

    def _pages(self, place: DocumentPath, own: Pagination | None, parts: dict[str, Expression | None]) -> Pages:
        rules = self._overlaid(place, self.provider.pagination, own)
        if own is not None and own.type not in {None, self.provider.pagination.type}:
            rules = own
        compiled = {key: self._page_expression(place, getattr(rules, key)) for key in _PAGE_EXPRESSIONS}
        return Pages(rules=rules, is_sized=rules.size is not None or _reads("limit", parts), **compiled)

    def _overlaid(self, place: DocumentPath, below: Rules, above: Rules | None) -> Rules:
        """Return the provider file's keys, overridden by the keys that a call has at this place; null takes a key away."""
        if above is None:
            return below
        names, removed = above.__struct_fields__, self.file.source.nulls_at(place)
        own = {name: getattr(above, name) for name in names}
        own = {name: value for name, value in own.items() if name in removed or value not in (None, {}, ())}
        return msgspec.structs.replace(below, **own)

    def _page_expression(self, place: DocumentPath, text: str | None) -> Expression | None:
        return None if text is None else self.expression(place, text)


def _record_alone(file: MappingFile) -> Expression | None:
    """Return the record expression without functions, for what it reads; None if it is invalid, which is reported later."""
    try:
        return compile(file.document.record, lazy=True)
    except JsonataError:
        return None


def _references(file: MappingFile) -> dict[str, IdTemplate]:
    """Return the templates of the composite ids that fields of the file's model hold."""
    fields = MODELS[file.model].fields if file.model in MODELS else ()
    return {one.name: IdTemplate(template=file.ids[one.reference]) for one in fields if one.reference in file.ids}


def _sent(parts: dict[str, Expression | None], path: str, call: Call, results: frozenset[str]) -> frozenset[str]:
    sent = set(path_names(path, results))
    for key in ("query", "headers", "body"):
        expression = parts[key]
        sent |= parameters_read(expression) if expression is not None else set()
    for inner in call.before.values():
        sent |= path_names(inner.request or "", results)
    return frozenset(sent)


def id_function(template: IdTemplate) -> Callable[..., Any]:
    """Build `$id(part, …)`: the id of a mapping with a composite one, null when a part is missing."""

    def build(*parts: Any) -> Any:
        texts = [_part(one) for one in parts]
        return None if None in texts else template.build([one for one in texts if one is not None])

    return promises(plain=True)(build)


def _part(value: Any) -> str | None:
    return None if missing(value) else word_of("id", value, "text or numbers as parts") or None


def _placed(file: MappingFile) -> frozenset[str]:
    """Return the conditions on values in the path of the request, which no call sends: they are compared here."""
    return frozenset(f"filter.{name}" for name in MODELS[file.model].path_parameters)


def _roots(path: str) -> frozenset[str]:
    """Return the first steps of the names with dots in a path."""
    return frozenset(name.split(".")[0] for name in names_in(path) if "." in name)


def _written_natively(table: FilterTable | None, parts: dict[str, Expression | None]) -> frozenset[str]:
    """Return the query parameters that a call sends by `$filters`."""
    return table.names if table is not None and _reads("filters", parts) else frozenset()


def _reads(name: str, parts: dict[str, Expression | None]) -> bool:
    """Return whether what a call sends reads a `$name`."""
    sending = (one for key in ("query", "headers", "body") if (one := parts[key]) is not None)
    return any(use.name == name for one in sending for use in one.analysis.variables)


def parameters_read(expression: Expression) -> set[str]:
    """Return the query parameters in an expression: `filter.email`, `updated_after` …; `filter` alone counts as none."""
    return {".".join(read.path) for read in expression.analysis.reads if read.path and read.path != ("filter",)}
