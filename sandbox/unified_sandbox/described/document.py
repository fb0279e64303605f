"""Defines the keys of a `*.sandbox.yaml` file; docs/sandbox.md explains each."""

from typing import Any, Literal

import msgspec

from unified_sandbox.standin import Accepted

MomentFormat = Literal["iso", "iso_s", "iso_ns", "offset", "zoned", "plain", "epoch", "epoch_ms", "date"]
Kind = Literal["any", "text", "number", "integer", "boolean", "date", "moment", "email", "uuid", "list", "object"]
Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "contains", "starts", "is_null"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a file; unknown keys are errors."""


class OAuthFile(_Part, frozen=True, kw_only=True):
    """The OAuth endpoints and their habits; defaults are those of `standin.OAuth`."""

    token_path: str
    authorize_path: str = ""
    lifetime_s: int = 3600
    rotate: bool = False
    refreshable: bool = True
    grants: tuple[Literal["authorization_code", "refresh_token", "client_credentials"], ...] = (
        "authorization_code",
        "refresh_token",
    )
    client_auth: tuple[Literal["body", "basic"], ...] = ("body", "basic")
    pkce_required: bool = False
    answer: str = ""
    """Expression that makes the provider's token answer of the standard one."""
    refusal: str = ""
    """Expression that makes the body of a refusal; it sees `$error` and `$description`."""
    refusal_status: int = 0
    """Status of every refusal, where it is not that of RFC 6749."""


class Limit(_Part, frozen=True, kw_only=True):
    """The provider's budget of requests."""

    requests: int
    window_s: int
    headers: dict[str, str] = {}
    """Header to expression; it sees `$limit`, `$remaining`, `$window` (seconds) and `$ends` (seconds since 1970)."""
    refused: dict[str, str] = {}
    """Additional headers of a refusal."""


class Paging(_Part, frozen=True, kw_only=True):
    """One way of asking for pages."""

    kind: Literal["offset", "page", "cursor", "after", "keyset"]
    at: str
    """Argument that holds the position."""
    size: str = ""
    """Argument that holds the size; empty where it is fixed."""
    default: int
    max: int
    over: Literal["clamp", "refuse"] = "clamp"
    first: int = 1
    """Number of the first page."""
    max_rows: int | None = None
    """Positions from here on are refused."""
    otherwise: str = ""
    """Name of the paging that is used where neither argument is given."""
    same: str = ""
    """Argument with which a position is only valid while it stays the same."""


class Field(_Part, frozen=True, kw_only=True):
    """The values that may be written to a field."""

    kind: Kind = "any"
    words: tuple[str, ...] = ()
    of: str = ""
    """Collection in which the value must be an id."""
    required: bool = False
    read_only: bool = False
    nullable: bool = True
    max: int | None = None
    """Longest text."""


class Ids(_Part, frozen=True, kw_only=True):
    """How records get their ids."""

    field: str = "id"
    kind: Literal["number", "text", "uuid"] = "number"
    first: int = 1
    step: int = 1
    make: str = ""
    """Expression of an id of kind `text`; it sees `$n`, the number of the record from 0."""


class Collection(_Part, frozen=True, kw_only=True):
    """Records of one kind, as the provider stores them."""

    rows: int = 0
    seed: str = ""
    records: tuple[dict[str, Any], ...] = ()
    derived: str = ""
    """Expression of the records, where they follow from those of other collections."""
    id: Ids = Ids()
    fields: dict[str, Field | Kind] = {}
    created: str = ""
    updated: str = ""
    computed: dict[str, str] = {}
    store: str = ""
    show: str = ""
    planted: str = ""
    """Expression of the fields to store of a record that is planted as the provider shows it."""
    private: tuple[str, ...] = ()
    """Fields that no answer shows."""
    hidden: str = ""
    deleted: str = ""
    version: str = ""
    objects: Literal["replace", "merge"] = "replace"
    order: tuple[str, ...] = ()


class Filter(_Part, frozen=True, kw_only=True):
    """The records that an argument of a list selects."""

    field: str = ""
    operator: Operator = "eq"
    separator: str = ","
    where: str = ""
    """Expression over a record that sees `$value`, instead of field and operator."""
    language: str = ""
    """Name of a query language that the value is written in."""
    fields: dict[str, str] = {}
    """Field of the query language to the expression of its value; without, those of the record."""
    types: str = ""
    """Expression of the types of the fields by name, for a language that goes by them."""


class Sort(_Part, frozen=True, kw_only=True):
    """How a list is put in order."""

    argument: str
    style: Literal["signed", "separate", "words"] = "signed"
    direction: str = ""
    """Argument with the direction, of style `separate`."""
    separator: str = ","
    entry: str = ""
    """Expression that gives the word of an entry, such as `-name`, where the argument is a list of objects."""
    fields: dict[str, str]
    """Word of the argument to field of the record."""


class Select(_Part, frozen=True, kw_only=True):
    """An argument with the fields that the caller wants."""

    argument: str
    always: tuple[str, ...] = ()
    without: Literal["all", "always"] = "all"
    """Which fields come where the argument is not given."""
    separator: str = ","


class Effect(_Part, frozen=True, kw_only=True):
    """A change of other records that a write brings with it."""

    create: str = ""
    update: str = ""
    delete: str = ""
    where: str = ""
    """Expression over a record of that collection; it sees the written one as `$written`."""
    each: str = ""
    """Expression that gives the values for which a record is created, each seen as `$each`."""
    set: str = ""
    """Expression that gives the fields."""
    when: str = ""


class Route(_Part, frozen=True, kw_only=True):
    """The operation of one method of one path. Exactly one of the first six keys is set.

    A collection is named as it is, or by an expression, which begins with `$`.
    """

    list: str = ""
    get: str = ""
    create: str = ""
    update: str = ""
    delete: str = ""
    answer: str = ""
    when: str = ""
    check: str = ""
    """Expression that may refuse the request."""
    public: bool = False
    at_root: bool = False
    """Whether its path has none of the file's prefixes."""
    arguments: str = "query"
    """`query`, `body`, or an expression that makes an object of them."""
    filters: dict[str, Filter | str] = {}
    ignores: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    where: str = ""
    parents: dict[str, str] = {}
    key: str = ""
    id: str = ""
    """Expression of the record's id, where the path does not end with it."""
    each: str = ""
    """Expression of the bodies in a body, each of which is written."""
    refused: str = ""
    """Expression of the entry of one that is refused; it sees `$code`, `$message` and `$field`."""
    together: str = ""
    """Whether nothing is written where one is refused; the others' code is then `rolled_back`."""
    hidden: Literal["left_out", "shown"] = "left_out"
    sort: Sort | None = None
    order: tuple[str, ...] = ()
    paging: str = ""
    select: Select | None = None
    send: Literal["json", "form", "multipart", "xml"] = "json"
    take: str = ""
    sets: str = ""
    required: tuple[str, ...] = ()
    store: str = ""
    show: str = ""
    wrap: str = ""
    answers: Literal["json", "xml"] = "json"
    """`xml` where only this route answers XML."""
    refusal: str = ""
    """Name of the form of its refusals, where it is another one than that of the file."""
    status: int = 0
    headers: dict[str, str] = {}
    also: tuple[Effect, ...] = ()


class Refusals(_Part, frozen=True, kw_only=True):
    """Another form of refusals than that of the file, for the routes that name it."""

    errors: str
    """Expression of the body; it sees what `errors` of the file sees."""
    answers: Literal["json", "xml"] = "json"
    statuses: dict[str, int] = {}
    """Statuses by code, before those of the file."""


class Complexity(_Part, frozen=True, kw_only=True):
    """The cost of a query: its fields, those of a list as often as it has entries."""

    max: float
    """A query that costs more is refused."""
    object: float = 1
    scalar: float = 0.1
    size: str = "first"
    """Argument of a list with the number of its entries."""
    default: int = 50
    """The number of entries without it."""


class GraphQL(_Part, frozen=True, kw_only=True):
    """One address for all queries, which a schema describes. What a field of a type does is said as for routes."""

    path: str = "/graphql"
    sdl: str
    """The schema, or the name of a file with it next to this file: `shelf.sandbox.graphql`."""
    records: dict[str, str] = {}
    """Type of the schema → the collection whose records it shows."""
    scalars: dict[str, Kind] = {}
    """Scalar of the schema to the kind of its values."""
    conditions: str = ""
    """Argument of lists with conditions by field, such as `{title: {eq: "Emma"}}`."""
    complexity: Complexity | None = None
    fields: dict[str, Route]
    """`Type.field` to what it does; its expressions see the arguments as `$query` and the object around it as `$parent`."""


class StandInFile(_Part, frozen=True, kw_only=True):
    """One file."""

    docs: str
    """Where the facts are from."""
    credentials: tuple[dict[str, str], ...]
    accepts: tuple[Accepted, ...]
    settings: dict[str, str] = {}
    oauth: OAuthFile | None = None
    limit: Limit | None = None
    headers: dict[str, str] = {}
    requires_headers: dict[str, str] = {}
    unknown_arguments: Literal["refuse", "ignore"] = "refuse"
    unknown_fields: Literal["refuse", "ignore"] = "refuse"
    read_only_fields: Literal["refuse", "ignore"] = "refuse"
    moments: MomentFormat = "iso"
    zone: str = "UTC"
    """Time zone of moments in the format `zoned`, and of query languages that have none in their times."""
    answers: Literal["json", "xml"] = "json"
    errors: str
    error_headers: dict[str, str] = {}
    """Header of every error to expression; it sees what `errors` sees."""
    statuses: dict[str, int] = {}
    refusals: dict[str, Refusals] = {}
    """Other forms of refusals, by the name that routes give."""
    endings: tuple[str, ...] = ()
    """Suffixes that may follow every path, such as `.json`."""
    prefixes: tuple[str, ...] = ("",)
    """Prefixes of the paths of all routes; each route can be reached under each of them."""
    define: dict[str, str] = {}
    """Functions and values that other expressions use, by name."""
    paging: dict[str, Paging] = {}
    list: str = ""
    item: str = ""
    collections: dict[str, Collection] = {}
    routes: dict[str, Route | tuple[Route, ...]] = {}
    graphql: GraphQL | None = None
