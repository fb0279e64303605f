"""How a stand-in of a provider is described: data, routes and a few small functions.

Everything a provider module needs is imported from here. The framework does the rest: authorization, OAuth, faults,
limits, the request log, planting and reset.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from unified_sandbox.messages import Answer, BadBody, Incoming, Query, Record, Refused

__all__ = [
    "Accepted",
    "Answer",
    "ApiKey",
    "BadBody",
    "Basic",
    "Bearer",
    "Handler",
    "Incoming",
    "OAuth",
    "Pair",
    "Parts",
    "Query",
    "RateLimit",
    "Record",
    "Refused",
    "Route",
    "StandIn",
    "State",
    "oauth_refusal",
]


class State(dict[str, dict[str, Record]]):
    """The data of one stand-in: resource name -> id -> record, in the order of creation. Lives in memory."""

    def __init__(self, *given: Any, **named: dict[str, Record]) -> None:
        super().__init__(*given, **named)
        self.shown: dict[str, dict[str, dict[str, tuple[list[Any], Any]]]] = {}
        """Of planted records: resource -> id -> key -> what the stored record shows, and what is shown in place of it."""

    def new_id(self, resource: str, step: int = 1) -> str:
        """Return an id that the resource does not hold: the highest numeric id plus `step`."""
        numbers = [int(id_) for id_ in self.get(resource, {}) if id_.isdecimal()]
        return str(max(numbers, default=0) + step)


Handler: TypeAlias = Callable[[Incoming, State], Answer]
Route: TypeAlias = tuple[str, str, Handler]
"""Method, path template and handler. `{id}` is one segment or a part of one, `{rest:path}` the whole remainder."""


Refuse: TypeAlias = Callable[[int, str, str], Answer]


class Bearer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="bearer"):
    """Accepts OAuth access tokens and the demo's fixed tokens in a header."""

    header: str = "authorization"
    prefix: str = "Bearer "
    """Zoho writes `Zoho-oauthtoken `, Zammad `Token token=`; an empty prefix takes the bare value."""


class Basic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="basic"):
    """Accepts HTTP Basic with the demo's user name and password."""

    any_password: bool = False
    """Where the key, of type `basic` or `api_key`, is the user name and the password is not looked at (BambooHR, Freshdesk)."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="api_key"):
    """Accepts the demo's API key in a header or a query parameter."""

    header: str = ""
    query: str = ""


class Pair(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """User name and password of HTTP Basic, as templates."""

    username: str
    password: str = ""


class Parts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="parts"):
    """Accepts the demo's credentials of several parts; the templates are those of the provider file."""

    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    basic: Pair | None = None


Accepted: TypeAlias = Bearer | Basic | ApiKey | Parts


def oauth_refusal(status: int, error: str, description: str) -> Answer:
    """Answer of RFC 6749 section 5.2, which most token endpoints follow."""
    return Answer(status, {"error": error, "error_description": description})


def _as_it_is(body: Record, _request: Incoming) -> Record:
    return body


class OAuth(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's OAuth 2 endpoints and habits. Paths are relative to the stand-in."""

    token_path: str
    authorize_path: str = ""
    """Empty where the provider has no authorization code grant."""
    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105  # the sandbox's own, meant to be known
    lifetime_s: int = 3600
    rotate: bool = False
    """Refresh tokens are one-time: each refresh answers a new one and using the old one is an invalid_grant."""
    refreshable: bool = True
    """False where no refresh tokens are issued."""
    grants: frozenset[str] = frozenset({"authorization_code", "refresh_token"})
    """Of `authorization_code`, `refresh_token`, `client_credentials`."""
    client_auth: frozenset[str] = frozenset({"body", "basic"})
    pkce_required: bool = False
    shape: Callable[[Record, Incoming], Record] = _as_it_is
    """Makes the provider's token answer of `{access_token, token_type, expires_in, refresh_token?, scope?}`."""
    refuse: Callable[[int, str, str], Answer] = oauth_refusal
    """Status, RFC 6749 error name, description -> the provider's answer."""


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's budget. Always shown in headers, enforced only by `create_sandbox(enforce_limits=True)`."""

    requests: int
    window_s: int
    headers: Callable[[int, int, int], Mapping[str, str]] | None = None
    """Limit, remaining, seconds until the window ends -> the informative headers of every answer."""


def _plant(state: State, resource: str, id_: str, record: Record) -> None:
    state[resource][id_] = record


def _no_shows(_state: State, _resource: str, _base: str) -> Sequence[Callable[[Record], Any]]:
    return ()


def _not_stored(_state: State, _resource: str, _record: Record) -> Record | None:
    return None


class StandIn(msgspec.Struct, frozen=True, kw_only=True):
    """A provider that can be run. `STANDIN = StandIn(…)` in a module of this package is all there is to register."""

    name: str
    seed: Callable[[random.Random], Mapping[str, dict[str, Record]]]
    """Makes the first data: resource -> id -> record. The same seed gives the same data."""
    routes: tuple[Route, ...]
    refuse: Refuse
    """Status, code, message -> the provider's error body. The framework calls it too, with the codes
    `missing_credentials invalid_credentials expired_token revoked_token` (401), `not_found` (404),
    `method_not_allowed` (405), `invalid_json` (400), `rate_limited` (429), `server_error` (500), `fault` (others)."""
    refusals: Mapping[tuple[str, str], Refuse] = {}
    """Method and template of a route -> what makes its refusals, where their form is another one."""
    accepts: tuple[Accepted, ...]
    demo_credentials: tuple[dict[str, Any], ...]
    """Accepted credentials in the form of an account's `credentials`; the first is the one the demo connects with."""
    demo_settings: dict[str, str] = {}
    """The account settings that go with them, such as `{"subdomain": "demo"}`."""
    oauth: OAuth | None = None
    limit: RateLimit | None = None
    headers: dict[str, str] = {}
    """Sent with every answer, such as `{"Intercom-Version": "2.15"}`."""
    answers: Literal["json", "xml"] = "json"
    """The form of its answers, those of its token endpoint aside."""
    public: frozenset[str] = frozenset()
    """Path templates of `routes` that need no credentials."""
    plant: Callable[[State, str, str, Record], None] = _plant
    """Takes a record of the control surface in; override it to fill in what the provider would."""
    shows: Callable[[State, str, str], Sequence[Callable[[Record], Any]]] = _no_shows
    """Of a resource, with the address of the stand-in: the ways in which its stored records are shown, the usual one first."""
    stored: Callable[[State, str, Record], Record | None] = _not_stored
    """Makes the fields to store of a record as it is shown; None where the file does not say it."""
    shaped: bool = False
    """Whether planted records get the shape of the first data, since the handlers rely on its keys and types: what is
    missing is filled in, and what does not fit is refused."""
    nullable: bool = False
    """Whether the handlers take null for every value of such a record; where they do not, null is filled in too."""
