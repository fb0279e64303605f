"""The content of a mapping file: which calls reach the provider and what its records mean. See docs/mapping-files.md."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from unified.catalog.files.source import DocumentPath, Source
from unified.catalog.filter_rows import Rows
from unified.catalog.list_rows import ParentList, WarningRow, Windows
from unified.catalog.provider import ErrorRules, Pagination, Reads, Received, Sent, Texts

EXPRESSIONS = ("when", "for_each", "query", "headers", "body", "items", "item", "new_id", "is_new", "record")
"""Keys of a call that hold JSONata."""
CALLS = ("list", "get", "create", "update", "upsert", "delete", "custom_methods", "fields")
"""Keys of a file that hold calls."""
INNER_CALLS = ("before", "after", "per_page", "per_record", "find_new")
"""Keys of a call that hold calls made before or after it, or for what it returns."""
CALL_TABLES = ("upsert", "custom_methods", "before", "per_page", "per_record")
"""Those of them that give each call a name."""

Name = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z_]\w*$",
        description="a letter or `_`, then letters, digits and `_`",
        examples=["is_open"],
    ),
]
"""Shared parts are called like variables."""


NativeWord = str | int | float | bool | None
"""A word of the provider as JSON has it; null clears the field."""
EnumRows = dict[str, NativeWord | tuple[NativeWord, ...]]
"""Common word to the provider's: the one that is written, or a list whose first word is written."""


Form = str | int | float | bool | list[Any] | dict[str, Any] | None
"""The value that clears a field: a value as JSON has it, such as an empty text or list."""


class SortRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order that the provider has in one direction only."""

    by: str
    """The provider's name."""
    only: Literal["ascending", "descending"]


class Call(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One call to the provider, and how to read its response."""

    use: str | None = None
    """A shared call, of which the keys are those of this call if it does not have them itself; none once loaded."""
    name: str | None = None
    when: str | None = None
    for_each: str | None = None
    """Of a call of `after`: a list; the call is made for each of its entries."""
    parameters: dict[str, str | int] = {}
    before: dict[str, "Call"] = {}
    request: str | None = None
    source: Literal["list"] | Texts = msgspec.field(name="from", default=())
    """Where its records come from without a request: `list` for a get that searches the list, or the names of list calls."""
    otherwise: Literal["not_found"] | None = None
    """Of one of several calls of a get: the next one is made too, when this one does not find the record."""
    parents: str | ParentList | None = None
    windows: Windows | None = None
    filters: Rows = {}
    query: str | None = None
    headers: str | None = None
    body: str | None = None
    send: Sent | None = None
    receive: Received | None = None
    sort: dict[str, str | SortRow] = {}
    imprecise: Texts = ()
    """Conditions that the provider applies less precisely than they are asked."""
    required: Texts = ()
    warnings: tuple[WarningRow, ...] = ()
    """Warnings about the whole list, of a list call."""
    items: str | None = None
    item: str | None = None
    record: str | None = None
    pagination: Pagination | None = None
    per_page: dict[str, "Call"] = {}
    per_record: dict[str, "Call"] = {}
    batch: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None
    new_id: str | None = None
    is_new: str | None = None
    """Of an upsert: whether the provider created the record; null where it does not say."""
    find_new: "Call | None" = None
    read_back: bool = False
    """The record is read with a separate request, as the answer to the write does not have it."""
    after: tuple["Call", ...] = ()
    errors: ErrorRules | None = None

    @property
    def from_list(self) -> bool:
        """Whether a get searches the list for its record."""
        return self.source == "list"

    @property
    def parts(self) -> Texts:
        """The names of the list calls that this one reads one after another; none if it makes a request itself."""
        return self.source if isinstance(self.source, tuple) else ()


Calls = Call | tuple[Call, ...]
"""The call of a method, or several; the first with a true `when` is made."""


class MappingDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of one mapping file."""

    use: str | None = None
    """A shared mapping, of which the keys are those of this file if it does not have them itself; none once loaded."""
    parameters: dict[str, str | int] = {}
    """The values of placeholders in what the file uses of the shared file; none once loaded."""
    define: dict[Name, str] = {}
    """Functions and values of this file, in place of shared ones of the same name."""
    id: str | None = None
    path: dict[str, str] = {}
    reserved: dict[str, Texts] = {}
    objects: dict[str, str] = {}
    reads: Reads | None = None
    nulls: dict[str, Form] = {}
    custom_field_pattern: str | None = None
    record: str
    version: str | None = None
    warnings: str | None = None
    enums: dict[str, EnumRows] = {}
    at_most_one: Texts | dict[str, Texts] = ()
    write: str | None = None
    filters: Rows = {}
    sort: dict[str, str | SortRow] = {}
    """The orders of every list call that sends `$order` and does not define its own."""
    list: tuple[Call, ...] = ()
    get: Calls | None = None
    create: Calls | None = None
    update: Calls | None = None
    upsert: dict[str, Call] = {}
    """External key, such as `email` → the call by which the provider creates the record or updates the one that has it."""
    delete: Calls | None = None
    custom_methods: dict[str, Calls] = {}
    fields: Call | None = None
    tags: Texts = ()
    describe: dict[str, str] = {}
    notes: Texts = ()
    """Notes for people; on the provider's page in docs/reference/providers, and not shown to agents."""
    not_offered: dict[str, str] = {}
    """Maps a common field that is not read to the reason; on that page too."""


class SharedDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of a shared file: what several mapping files of a provider refer to by name."""

    define: dict[Name, str] = {}
    """Functions and values; an expression that uses `$name` is evaluated behind its definition."""
    enums: dict[str, EnumRows] = {}
    mappings: dict[Name, dict[str, Any]] = {}
    """Keys of mapping files, which are checked as part of the files that use them."""
    calls: dict[Name, Call] = {}


class SharedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One shared file as loaded: provider, content and source."""

    provider: str
    document: SharedDocument
    source: Source


class MappingFile(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping file as loaded: provider, model, content and source."""

    provider: str
    model: str
    document: MappingDocument
    source: Source
    ids: dict[str, str] = {}
    """The templates of composite ids of the provider's models, by model, for references to their records."""
    shared: SharedFile | None = None
    """The parts that the mappings of its provider share."""
    used: frozenset[tuple[str, str]] = frozenset()
    """The parts that it takes from there, by place, such as `("calls", "search")`."""

    @property
    def results(self) -> frozenset[str]:
        """The names of all results of `before`, `per_page` and `per_record` calls."""
        return frozenset(name for _, call in self.calls() for name in (*call.before, *call.per_page, *call.per_record))

    def calls(self) -> tuple[tuple[DocumentPath, Call], ...]:
        """Return every call of the file with its place, including those of `before` and `after`."""
        document = self.document
        methods: dict[DocumentPath, Calls | None] = {
            (name,): getattr(document, name) for name in ("list", "get", "create", "update", "delete", "fields")
        }
        methods |= {("upsert", name): call for name, call in document.upsert.items()}
        methods |= {("custom_methods", name): calls for name, calls in document.custom_methods.items()}
        tops = (top for place, calls in methods.items() for top in listed_calls(place, calls))
        return tuple(inner for place, call in tops for inner in _with_inner(place, call))


def listed_calls(place: DocumentPath, calls: Calls | None) -> Iterator[tuple[DocumentPath, Call]]:
    """Yield the calls of a method with their places; a single one is at the place of the method itself."""
    if isinstance(calls, tuple):
        yield from (((*place, index), one) for index, one in enumerate(calls))
    elif calls is not None:
        yield place, calls


def _with_inner(place: DocumentPath, call: Call) -> list[tuple[DocumentPath, Call]]:
    calls = [(place, call)]
    for key, table in (("before", call.before), ("per_page", call.per_page), ("per_record", call.per_record)):
        for name, inner in table.items():
            calls += _with_inner((*place, key, name), inner)
    for index, inner in enumerate(call.after):
        calls += _with_inner((*place, "after", index), inner)
    if call.find_new is not None:
        calls += _with_inner((*place, "find_new"), call.find_new)
    return calls
