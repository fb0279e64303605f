"""The content of a mapping file: which calls reach the provider and what its records mean. See docs/mapping-files.md."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from unified.catalog.filter_rows import Rows
from unified.catalog.provider import ErrorRules, Pagination, Reads, Received, Sent, Texts
from unified.catalog.source import DocumentPath, Source

EXPRESSIONS = ("when", "entries", "query", "headers", "body", "items", "item", "created", "is_new", "record")
"""Keys of a call that hold JSONata."""
CALLS = ("list", "get", "create", "update", "upsert", "delete", "custom", "fields")
"""Keys of a file that hold calls."""
INNER_CALLS = ("before", "after", "with", "each", "find")
"""Keys of a call that hold calls made before or after it, or for what it returns."""
CALL_TABLES = ("upsert", "custom", "before", "with", "each")
"""Those of them that give each call a name."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*$")]
"""What is shared is called like a variable."""


NativeWord = str | int | float | bool | None
"""A word of the provider as JSON has it; null clears the field."""
EnumRows = dict[str, NativeWord | tuple[NativeWord, ...]]
"""Common word to the provider's: the one that is written, or a list of which the first is written."""


Form = str | int | float | bool | list[Any] | dict[str, Any] | None
"""What clears a field: a value as JSON has it, such as an empty text or list."""


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
    entries: str | None = None
    parameters: dict[str, str | int] = {}
    before: dict[str, "Call"] = {}
    request: str | None = None
    via: Literal["list"] | None = None
    chain: Texts = ()
    over: str | None = None
    filters: Rows = {}
    query: str | None = None
    headers: str | None = None
    body: str | None = None
    send: Sent | None = None
    receive: Received | None = None
    wrap: str | None = None
    sort: dict[str, str | SortRow] = {}
    recheck: Texts = ()
    required: Texts = ()
    items: str | None = None
    item: str | None = None
    record: str | None = None
    pagination: Pagination | None = None
    with_: dict[str, "Call"] = msgspec.field(name="with", default_factory=dict)
    each: dict[str, "Call"] = {}
    batch: Annotated[int, msgspec.Meta(ge=1, le=200)] | None = None
    created: str | None = None
    is_new: str | None = None
    """Of an upsert: whether the provider created the record; null where it does not say."""
    find: "Call | None" = None
    then: Literal["get"] | None = None
    after: tuple["Call", ...] = ()
    errors: ErrorRules | None = None


Calls = Call | tuple[Call, ...]
"""The call of a method, or several of which the first with a true `when` is made."""


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
    custom_keys: str | None = None
    record: str
    version: str | None = None
    warnings: str | None = None
    enums: dict[str, EnumRows] = {}
    single: Texts | dict[str, Texts] = ()
    write: str | None = None
    filters: Rows = {}
    list: tuple[Call, ...] = ()
    get: Calls | None = None
    create: Calls | None = None
    update: Calls | None = None
    upsert: dict[str, Call] = {}
    """External key, such as `email` → the call by which the provider creates the record or updates the one that has it."""
    delete: Calls | None = None
    custom: dict[str, Calls] = {}
    fields: Call | None = None
    tags: Texts = ()
    describe: dict[str, str] = {}
    notes: Texts = ()
    """What people should know; on the provider's page in docs/reference/providers, and not shown to agents."""
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
    """What the mappings of its provider share."""
    used: frozenset[tuple[str, str]] = frozenset()
    """What it takes from there, by place, such as `("calls", "search")`."""

    @property
    def results(self) -> frozenset[str]:
        """The names of all results of `before`, `with` and `each` calls."""
        return frozenset(name for _, call in self.calls() for name in (*call.before, *call.with_, *call.each))

    def calls(self) -> tuple[tuple[DocumentPath, Call], ...]:
        """Return every call of the file with its place, including those of `before` and `after`."""
        document = self.document
        methods: dict[DocumentPath, Calls | None] = {
            (name,): getattr(document, name) for name in ("list", "get", "create", "update", "delete", "fields")
        }
        methods |= {("upsert", name): call for name, call in document.upsert.items()}
        methods |= {("custom", name): calls for name, calls in document.custom.items()}
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
    for key, table in (("before", call.before), ("with", call.with_), ("each", call.each)):
        for name, inner in table.items():
            calls += _with_inner((*place, key, name), inner)
    for index, inner in enumerate(call.after):
        calls += _with_inner((*place, "after", index), inner)
    if call.find is not None:
        calls += _with_inner((*place, "find"), call.find)
    return calls
