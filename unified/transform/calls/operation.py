"""One compiled call of a mapping file: turns a common query or body into a provider's request, a response into objects."""

from collections.abc import Collection
from collections.abc import Mapping as Dict
from typing import Any

import msgspec

from unified.catalog.files.source import DocumentPath
from unified.catalog.list_rows import ParentList
from unified.catalog.mapping import Call
from unified.catalog.provider import ErrorRules
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors.providers import MappingFailed, ProviderMalformed
from unified.errors.requests import NotFound
from unified.transform.calls.awaited import noting, read_result
from unified.transform.calls.list_notices import ListNotice
from unified.transform.calls.nulls import Nulls, cleared
from unified.transform.calls.path import SETTINGS, IdTemplate, check_values, fields_in, fill
from unified.transform.calls.rows import has_place, rows_in
from unified.transform.queries.filter_table import FilterTable
from unified.transform.queries.pagination import Pages
from unified.transform.queries.query import Query
from unified.transform.queries.windows import Windows
from unified.transform.refusal import failed, refused
from unified_jsonata import UNDEFINED, Expression, JsonataError, Limits, Refusal

Bindings = dict[str, Any]
EMPTY_STATUSES = frozenset({204, 304})
"""Statuses without a body that can mean an empty list: 204 always, 304 where `errors.empty` lists it."""
PAGE_LIMITS = Limits(timeout=5.0)
"""`items` reads a whole response, not a single record."""

ON_ANSWERS = frozenset({"items", "item", "new_id", "is_new", "record"})
"""Keys of expressions that read the provider's answer, in which nothing is the caller's to correct."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled call. Everything is decided at load time; `request` and `objects` only evaluate."""

    method: str
    """The purpose: list, get, create, update, upsert, delete, fields, or a custom method's name."""
    where: str
    """`file:line` of the call, for messages."""
    call: Call
    place: DocumentPath
    verb: str = ""
    path: str = ""
    when: Expression | None = None
    for_each: Expression | None = None
    """Of a call of `after`: a list; the call is made for each of its entries."""
    query: Expression | None = None
    headers: Expression | None = None
    body: Expression | None = None
    items: Expression | None = None
    item: Expression | None = None
    new_id: Expression | None = None
    is_new: Expression | None = None
    """Of an upsert: whether the provider created the record."""
    by: str | None = None
    """Of an upsert: the external key by which the provider finds the record."""
    record: Expression | None = None
    pages: Pages
    errors: ErrorRules
    encoding: str = "json"
    """The form in which its body is sent."""
    receives: str = "json"
    """The form of its response."""
    before: dict[str, "Operation"] = {}
    after: tuple["Operation", ...] = ()
    find_new: "Operation | None" = None
    """The call that finds the id of a new record, where the answer to the write does not have it."""
    per_page: dict[str, "Operation"] = {}
    """Calls made once for a page of what it returns, of which `$page` are the objects."""
    per_record: dict[str, "Operation"] = {}
    """Calls made for each object that it returns, which is their root."""
    native: frozenset[str] = frozenset()
    """Query parameters that its expressions and its path read, those that `$filters` writes among them."""
    chosen_by: frozenset[str] = frozenset()
    """Those of them that only `when` reads: they are applied by choosing the call, so not where it is a part of a chain."""
    filters: FilterTable | None = None
    """The source of `$filters` in a list call; None if the file has no table."""
    windows: Windows | None = None
    """The windows of days that a list is read in."""
    warnings: tuple[ListNotice, ...] = ()
    """The warnings of a list call about the whole list."""
    parents: ParentList | None = None
    """The parents below which the provider has the listed records."""
    parent: str | None = None
    """The field of its path that is filled with the id of each parent, of a list over `parents`."""
    references: Dict[str, IdTemplate] = {}
    """Fields that hold composite ids, for parts of these in its path."""
    nulls: Nulls = Nulls()
    """The value that clears a field in the body of a write; of a call that only reads, null itself."""
    results: frozenset[str] = frozenset()
    """Results of `before` calls that its path reads."""

    def inner(self) -> tuple["Operation", ...]:
        """Return the calls made before or after it, or for what it returns."""
        found = () if self.find_new is None else (self.find_new,)
        return (*self.before.values(), *self.after, *self.per_page.values(), *self.per_record.values(), *found)

    def conditions(self, query: Query, names: frozenset[str]) -> Bindings:
        """Return the binding of `$filters`: these conditions of a query as the provider writes them; empty if there are none.

        Raises:
            ValidationFailed: A value cannot be written.
        """
        rendered = None if self.filters is None else self.filters.render(query, names)
        return {} if rendered is None else {"filters": rendered}

    @property
    def rechecked(self) -> frozenset[str]:
        """The conditions that the provider applies less precisely than requested: they are tested on the records too."""
        return frozenset(self.call.imprecise) | (frozenset() if self.windows is None else self.windows.conditions)

    def notices(self, root: Any, bindings: Bindings) -> list[tuple[str, str]]:
        """Return code and message of each warning about the whole list that holds for a query."""
        given = (one for one in self.warnings if one.when is None or truth(self.evaluate(one.when, root, bindings, "warnings")))
        return [(one.code, one.message) for one in given]

    def lacking(self, query: Query) -> frozenset[str]:
        """Return the conditions with words that the provider does not have, which can only be compared on records."""
        return frozenset() if self.filters is None else self.filters.lacking(query)

    def matches(self, root: Any, bindings: Bindings) -> bool:
        """Return whether the call's `when` is true, or absent."""
        return self.when is None or truth(self.evaluate(self.when, root, bindings, "when"))

    def request(self, root: Any, bindings: Bindings, values: Dict[str, Any], body: Any = msgspec.UNSET) -> ProviderRequest:
        """Build the provider's request; `values` fill the path; without a `body`, the call's own expression builds it."""
        if body is msgspec.UNSET and self.body is not None:
            body = self.payload(root, bindings)
        return ProviderRequest(
            method=self.verb,
            path=self.filled_path(bindings, values),
            query=query_pairs(self._object(self.query, root, bindings, "query")),
            headers=_header_texts(self._object(self.headers, root, bindings, "headers")),
            body=msgspec.UNSET if body is UNDEFINED else body,
            encoding=self.encoding,
            receives=self.receives,
        )

    def filled_path(self, bindings: Bindings, values: Dict[str, Any]) -> str:
        """Return the path; settings and results of `before` calls come from the bindings, everything else from `values`.

        Raises:
            ValidationFailed, InvalidId: A value is missing, or cannot be part of a path.
        """
        settings = bindings.get("account", {}).get("settings", {})
        results = {name: read_result(bindings, name) for name in self.results}
        return fill(self.path, {**values, **results, SETTINGS: settings}, self.references)

    @property
    def sends_version(self) -> bool:
        """Whether a write sends the version that the caller names, so that the provider compares it."""
        sending = (one for one in (self.query, self.headers, self.body) if one is not None)
        return any(use.name == "version" for one in sending for use in one.analysis.variables)

    def check_values(self, values: Dict[str, Any], *, required: bool) -> None:
        """Check what the path takes from the caller; raise as `filled_path` does."""
        check_values(self.path, values, self.results, self.references, required=required)

    def payload(self, root: Any, bindings: Bindings, written: Any = UNDEFINED) -> Any:
        """Return the body to send: the result of `body`, or that of `write`."""
        if self.body is not None:
            write = {} if written is UNDEFINED else {"write": written}
            return cleared(self.evaluate(self.body, root, {**bindings, **write}, "body"), self.nulls)
        return written

    def _object(self, expression: Expression | None, root: Any, bindings: Bindings, key: str) -> dict[str, Any]:
        value = UNDEFINED if expression is None else self.evaluate(expression, root, bindings, key)
        if value is UNDEFINED or value is None:
            return {}
        if not isinstance(value, dict):
            raise MappingFailed(f"{self.where}: `{key}` must give an object")
        return value

    def objects(self, answer: ProviderAnswer, bindings: Bindings) -> list[Any]:
        """Return the provider's objects in a list response.

        Raises:
            ProviderMalformed: They are not where the mapping says.
        """
        items = self.find_items(answer, bindings)
        if items is None:
            expected = self.call.items or "a list"
            raise ProviderMalformed(f"{self.where}: expected the records at `{expected}` of the answer")
        return items

    def page(self, answer: ProviderAnswer, bindings: Bindings) -> tuple[list[Any], list[Any]]:
        """Return the objects of a page, and the rows that the provider sent, with those that `items` drops.

        Raises:
            ProviderMalformed: They are not where the mapping says.
        """
        items = self.objects(answer, bindings)
        return items, rows_in(answer.body, self.items) or items

    def find_items(self, answer: ProviderAnswer, bindings: Bindings) -> list[Any] | None:
        """Return the objects of a list response; None when it has none at the expected place."""
        if answer.body is None and answer.status in EMPTY_STATUSES:
            return []
        if not isinstance(answer.body, dict | list):
            return None
        if self.items is None:
            return answer.body if isinstance(answer.body, list) else None
        if self.items.source.strip() != "$" and not has_place(answer.body, self.items, may_lack=self.receives == "xml"):
            return None
        items = self.evaluate(self.items, answer.body, {**bindings, "headers": answer.headers}, "items")
        if items is UNDEFINED or items is None:
            return []
        return items if isinstance(items, list) else [items]

    def object(self, answer: ProviderAnswer, bindings: Bindings) -> dict[str, Any]:
        """Return the provider's object in the answer of a get, create or update; of a list of objects, the first one.

        Raises:
            NotFound: There is none.
            MappingFailed: It is not an object.
        """
        item = self.find_item(answer, bindings)
        if isinstance(item, list):
            item = item[0] if item else None
        if item is None or item is UNDEFINED or item == {}:
            raise NotFound("the provider has no such record")
        if not isinstance(item, dict):
            raise MappingFailed(f"{self.where}: expected one object in the answer")
        return item

    def find_item(self, answer: ProviderAnswer, bindings: Bindings) -> Any:
        """Return the provider's object in a get, create or update response; one without the envelope is the object itself."""
        if self.item is None:
            return answer.body
        item = self.evaluate(self.item, answer.body, {**bindings, "headers": answer.headers}, "item")
        return answer.body if item is UNDEFINED or item is None else item

    def evaluate(self, expression: Expression, root: Any, bindings: Bindings, key: str) -> Any:
        """Run one expression of this call.

        Raises:
            MappingFailed: The expression failed; the message gives file, line and key.
            ValidationFailed: It refuses a value of the caller's query or body, or that is too much for it.
        """
        try:
            known = noting(bindings, expression)
            return expression.evaluate(root, known, PAGE_LIMITS if key in {"items", "item"} else None)
        except JsonataError as problem:
            if key in ON_ANSWERS:
                raise MappingFailed(f"{self.where}: `{key}` failed: {problem}") from None
            raise failed(expression, problem, self.where, key) from None
        except Refusal as problem:
            if key in ON_ANSWERS:
                raise MappingFailed(f"{self.where}: `{key}` failed: {problem}") from None
            raise refused(problem, root, self.method) from None


def truth(value: Any) -> bool:
    """Return JSONata's `$boolean`: empty text, lists and objects, 0, null and missing are false."""
    if isinstance(value, list):
        return any(truth(one) for one in value)
    return value is not UNDEFINED and bool(value)


def query_pairs(values: Dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return URL query pairs in order; lists repeat the key, null and missing are left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        listed = value if isinstance(value, list) else [value]
        pairs += [(name, scalar_text(one)) for one in listed if one is not None and one is not UNDEFINED]
    return tuple(pairs)


def scalar_text(value: Any) -> str:
    """Return a JSON scalar as URLs and headers write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _header_texts(values: Dict[str, Any]) -> dict[str, str]:
    return {name: scalar_text(value) for name, value in values.items() if value is not None}


def path_names(path: str, results: Collection[str] = ()) -> frozenset[str]:
    """Return the query parameters that a path's names mean: filters of those names."""
    return frozenset(f"filter.{name}" for name in fields_in(path, results))
