"""The content of a provider file: how to talk to a product's API. See docs/provider-files.md."""

from typing import Annotated, Literal

import msgspec

from unified.catalog.filter_rows import DialectName

Texts = tuple[str, ...]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a data file: closed, so that a misspelt key is an error."""


class Learned(_Part, frozen=True, kw_only=True):
    """Where the provider itself says a setting, so that no one enters it."""

    source: Annotated[str, msgspec.Meta(pattern=r"^(token|check|(GET|POST) /[^?#]*)$")] = msgspec.field(name="from")
    """`token`, the answer with the token; `check`, that of the file's `check`; or a request of its own."""
    value: str
    """JSONata on that answer."""


class Setting(_Part, frozen=True, kw_only=True):
    """A value that is requested when an account is connected, such as the subdomain."""

    title: str
    description: str = ""
    example: str = ""
    pattern: str | None = None
    """Regular expression for the whole value; by default, the value must be one DNS label."""
    choices: Texts = ()
    """The only values, in place of a pattern."""
    default: str | None = None
    required: bool = True
    learned: Learned | None = None


class SetupHint(_Part, frozen=True, kw_only=True):
    """What the product calls these credentials, for the people who enter them on the connect page."""

    title: str = ""
    """For example `API token`."""
    description: str = ""
    """Where to find or create them."""
    fields: dict[str, str] = {}
    """Titles of single fields: `token`, `username`, `password`, `key`, `client_id`, `client_secret`."""


class Bearer(_Part, frozen=True, kw_only=True, tag_field="type", tag="bearer"):
    """A token in a header."""

    header: str = "Authorization"
    prefix: str = "Bearer "
    asked: SetupHint = SetupHint()


class Basic(_Part, frozen=True, kw_only=True, tag_field="type", tag="basic"):
    """HTTP Basic; templates over the account's credentials (RFC 7617)."""

    username: str = "{username}"
    password: str = "{password}"  # noqa: S105 - a template, not a password
    asked: SetupHint = SetupHint()


class ApiKey(_Part, frozen=True, kw_only=True, tag_field="type", tag="api_key"):
    """A key in a header, in the query, or as the user name of HTTP Basic."""

    header: str | None = None
    query: str | None = None
    prefix: str = ""
    basic: Literal["username"] | None = None
    password: str = "x"  # noqa: S105 - accompanies a key that is the user name
    asked: SetupHint = SetupHint()


TokenKey = Literal["access_token", "refresh_token", "expires_in", "scope"]


class OAuth2(_Part, frozen=True, kw_only=True, tag_field="type", tag="oauth2"):
    """OAuth 2 authorization code, with PKCE where the provider supports it (RFC 6749, RFC 7636)."""

    authorize_url: str
    token_url: str
    base_url: str | None = None
    """Where calls with these credentials go, if not to the provider's `base_url` (Jira Cloud)."""
    scopes: dict[str, Texts] = {}
    """Maps a common scope (`crm.contacts:read`, or a tag) to the provider's scopes."""
    rotates: bool = False
    pkce: bool = True
    client: Literal["body", "basic"] = "body"
    token_body: Literal["form", "json"] = "form"  # noqa: S105
    grant: dict[str, str] = {}
    """Further fields of every token request; `{names}` are settings."""
    answer: dict[TokenKey, str] = {}
    """JSONata on the answer with the token, for what is not where RFC 6749 has it."""
    scope_separator: Literal[" ", ","] = " "
    authorize_parameters: dict[str, str] = {}
    issuer: str | None = None
    """The required `iss` of the authorization response (RFC 9207), if it is not the origin of the authorize URL."""
    prefix: str = "Bearer "


class ClientCredentials(_Part, frozen=True, kw_only=True, tag_field="type", tag="client_credentials"):
    """OAuth 2 client credentials (RFC 6749, 4.4)."""

    token_url: str
    scopes: dict[str, Texts] = {}
    client: Literal["body", "basic"] = "body"
    token_body: Literal["form", "json"] = "form"  # noqa: S105
    grant: dict[str, str] = {}
    """As in `OAuth2`, like the two below."""
    answer: dict[TokenKey, str] = {}
    scope_separator: Literal[" ", ","] = " "
    prefix: str = "Bearer "
    asked: SetupHint = SetupHint()


Auth = Bearer | Basic | ApiKey | OAuth2 | ClientCredentials

PaginationType = Literal["none", "cursor", "page", "offset", "link_header", "next_url", "keyset", "graphql"]


class Pagination(_Part, frozen=True, kw_only=True):
    """How to get from one page to the next; docs/provider-files.md says which keys belong to which type."""

    type: PaginationType | None = None
    send: str | None = None
    next: str | None = None
    more: str | None = None
    total: str | None = None
    total_in: Literal["records", "pages"] | None = None
    """The unit of `total`; by default that of the type's position."""
    field: str | None = None
    page_info: str | None = None
    first: int | None = None
    size: str | None = None
    max_size: int | None = None
    default_size: int | None = None
    max_total: int | None = None


class RateLimit(_Part, frozen=True, kw_only=True):
    """How the provider reports its rate limits."""

    statuses: tuple[int, ...] = (429,)
    retry_after: str = "Retry-After"
    remaining: str | None = None
    limit: str | None = None
    reset: str | None = None
    reset_format: Literal["seconds", "epoch", "epoch_ms", "iso"] = "seconds"


class Retry(_Part, frozen=True, kw_only=True):
    """The statuses after which a safe call is retried."""

    statuses: tuple[int, ...] = (502, 503, 504)


class ErrorRules(_Part, frozen=True, kw_only=True):
    """Where an error response holds its message and code, and what its codes mean."""

    message: str | None = None
    code: str | None = None
    fields: str | None = None
    codes: dict[str, str] = {}
    in_success: str | None = None
    empty: tuple[Literal[304], ...] = ()
    """Statuses without a body that mean an empty list, besides 204."""


class Check(_Part, frozen=True, kw_only=True):
    """The request that proves that credentials work."""

    request: str
    query: str | None = None
    body: str | None = None


class Reads(_Part, frozen=True, kw_only=True):
    """How `$reads` is written for this provider."""

    under: str | None = None
    depth: int | None = None
    exclude: Texts = ()
    always: Texts = ()
    names: str | None = None
    """Pattern of the names of custom fields that a caller may request; they are sent in queries unchanged."""


class Provider(_Part, frozen=True, kw_only=True):
    """One provider file."""

    name: str
    title: str
    docs: str
    base_url: str
    auth: tuple[Auth, ...]
    check: Check
    settings: dict[str, Setting] = {}
    headers: dict[str, str] = {}
    """Sent with every call; `{names}` are settings, and a header with a setting that the account does not have is left out."""
    pagination: Pagination = Pagination(type="none")
    rate_limit: RateLimit = RateLimit()
    retry: Retry = Retry()
    errors: ErrorRules = ErrorRules()
    nulls: Literal[""] | None = None
    reads: Reads = Reads()
    dialect: DialectName | None = None
    """The language of its conditions, for the filter tables of mappings."""
    tier: Literal["bronze", "silver", "gold"] = "bronze"
    notes: Texts = ()
    """What people should know before they connect; on the provider's page in docs/reference/providers."""
    not_offered: dict[str, str] = {}
    """Maps a common model without a mapping to the reason; on that page too."""
