"""Sends one call: signed, within a deadline and a size, retried only where that is safe, its refusal made ours."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx2
import msgspec

from unified.catalog.provider import ErrorRules, Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import (
    ConfigurationError,
    ConnectionUnauthorized,
    InvalidId,
    MalformedRequest,
    ProviderError,
    ProviderMalformed,
    ProviderTimeout,
    UnifiedError,
    UpstreamTooLarge,
)
from unified.transport.auth import secrets_to_hide, sign
from unified.transport.connection import Connection
from unified.transport.failures import ErrorReader, Functions, Refusal, failed_inside, failure
from unified.transport.limits import rate_notes

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_TRIES = 3
BASE_DELAY, MAX_DELAY = 0.5, 8.0
FORBIDDEN_HEADERS = frozenset(
    {"host", "authorization", "cookie", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer"}
    | {"upgrade", "expect", "forwarded", "via", "accept-encoding"}
    | {"x-http-method-override", "x-http-method", "x-method-override"}
)
FORBIDDEN_BEGINNINGS = ("proxy-", "x-forwarded-")
"""Headers that no mapping and no caller sets."""
MAX_HEADER = 8_192
Sleep = Callable[[float], Awaitable[None]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one call."""

    deadline: float = 30.0
    """Seconds for the call with all its tries."""
    max_bytes: int = 8 * 1024 * 1024
    """Decoded bytes of an answer."""
    connections: int = 100


class Client:
    """The HTTP client of the whole process; one pool of connections, no cookies, no redirects, no proxy variables."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        allow_http: bool = False,
        functions: Functions | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.limits = limits or Limits()
        self._allow_http = allow_http
        self._reader = ErrorReader(functions or {})
        self._sleep = sleep
        self._jitter = jitter
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(self.limits.deadline, connect=10.0),
            limits=httpx2.Limits(max_connections=self.limits.connections),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # one account's cookies are no other's
            transport=transport,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def send(
        self,
        request: ProviderRequest,
        connection: Connection,
        rules: ErrorRules | None = None,
        *,
        safe: bool | None = None,
    ) -> ProviderAnswer:
        """Send one call and decode its JSON answer.

        Args:
            request: what to send, without credentials.
            connection: the account's way to the provider.
            rules: how this call's errors are read; the provider's rules without it.
            safe: whether it may be sent again; by its method without it (a search by POST is safe).

        Raises:
            UnifiedError: the provider's refusal in our terms (403 404 409 422 424 429 502 504), or a broken answer.
        """
        raw = await self.exchange(request, connection, rules, safe=request.method in SAFE_METHODS if safe is None else safe)
        answer = msgspec.structs.replace(raw, body=decode_json(raw.content))
        self._refuse_inside(answer, connection, rules or connection.provider.errors)
        return answer

    async def exchange(
        self, request: ProviderRequest, connection: Connection, rules: ErrorRules | None, *, safe: bool
    ) -> ProviderAnswer:
        """Send with tries and deadline; the successful answer undecoded."""
        try:
            async with asyncio.timeout(self.limits.deadline):
                return await self._tries(request, connection, rules or connection.provider.errors, safe=safe)
        except TimeoutError:
            raise ProviderTimeout(f"{connection.provider.title} did not answer within {self.limits.deadline:g} s") from None

    async def pass_through(self, request: ProviderRequest, connection: Connection, content: bytes) -> ProviderAnswer:
        """One try, any status, the body as it came: for the proxy."""
        try:
            async with asyncio.timeout(self.limits.deadline):
                return await self._authorized(request, connection, content=content)
        except TimeoutError:
            raise ProviderTimeout(f"{connection.provider.title} did not answer within {self.limits.deadline:g} s") from None

    async def post(self, url: str, headers: dict[str, str], content: bytes, *, max_bytes: int) -> ProviderAnswer:
        """One unsigned POST, any status, the body as it came: for token endpoints, which no account signs.

        Raises httpx2's errors and those of the egress rules as they are; the caller bounds the time.
        """
        if httpx2.URL(url).scheme != "https" and not self._allow_http:
            raise ConfigurationError("expected an https URL; loopback needs UNIFIED_ALLOW_LOOPBACK")
        sent = {"Accept": "application/json", "Accept-Encoding": "gzip", **headers}
        async with self._http.stream("POST", url, headers=sent, content=content) as response:
            body = await self._read(response, max_bytes)
            names = {name.lower(): value for name, value in response.headers.items()}
            return ProviderAnswer(status=response.status_code, headers=names, body=None, content=body)

    async def _tries(
        self, request: ProviderRequest, connection: Connection, rules: ErrorRules, *, safe: bool
    ) -> ProviderAnswer:
        started = asyncio.get_running_loop().time()
        for attempt in range(1, MAX_TRIES + 1):
            try:
                answer = await self._authorized(request, connection)
                if answer.status < HTTPStatus.MULTIPLE_CHOICES or _unchanged(request, answer):
                    return answer
                problem = self._problem(answer, connection, rules)
                again = self._worth_another(answer.status, problem, connection.provider)
            except ProviderError as broken:
                problem, again = broken, True
            delay = self._delay(attempt, problem)
            left = self.limits.deadline - (asyncio.get_running_loop().time() - started)
            if not (safe and again) or attempt == MAX_TRIES or delay >= left:
                raise problem
            await self._sleep(delay)
        raise AssertionError("unreachable: the last try returns or raises")

    def _worth_another(self, status: int, problem: UnifiedError, provider: Provider) -> bool:
        return problem.code == "provider_rate_limited" or status in provider.retry.statuses

    def _delay(self, attempt: int, problem: UnifiedError) -> float:
        if problem.retry_after is not None:
            return problem.retry_after
        return self._jitter() * min(MAX_DELAY, BASE_DELAY * 2.0 ** (attempt - 1))

    def _problem(self, answer: ProviderAnswer, connection: Connection, rules: ErrorRules) -> UnifiedError:
        provider = connection.provider
        if 300 <= answer.status < 400:  # noqa: PLR2004
            return ProviderError(f"{provider.title} answered with a redirect ({answer.status}); it was not followed")
        return failure(provider, rules, self._refusal(answer, provider), _secrets(connection), self._reader)

    def _refuse_inside(self, answer: ProviderAnswer, connection: Connection, rules: ErrorRules) -> None:
        if rules.in_success is None:
            return
        refusal = self._refusal(answer, connection.provider)
        if failed_inside(rules, refusal, self._reader):
            raise failure(connection.provider, rules, refusal, _secrets(connection), self._reader)

    def _refusal(self, answer: ProviderAnswer, provider: Provider) -> Refusal:
        notes = rate_notes(provider.rate_limit, answer.headers, datetime.now(UTC))
        try:
            body = answer.body if answer.body is not None else decode_json(answer.content)
        except ProviderMalformed:
            body = None
        return Refusal(status=answer.status, headers=answer.headers, body=body, notes=notes)

    async def _authorized(self, request: ProviderRequest, connection: Connection, content: bytes = b"") -> ProviderAnswer:
        """One try with fresh credentials; a 401 did nothing at the provider, so any method may follow it once with new ones."""
        await connection.freshen()
        answer = await self._once(request, connection, content)
        if answer.status == HTTPStatus.UNAUTHORIZED and await connection.renew():
            return await self._once(request, connection, content)
        return answer

    async def _once(self, request: ProviderRequest, connection: Connection, content: bytes = b"") -> ProviderAnswer:
        prepared = self._prepare(request, connection, content)
        try:
            async with self._http.stream(**prepared) as response:
                body = await self._read(response)
                return ProviderAnswer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=None,
                    content=body,
                )
        except httpx2.TimeoutException:
            raise ProviderTimeout(f"{connection.provider.title} did not answer in time") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as problem:
            kind = type(problem).__name__
            raise ProviderError(f"{connection.provider.title} could not be reached or broke the connection ({kind})") from None

    async def _read(self, response: httpx2.Response, max_bytes: int | None = None) -> bytes:
        if "," in response.headers.get("content-encoding", ""):
            raise UpstreamTooLarge("the answer has stacked encodings; it was not opened")
        most = max_bytes or self.limits.max_bytes
        chunks, size = [], 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > most:
                raise UpstreamTooLarge(f"the answer has more than {most} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _prepare(self, request: ProviderRequest, connection: Connection, content: bytes) -> dict[str, Any]:
        url = self._url(request, connection)
        signature = sign(connection.provider, connection.open_credentials())
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        if request.body is not msgspec.UNSET:
            content = msgspec.json.encode(request.body)
            headers["Content-Type"] = "application/json"
        if not all(value.isascii() and value.isprintable() for value in signature.headers.values()):
            raise ConnectionUnauthorized("the account's credentials cannot be sent in a header; connect the account again")
        headers = _merged(headers, connection.provider.headers, _forwardable(request.headers), signature.headers)
        url = url.copy_merge_params((*request.query, *signature.query)) if request.query or signature.query else url
        return {"method": request.method, "url": url, "headers": headers, "content": content}

    def _url(self, request: ProviderRequest, connection: Connection) -> httpx2.URL:
        text = connection.link(request.path) if request.is_link else connection.base_url().rstrip("/") + request.path
        try:
            url = httpx2.URL(text)
        except httpx2.InvalidURL:
            kind = ProviderMalformed if request.is_link else MalformedRequest
            raise kind("path: it cannot be part of a URL; it was not sent") from None
        if url.scheme != "https" and not self._allow_http:
            raise ConfigurationError(
                f"{connection.provider.title}: expected an https URL; loopback needs UNIFIED_ALLOW_LOOPBACK"
            )
        if not request.is_link and _changed(url, text):
            raise InvalidId("the path was changed while the URL was made; it was not sent")
        return url


def _changed(url: httpx2.URL, text: str) -> bool:
    """Whether a part of the text was folded, cut off, or could be read as another separator."""
    return url.raw_path.count(b"/") != text.split("//", 1)[1].count("/") or bool({"#", "\\"} & set(text))


def _secrets(connection: Connection) -> tuple[str, ...]:
    return secrets_to_hide(connection.provider, connection.open_credentials())


def _forwardable(headers: dict[str, str]) -> dict[str, str]:
    """The headers that a mapping or caller may set, trimmed; MalformedRequest names one that cannot be sent."""
    given = {name: value.strip() for name, value in headers.items() if not _forbidden(name.lower())}
    for name, value in given.items():
        if not value.isascii() or not value.isprintable() or len(value) > MAX_HEADER:
            raise MalformedRequest(f"header {name}: expected at most {MAX_HEADER} printable ASCII characters")
    return given


def _forbidden(name: str) -> bool:
    return name in FORBIDDEN_HEADERS or name.startswith(FORBIDDEN_BEGINNINGS)


def _merged(*layers: dict[str, str]) -> dict[str, str]:
    """Headers laid over one another, whatever their spelling: each is sent once."""
    found = {name.lower(): (name, value) for layer in layers for name, value in layer.items()}
    return dict(found.values())


def _unchanged(request: ProviderRequest, answer: ProviderAnswer) -> bool:
    """Whether a write was answered with 304: some providers say so when the values were there already (HiBob)."""
    return answer.status == HTTPStatus.NOT_MODIFIED and request.method not in SAFE_METHODS


def decode_json(content: bytes) -> Any:
    """A provider's JSON, numbers exact; None for an empty body; ProviderMalformed says only what kind of thing is wrong."""
    content = content.removeprefix(b"\xef\xbb\xbf").strip()
    if not content:
        return None
    try:
        return msgspec.json.decode(content)
    except RecursionError:
        raise ProviderMalformed("the answer is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        kind = "HTML" if content[:1] == b"<" else "text"
        raise ProviderMalformed(f"expected JSON in UTF-8, got {kind} that is not JSON") from None
