"""How an account may authenticate: the part `auth` of a provider file. See docs/provider-files.md."""

from typing import Annotated, Literal

import msgspec


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a data file: closed, so that a misspelt key is an error."""


class SetupHint(_Part, frozen=True, kw_only=True):
    """The product's name for these credentials, for the people who enter them on the connect page."""

    title: str = ""
    """For example `API token`."""
    description: str = ""
    """Where to find or create them."""
    fields: dict[str, str] = {}
    """Titles of single fields: `token`, `username`, `password`, `key`, `client_id`, `client_secret`."""
    not_secret: tuple[Literal["username", "client_id"], ...] = ()
    """Fields that are not secret, so that a form that was refused keeps them; a user name can be the key itself."""


class CredentialPart(_Part, frozen=True, kw_only=True):
    """One part of multi-part credentials; it is requested, sealed and replaced with the others."""

    title: str
    description: str = ""
    example: str = ""
    secret: bool = True
    """False for what may be shown, such as the number of an account."""
    form: Literal["line", "pem"] = "line"
    """`pem` for keys and certificates, which have several lines (RFC 7468)."""
    pattern: str | None = None
    """Regular expression for the whole value."""


PartName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="a small letter, then small letters, digits and `_`",
        examples=["private_key"],
    ),
]


class Bearer(_Part, frozen=True, kw_only=True, tag_field="type", tag="bearer"):
    """A token in a header."""

    header: str = "Authorization"
    prefix: str = "Bearer "
    labels: SetupHint = SetupHint()


class Basic(_Part, frozen=True, kw_only=True, tag_field="type", tag="basic"):
    """HTTP Basic; templates over the account's credentials (RFC 7617)."""

    username: str = "{username}"
    password: str = "{password}"  # noqa: S105 - a template, not a password
    labels: SetupHint = SetupHint()


class ApiKey(_Part, frozen=True, kw_only=True, tag_field="type", tag="api_key"):
    """A key in a header, in the query, or as the user name of HTTP Basic."""

    header: str | None = None
    query: str | None = None
    prefix: str = ""
    basic: Literal["username"] | None = None
    password: str = "x"  # noqa: S105 - accompanies a key that is the user name
    labels: SetupHint = SetupHint()


class Pair(_Part, frozen=True, kw_only=True):
    """User name and password of HTTP Basic; templates over the parts."""

    username: str
    password: str = ""


class ClientCertificate(_Part, frozen=True, kw_only=True):
    """The certificate that connections to the provider show (mutual TLS): the names of two parts in PEM form."""

    certificate: str
    key: str


class Parts(_Part, frozen=True, kw_only=True, tag_field="type", tag="parts"):
    """Several values of the account, such as an application key and an account key; templates say where each is sent."""

    parts: dict[PartName, CredentialPart]
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    basic: Pair | None = None
    client_certificate: ClientCertificate | None = None
    labels: SetupHint = SetupHint()


TokenKey = Literal["access_token", "refresh_token", "expires_in", "expires_at", "scope"]


class Covered(_Part, frozen=True, kw_only=True):
    """How the provider lists what one consent covers, such as several sites; the customer chooses one of them."""

    request: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^GET https://[^?#{}/]+/[^?#{}]*$",
            description="GET and an https URL without a query and without `{}`",
            examples=["GET https://api.atlassian.com/oauth/token/accessible-resources"],
        ),
    ]
    """With the access token; the whole URL, because the base URL may need what is chosen."""
    items: str = "$"
    """JSONata on the answer: the list."""
    title: str
    """JSONata on an item: what people call it."""
    detail: str = ""
    """JSONata on an item: what distinguishes it from others of the same name, such as its address."""


class OAuth2(_Part, frozen=True, kw_only=True, tag_field="type", tag="oauth2"):
    """OAuth 2 authorization code, with PKCE where the provider supports it (RFC 6749, RFC 7636)."""

    authorize_url: str
    token_url: str
    base_url: str | None = None
    """Where calls with these credentials go, if not to the provider's `base_url` (Jira Cloud)."""
    scopes: dict[str, tuple[str, ...]] = {}
    """The provider's scopes that are needed `always`, and for a model or tag with a method or class (`crm.contacts:read`)."""
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
    covers: Covered | None = None
    """The list of what the consent covers, if that can be more than one; settings are learned from the chosen one."""
    issuer: str | None = None
    """The required `iss` of the authorization response (RFC 9207), if it is not the origin of the authorize URL."""
    prefix: str = "Bearer "


class ClientCredentials(_Part, frozen=True, kw_only=True, tag_field="type", tag="client_credentials"):
    """OAuth 2 client credentials (RFC 6749, 4.4)."""

    token_url: str
    scopes: dict[str, tuple[str, ...]] = {}
    client: Literal["body", "basic"] = "body"
    token_body: Literal["form", "json"] = "form"  # noqa: S105
    grant: dict[str, str] = {}
    """As in `OAuth2`, like the two below."""
    answer: dict[TokenKey, str] = {}
    scope_separator: Literal[" ", ","] = " "
    prefix: str = "Bearer "
    parts: dict[PartName, CredentialPart] = {}
    """Values besides client id and secret: those of the certificate."""
    client_certificate: ClientCertificate | None = None
    labels: SetupHint = SetupHint()


class JwtBearer(_Part, frozen=True, kw_only=True, tag_field="type", tag="jwt_bearer"):
    """An assertion signed with a key of the account, exchanged for a token or sent as one (RFC 7523)."""

    parts: dict[PartName, CredentialPart]
    key: str
    """The part with the private key, or with the secret of HS256."""
    algorithm: Literal["RS256", "ES256", "HS256"] = "RS256"
    claims: dict[str, str]
    """Claims of the assertion; `{names}` are parts and settings. `iat`, `exp` and `jti` are added."""
    header: dict[str, str] = {}
    """Fields of the assertion's header besides `alg` and `typ`, such as `kid`."""
    lifetime: Annotated[int, msgspec.Meta(ge=60, le=3600)] = 300
    """Seconds for which an assertion is valid."""
    token_url: str | None = None
    """Without it, the assertion itself is sent with each call."""
    client_certificate: ClientCertificate | None = None
    send: Literal["assertion", "client_assertion", "header"] = "assertion"
    """How the assertion goes to the token endpoint: as a grant, as the client's proof, or as a bearer token."""
    scopes: dict[str, tuple[str, ...]] = {}
    token_body: Literal["form", "json"] = "form"  # noqa: S105
    grant: dict[str, str] = {}
    answer: dict[TokenKey, str] = {}
    scope_separator: Literal[" ", ","] = " "
    prefix: str = "Bearer "
    labels: SetupHint = SetupHint()


Auth = Bearer | Basic | ApiKey | Parts | OAuth2 | ClientCredentials | JwtBearer
