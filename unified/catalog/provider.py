"""The content of a provider file: how to talk to a product's API. See docs/provider-files.md."""

import re
from typing import Annotated, Literal

import msgspec

from unified.catalog.authentication import Auth
from unified.catalog.filter_rows import DialectName

Texts = tuple[str, ...]
Sent = Literal["json", "form", "multipart", "xml"]
"""Forms in which a body is sent."""
Received = Literal["json", "xml"]
"""Forms of a response."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a data file: closed, so that a misspelt key is an error."""


LearnedFrom = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(token|check|consent|(GET|POST) /[^?#]*)$",
        description="`token`, `check`, `consent`, or GET or POST and a path without a query",
        examples=["GET /v1/me"],
    ),
]


class Learned(_Part, frozen=True, kw_only=True):
    """Where the provider itself says a setting, so that no one enters it."""

    source: LearnedFrom = msgspec.field(name="from")
    """`token`, the answer with the token; `check`, that of the file's `check`; `consent`, what the customer chose of that which
    the consent covers (`covers` of OAuth), so that it is asked with other credentials; or a separate request."""
    value: str
    """JSONata on that answer."""


Address = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([^{}:?#]+\{\}[^{}:?#]*|\{\}[^{}:?#]+)$",
        description="an address without its scheme, with one `{}` in place of the value",
        examples=["{}.lightning.force.com"],
    ),
]


class Setting(_Part, frozen=True, kw_only=True):
    """A value that is requested when an account is connected, such as the subdomain."""

    title: str
    description: str = ""
    example: str = ""
    pattern: str | None = None
    """Regular expression for the whole value; by default, the value must be one DNS label."""
    addresses: tuple[Address, ...] = ()
    """Addresses that people have in front of them, such as `{}.lightning.force.com`, with the value at `{}`. An address that is
    pasted in place of the value is understood if it begins like one of these, or has the host of one of the provider's URLs."""
    choices: Texts = ()
    """The only values, in place of a pattern."""
    default: str | None = None
    required: bool = True
    learned: Learned | None = None


Translated = Literal["de", "fr", "es"]
"""Languages of the connect page besides English, in which provider files are written."""
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


SETTING = re.compile(r"\{settings\.(\w+)\}")
"""A setting of the account in a path."""


class Check(_Part, frozen=True, kw_only=True):
    """The request that proves that credentials work."""

    request: str
    query: str | None = None
    body: str | None = None
    user: str | None = None
    """Expression over the answer: the id of the user as whom the account is connected, as references to users have it."""


class InstallationValue(_Part, frozen=True, kw_only=True):
    """A value that the operator of this service has from the provider, such as a partner's id; the same for all accounts."""

    title: str
    description: str = ""
    secret: bool = True


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
    installation: dict[str, InstallationValue] = {}
    headers: dict[str, str] = {}
    """Sent with every call; `{names}` are settings, and a header with a setting that the account does not have is left out."""
    send: Sent = "json"
    """The form of bodies and, below, of responses, unless a call sets it."""
    receive: Received = "json"
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
    """Notes for people to read before they connect; on the provider's page in docs/reference/providers."""
    translations: dict[Translated, dict[str, str]] = {}
    """Language → what the connect page shows of this file, such as titles of settings: the text here → its translation."""
    not_offered: dict[str, str] = {}
    """Maps a common model without a mapping to the reason; on that page too."""
