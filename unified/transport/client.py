"""Sends one call: signed, within a deadline and a size, retried only where that is safe, its refusal made ours."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

import httpx2
import msgspec

from unified.catalog.provider import ErrorRules, Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.errors import (
    CircuitOpen,
    Overloaded,
    ProviderError,
    ProviderMalformed,
    ProviderTimeout,
    UnifiedError,
)
from unified.telemetry.instrumentation import observe_call
from unified.transport.auth import secrets_to_hide
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import GuardedTransport, open_http
from unified.transport.egress.url_policy import check_target
from unified.transport.error_mapping import ErrorReader, Functions, Refusal, failed_inside, failure
from unified.transport.rate_limit_headers import rate_notes
from unified.transport.request_building import prepare
from unified.transport.resilience.breaker import Breaker
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.rate_limit_cache import SeenLimit, SeenLimits
from unified.transport.resilience.retry_budget import RetryBudget
from unified.transport.response_body import check_head, decode_json, read_body
from unified.transport.webhook_client import WebhookAnswer, WebhookRequest, post_webhook

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_TRIES = 3
BASE_DELAY, MAX_DELAY = 0.5, 8.0
TIME_TO_CALL = 0.1
"""Share of the deadline that is kept for the call itself: nobody stands in line so long that no time is left to be answered."""
Sleep = Callable[[float], Awaitable[None]]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one call."""

    deadline: float = 30.0
    """Seconds for the call with all its tries."""
    max_bytes: int = 8 * 1024 * 1024
    """Decoded bytes of an answer."""
    connections: int = 200


class Client:
    """The HTTP client of the whole process: one pool of guarded connections.

    `transport` replaces the network, in tests; the rules for URLs hold with it too.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        egress: Egress | None = None,
        functions: Functions | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        breaker: Breaker | None = None,
        bulkhead: Bulkhead | None = None,
        budget: RetryBudget | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._egress = egress or Egress()
        self.breaker = breaker or Breaker()
        self.bulkhead = bulkhead or Bulkhead()
        self._budget = budget or RetryBudget()
        self._seen = SeenLimits()
        self._reader = ErrorReader(functions or {})
        self._sleep = sleep
        self._jitter = jitter
        self._http = open_http(transport or self._guarded(), deadline=self.limits.deadline)

    def _guarded(self) -> GuardedTransport:
        guard = Guard(self._egress)
        return GuardedTransport(guard, connections=self.limits.connections, max_bytes=self.limits.max_bytes)

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
        self._budget.called(connection.account_id)
        return await self._tries(request, connection, rules or connection.provider.errors, safe=safe)

    async def pass_through(self, request: ProviderRequest, connection: Connection, content: bytes) -> ProviderAnswer:
        """One try, any status, the body as it came: for the proxy."""
        self._budget.called(connection.account_id)
        ends = _now() + self.limits.deadline
        answer, used = await self._try(request, connection, ends, content=content)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self._doubt(used, ends)
        return answer

    def limits_of(self, account_id: str) -> SeenLimit | None:
        """What the account's provider last said of its limits, as far as this worker heard it and it still holds."""
        return self._seen.of(account_id)

    async def post(self, url: str, headers: dict[str, str], content: bytes, *, max_bytes: int) -> ProviderAnswer:
        """One unsigned POST, any status, the body as it came: for token endpoints, which no account signs.

        Raises httpx2's errors and those of the egress rules as they are; the caller bounds the time.
        """
        check_target(url, self._egress)
        sent = {"Accept": "application/json", "Accept-Encoding": "gzip", **headers}
        async with self._http.stream("POST", url, headers=sent, content=content) as response:
            check_head(response)
            body = await read_body(response, max_bytes)
            names = {name.lower(): value for name, value in response.headers.items()}
            return ProviderAnswer(status=response.status_code, headers=names, body=None, content=body)

    async def send_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """Send one attempt of a webhook through the same pool; a failure is told, not raised."""
        return await post_webhook(self._http, request)

    async def _tries(
        self, request: ProviderRequest, connection: Connection, rules: ErrorRules, *, safe: bool
    ) -> ProviderAnswer:
        ends = _now() + self.limits.deadline
        problem: UnifiedError | None = None
        for attempt in range(1, MAX_TRIES + 1):
            try:
                answer, used = await self._try(request, connection, ends)
                if answer.status < HTTPStatus.MULTIPLE_CHOICES or _unchanged(request, answer):
                    return answer
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    await self._doubt(used, ends)
                problem = self._problem(answer, used, rules)
                again = self._worth_another(answer.status, problem, connection.provider)
            except ProviderError as broken:
                problem, again = broken, True
            except (CircuitOpen, Overloaded) as refused:
                raise problem or refused from None
            delay = self._delay(attempt, problem)
            if not (safe and again) or attempt == MAX_TRIES or delay >= ends - _now():
                raise problem
            if not self._budget.take(connection.account_id):
                raise problem
            await self._sleep(delay)
        raise AssertionError("unreachable: the last try returns or raises")

    async def _try(
        self, request: ProviderRequest, connection: Connection, ends: float, content: bytes = b""
    ) -> tuple[ProviderAnswer, Connection]:
        """One try within a slot, unless the account is paused. The slot is free again while the next try is waited for."""
        account_id, provider = connection.account_id, connection.provider
        self.breaker.refuse(account_id, provider.title)  # before standing in line; the line may be long
        async with self.bulkhead.slot(account_id, provider.name, ends - self.limits.deadline * TIME_TO_CALL):
            enough_time = ends - _now() >= self.limits.deadline / 2
            with self.breaker.attempt(account_id, provider.title, provider=provider.name, enough_time=enough_time) as attempt:
                answer, used = await self._in_time(request, connection, ends, content)
                attempt.answered(answer.status)
        if provider.rate_limit.remaining:
            self._seen.saw(account_id, rate_notes(provider.rate_limit, answer.headers, datetime.now(UTC)))
        return answer, used

    async def _doubt(self, used: Connection, ends: float) -> None:
        """Let it be found out whether the account is lost, outside of the call's slot and within its time; then go on."""
        if used.refused is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(ends):
                    await used.refused()

    async def _in_time(
        self, request: ProviderRequest, connection: Connection, ends: float, content: bytes
    ) -> tuple[ProviderAnswer, Connection]:
        try:
            async with asyncio.timeout_at(ends):
                return await self._authorized(request, connection, content)
        except TimeoutError:
            raise ProviderTimeout(f"{connection.provider.title} did not answer within {self.limits.deadline:g} s") from None

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

    async def _authorized(
        self, request: ProviderRequest, connection: Connection, content: bytes = b""
    ) -> tuple[ProviderAnswer, Connection]:
        """One try with fresh credentials, and with others after a 401: that did nothing, so any method may be sent again.

        Answers also the connection as it was used, whose secrets are to be hidden.
        """
        used = connection if connection.fresh is None else await connection.fresh()
        refusals = 0
        while True:
            answer = await self._once(request, used, content)
            if answer.status != HTTPStatus.UNAUTHORIZED or used.renew is None:
                return answer, used
            refusals += 1
            other = await used.renew(refusals)
            if other is None:
                return answer, used
            used = other

    async def _once(self, request: ProviderRequest, connection: Connection, content: bytes = b"") -> ProviderAnswer:
        with observe_call(connection.provider.name, request.method) as seen:
            answer = await self._sent(request, connection, content)
            seen.status = answer.status
            return answer

    async def _sent(self, request: ProviderRequest, connection: Connection, content: bytes) -> ProviderAnswer:
        sent = prepare(request, connection, content, self._egress)
        try:
            async with self._http.stream(**sent.parts()) as response:
                check_head(response)
                body = await read_body(response, self.limits.max_bytes)
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


def _now() -> float:
    """The time of the loop, by which deadlines are kept."""
    return asyncio.get_running_loop().time()


def _secrets(connection: Connection) -> tuple[str, ...]:
    return secrets_to_hide(connection.provider, connection.open_credentials())


def _unchanged(request: ProviderRequest, answer: ProviderAnswer) -> bool:
    """Whether a write was answered with 304: some providers say so when the values were there already."""
    return answer.status == HTTPStatus.NOT_MODIFIED and request.method not in SAFE_METHODS
