"""Calls as values, and how they become HTTP requests; nothing here does I/O."""

import math
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Generic, Literal, TypedDict, TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec
from msgspec import UNSET

from unified_client.version import API_VERSION, VERSION

T = TypeVar("T")
Repeat = Literal["always", "answered", "refused", "never"]
"""When a call is sent again: after any failure that may pass; if an answer says so; if it says that nothing was done; never."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
MAKING = frozenset({"create", "upsert"})
"""Methods that make records, for which the client chooses an Idempotency-Key itself."""
BYTES = (bytes, bytearray, memoryview)
"""Bodies that are sent as they are."""
TOKEN, PRINTABLE = re.compile(r"[-!#$%&'*+.^_`|~0-9a-z]+"), re.compile(r"[!-~]+( +[!-~]+)*")
"""Names of headers, and values that no HTTP library changes or refuses."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    """By name in lower case."""
    content: bytes
    request_id: str | None = None
    """The id under which the service's operator finds the request."""

    def json(self) -> Any:
        """Parse the body. Raises msgspec.DecodeError if it is not JSON."""
        return msgspec.json.decode(self.content)

    def __repr__(self) -> str:
        """Leave out headers and body."""
        return f"Answer(status={self.status}, request_id={self.request_id!r})"

    def __rich_repr__(self) -> Iterable[tuple[str, object]]:
        """Leave out headers and body where Rich prints it."""
        return [("status", self.status), ("request_id", self.request_id)]


class Options(msgspec.Struct, frozen=True):
    """Options of one call; what is None is the client's own."""

    timeout: float | None = None
    """Seconds that one attempt may take; `math.inf` for no limit."""
    max_retries: int | None = None
    idempotency_key: str | None = None
    """For a write that must happen once even if the program restarts; refused where the service does not honor one."""
    if_match: str | None = None
    """The ETag of the record that an update or delete is meant for."""
    on_answer: Callable[[Answer], object] | None = None
    """Receives every raw answer, those of failed attempts too."""

    def __post_init__(self) -> None:
        check_limits(self.timeout, self.max_retries)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The state that all calls of a client share."""

    base_url: str
    key: str
    timeout: float
    max_retries: int
    max_wait: float

    def __post_init__(self) -> None:
        check_limits(self.timeout, self.max_retries, self.max_wait)

    def __repr__(self) -> str:
        """Leave out the key."""
        return f"Settings({self.base_url!r})"


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One call of the API: its method, its encoded path, and what comes back."""

    method: str
    path: str
    returns: type[T]
    repeat: Repeat = "always"
    query: Mapping[str, Any] = NOTHING
    body: Any = UNSET
    takes_key: bool = False
    """Whether it is sent with an Idempotency-Key although no one chose one, so that it is done once."""
    is_proxied: bool = False
    may_be_empty: bool = False
    """Whether it may return nothing."""
    is_accepted: bool = False
    """Whether its answer comes with 202; elsewhere, a write that waits for an approval has that status."""
    account: str | None = None
    headers: Mapping[str, str] = NOTHING


class ProxyRequest(TypedDict, total=False):
    """The options of a request through the proxy: a body of bytes is sent as it is, anything else as JSON."""

    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes
    timeout: float

    def __repr__(self) -> str:
        """Leave out headers and body."""
        return f"Request({self.method!r}, {self.url!r})"


def check_limits(timeout: float | None, max_retries: float | None = None, max_wait: float | None = None) -> None:
    """Raise ValueError for an invalid limit; limits of None are set elsewhere."""
    if not (timeout is None or timeout > 0) or not all(one is None or one >= 0 for one in (max_retries, max_wait)):
        raise ValueError("expected timeout above 0 seconds, and max_retries, max_wait and every of at least 0")


def settings_of(base_url: str, key: str, timeout: float, max_retries: int, max_wait: float) -> Settings:
    """Return the settings. Raises ValueError saying which value cannot be used, never what the key is."""
    try:
        url = httpx2.URL(base_url)
        url.host.encode("idna")
    except (httpx2.InvalidURL, UnicodeError, TypeError):
        url = httpx2.URL("")
    is_plain = url.scheme in {"http", "https"} and url.host and not (url.userinfo or url.query or url.fragment)
    if not is_plain or not 0 < (80 if url.port is None else url.port) < 2**16:
        expected = "an address such as https://unified.example.com, without user, query and fragment"
        raise ValueError(f"base_url{'' if base_url else ' is empty'}: expected {expected}")
    if not key or not re.fullmatch(r"[!-~]+", key.strip()):
        raise ValueError(f"key{'' if key else ' is empty'}: expected an API key such as uk_…, in ASCII without spaces")
    return Settings(base_url=base_url.rstrip("/"), key=key.strip(), timeout=timeout, max_retries=max_retries, max_wait=max_wait)


def account_id_of(account_id: str) -> str:
    """Return the id of an account. Raises ValueError for another value, most often the value of an unset variable."""
    if not isinstance(account_id, str) or not re.fullmatch(r"[!-~]+", account_id):
        raise ValueError(f"account_id: expected the id of an account such as acc_…, got {account_id!r}; is a variable unset?")
    return account_id


def path_of(*segments: str) -> str:
    """Return the path of segments, each encoded. Raises ValueError for one that would change the path."""
    for one in segments:
        if not isinstance(one, str) or one in {"", ".", ".."}:
            raise ValueError(f"id: expected text that is not empty, `.` or `..`, got {one!r}; is a variable unset?")
    return "".join(f"/{quote(one, safe='')}" for one in segments)


def routed_path(path: str) -> str:
    """Return the path of a route, given as text. Raises ValueError for one that is not plain."""
    if (
        not isinstance(path, str)
        or not path.startswith("/")
        or re.search(r"[?#\\\s]|^//|/(\.|%2e){1,2}(/|$)", path, re.IGNORECASE)
    ):
        raise ValueError("path: expected /segments without `..`; pass the query as `query`")
    return quote(path, safe="/%:@!$&()*+,;=~")


def batched(path: str, items: Sequence[Mapping[str, Any]], returns: type[T]) -> Call[T]:
    """Return the call of a batch; one that only makes records can be repeated, as the service makes each once for the key."""
    repeat: Repeat = "always" if all(one["op"] in MAKING for one in items) else "refused"
    return Call("POST", f"{path}/batch", returns, repeat, body={"items": items}, takes_key=True)


def tool_call(path: str, name: str, fields: Mapping[str, Any]) -> Call[dict[str, Any]]:
    """Return the call of a tool; one that makes a record can be repeated, as the service makes it once for the key."""
    makes = name.split("_", maxsplit=1)[0] in MAKING
    return Call("POST", path, dict[str, Any], "always" if makes else "refused", body=fields, takes_key=makes)


def proxied(method: str, path: str, more: ProxyRequest) -> Call[Answer]:
    """Return the call of a request to the provider's own API; a write is never sent twice."""
    repeat: Repeat = "always" if method.upper() == "GET" else "never"
    headers = {name.lower(): value for name, value in more.get("headers", NOTHING).items()}
    query, body = more.get("query", NOTHING), more.get("body", UNSET)
    return Call(method.upper(), f"/proxy{routed_path(path)}", Answer, repeat, query, body, is_proxied=True, headers=headers)


def request_of(settings: Settings, call: Call[Any], options: Options, idempotency_key: str) -> Request:
    """Return the HTTP request of one attempt, which has a separate id. Raises ValueError for arguments that cannot be sent."""
    is_json = not (call.body is UNSET or isinstance(call.body, BYTES))
    given = {
        "accept": None if call.returns is Answer else "application/json",
        "content-type": "application/json" if is_json else None,
        "idempotency-key": idempotency_key if call.takes_key or options.idempotency_key is not None else None,
        "if-match": options.if_match,
        **call.headers,
        "authorization": f"Bearer {settings.key}",
        "user-agent": f"unified-client-python/{VERSION}",
        "unified-version": API_VERSION,
        "x-request-id": f"req_{uuid.uuid4().hex[:24]}",
        "unified-account": call.account,
    }
    headers = {name: value for name, value in given.items() if value is not None}
    if wrong := [name for name, value in headers.items() if not TOKEN.fullmatch(name) or not PRINTABLE.fullmatch(value)]:
        raise ValueError(f"header {', '.join(map(ascii, wrong))}: expected printable ASCII characters, no spaces around them")
    query = urlencode(query_of(call.query))
    url = f"{settings.base_url}{call.path}{'?' if query else ''}{query}"
    timeout = settings.timeout if options.timeout is None else options.timeout
    return Request(method=call.method, url=url, headers=headers, content=body_of(call.body), timeout=timeout)


def body_of(body: Any) -> bytes:
    """Return a body as bytes: JSON without what is UNSET. Raises ValueError for a number that JSON cannot hold."""
    if isinstance(body, BYTES):
        return bytes(body)
    return b"" if body is UNSET else msgspec.json.encode(_sendable(body, "body"))


def _sendable(value: Any, place: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _sendable(one, f"{place}/{name}") for name, one in value.items() if one is not UNSET}
    if isinstance(value, list | tuple):
        return [_sendable(one, f"{place}/{number}") for number, one in enumerate(value)]
    if isinstance(value, datetime):
        return _text(value, place)
    if isinstance(value, float):
        return _finite(value, place)
    plain = msgspec.to_builtins(value)
    return _sendable(plain, place) if isinstance(plain, dict | list) else plain


def _finite(value: float, place: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{place}: expected a finite number, got {value}; JSON would make it null")
    return value


def query_of(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the query as the API writes it: filter[field][op]=value, lists with commas. What is None or UNSET is left out.

    Raises:
        ValueError: A filter has no value, or a list no entry: leaving them out would ask for more than was meant.
    """
    return list(_pairs(query.items()))


def _pairs(items: Iterable[tuple[str, Any]], *, is_inner: bool = False) -> Iterable[tuple[str, str]]:
    for name, value in items:
        if isinstance(value, Mapping):
            yield from _pairs(((f"{name}[{inner}]", one) for inner, one in value.items()), is_inner=True)
        elif value is not None and value is not UNSET:
            yield name, _text(value, name)
        elif is_inner:
            raise ValueError(f"{name}: expected a value, got {value}; to list without this condition, leave it out")


def _text(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{place}: expected a time with a time zone, such as datetime.now(UTC)")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int | float):
        return str(_finite(value, place) if isinstance(value, float) else value)
    texts = [_text(one, place) for one in value]
    if not texts or any("," in one for one in texts):
        raise ValueError(f"{place}: expected a list of values without commas, which separate them, and not an empty one")
    return ",".join(texts)
