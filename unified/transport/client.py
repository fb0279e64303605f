"""Sending one call: signed, within a deadline and a size, retried only where safe, with refusals mapped to our errors."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus

import msgspec

from unified.catalog.provider import ErrorRules, Provider
from unified.catalog.wire import ProviderAnswer, ProviderRequest
from unified.effects import note_effect
from unified.errors.error import UnifiedError
from unified.errors.providers import CircuitOpen, ProviderError, ProviderMalformed, ProviderTimeout, UpstreamTooLarge
from unified.errors.service import Overloaded
from unified.telemetry.instrumentation import observe_call
from unified.transport.auth import secrets_to_hide
from unified.transport.bodies.encodings import DECODERS
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.egress.url_policy import check_target
from unified.transport.error_mapping import ErrorReader, Functions, Refusal, failed_inside, failure
from unified.transport.heavy_work import HeavyWork
from unified.transport.http1.certificates import Certificate
from unified.transport.http1.failures import WireError, WireTimeout
from unified.transport.http1.messages import Network, Outgoing
from unified.transport.http1.urls import split_url
from unified.transport.rate_limit_headers import rate_notes
from unified.transport.repeated_secrets import without_secrets
from unified.transport.request_building import prepare
from unified.transport.resilience.breaker import Breaker
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.rate_limit_cache import SeenLimit, SeenLimits
from unified.transport.resilience.retry_budget import RetryBudget
from unified.transport.webhook_client import WebhookAnswer, WebhookRequest, post_webhook

SAFE_METHODS = frozenset({"GET", "HEAD"})
MAX_TRIES = 3
BASE_DELAY_SECONDS, MAX_DELAY_SECONDS = 0.5, 8.0
CALL_TIME_SHARE = 0.1
"""Share of the deadline that is reserved for the call itself, so that no call waits in a queue until it has no time left."""
Sleep = Callable[[float], Awaitable[None]]
_JITTER = random.SystemRandom()


class ClientLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of one call."""

    deadline: float = 30.0
    """Seconds for the call with all its attempts."""
    max_bytes: int = 8 * 1024 * 1024
    """Bytes of a response, decoded."""
    connections: int = 200


class Client:
    """The HTTP client of the whole process: one pool of guarded connections.

    In tests, `network` replaces the pool; the URL policy still applies.
    """

    def __init__(
        self,
        limits: ClientLimits | None = None,
        *,
        egress: Egress | None = None,
        functions: Functions | None = None,
        network: Network | None = None,
        sleep: Sleep = asyncio.sleep,
        jitter: Callable[[], float] = _JITTER.random,
        breaker: Breaker | None = None,
        bulkhead: Bulkhead | None = None,
        budget: RetryBudget | None = None,
    ) -> None:
        self.limits = limits or ClientLimits()
        self._egress = egress or Egress()
        self.breaker = breaker or Breaker()
        self.bulkhead = bulkhead or Bulkhead()
        self._budget = budget or RetryBudget()
        self._limits_seen = SeenLimits()
        self.heavy = HeavyWork()
        self._reader = ErrorReader(functions or {})
        self._sleep = sleep
        self._jitter = jitter
        self.network = network or open_network(Guard(self._egress), connections=self.limits.connections)

    async def close(self) -> None:
        """Close every connection."""
        await self.network.close()
        self.heavy.close()

    async def send(
        self,
        request: ProviderRequest,
        connection: Connection,
        rules: ErrorRules | None = None,
        *,
        safe: bool | None = None,
    ) -> ProviderAnswer:
        """Send one call and decode its response.

        Args:
            request: What to send, without credentials.
            connection: The account's connection to the provider.
            rules: How to read errors of this call; by default, the provider's rules.
            safe: Whether it may be sent again; by default, its method decides (a search by POST is safe).

        Raises:
            UnifiedError: The provider refused (403 404 409 422 424 429 502 504), or its response is unusable.
        """
        self._budget.count_call(connection.account_id)
        rules = rules or connection.provider.errors
        raw = await self._with_retries(
            request, connection, rules, safe=request.method in SAFE_METHODS if safe is None else safe
        )
        answer = await self._decoded(raw, request, connection)
        if rules.in_success is not None:
            await self.heavy.run(len(raw.content), connection.tenant_id, self._refuse_inside, answer, connection, rules)
        return answer

    async def pass_through(self, request: ProviderRequest, connection: Connection, content: bytes) -> ProviderAnswer:
        """Send once and return any status, with the body unchanged but for the account's secrets; for the pass-through."""
        self._budget.count_call(connection.account_id)
        ends = _now() + self.limits.deadline
        answer, used = await self._attempt(request, connection, ends, content=content)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            await self._check_account(used, ends)
        return without_secrets(answer, _secrets(used))

    def limits_of(self, account_id: str) -> SeenLimit | None:
        """Return the provider's last reported limit for the account, if this worker saw one and it is still current."""
        return self._limits_seen.get(account_id)

    async def post(
        self, url: str, headers: dict[str, str], content: bytes, *, max_bytes: int, certificate: Certificate | None = None
    ) -> ProviderAnswer:
        """Send one unsigned POST and return any status, with the body unchanged; for token endpoints, where no account signs.

        Errors of the wire and of the egress policy pass through; the caller bounds the time.
        """
        check_target(url, self._egress)
        sent = {"Accept": "application/json", "Accept-Encoding": "gzip", **headers}
        outgoing = Outgoing(method="POST", url=split_url(url), headers=sent, content=content, certificate=certificate)
        return await self.network.send(outgoing, max_bytes=max_bytes)

    async def send_webhook(self, request: WebhookRequest) -> WebhookAnswer:
        """Send one attempt of a webhook through the same pool; a failure is returned, not raised."""
        return await post_webhook(self.network, request)

    async def _with_retries(
        self, request: ProviderRequest, connection: Connection, rules: ErrorRules, *, safe: bool
    ) -> ProviderAnswer:
        ends = _now() + self.limits.deadline
        problem: UnifiedError | None = None
        for attempt in range(1, MAX_TRIES + 1):
            try:
                answer, used = await self._attempt(request, connection, ends)
                if answer.status < HTTPStatus.MULTIPLE_CHOICES or answer.status in rules.empty or _unchanged(request, answer):
                    return answer
                if answer.status == HTTPStatus.UNAUTHORIZED:
                    await self._check_account(used, ends)
                refusal = await self._decoded_if_possible(answer, request, used)
                problem = await self.heavy.run(len(answer.content), used.tenant_id, self._problem, refusal, used, rules)
                again = self._is_retryable(answer.status, problem, connection.provider)
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
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _decoded(self, answer: ProviderAnswer, request: ProviderRequest, connection: Connection) -> ProviderAnswer:
        decode = DECODERS[request.receives]
        body = await self.heavy.run(len(answer.content), connection.tenant_id, decode, answer.content)
        return msgspec.structs.replace(answer, body=body)

    async def _decoded_if_possible(
        self, answer: ProviderAnswer, request: ProviderRequest, connection: Connection
    ) -> ProviderAnswer:
        """Return a refusal with its body decoded, if it has the form of the call's responses."""
        try:
            return await self._decoded(answer, request, connection)
        except (ProviderMalformed, UpstreamTooLarge):
            return answer

    async def _attempt(
        self, request: ProviderRequest, connection: Connection, ends: float, content: bytes = b""
    ) -> tuple[ProviderAnswer, Connection]:
        """Send once within a slot, unless the account is paused. The slot is free while the next attempt is waited for."""
        account_id, provider = connection.account_id, connection.provider
        self.breaker.refuse(account_id, provider.title)  # before waiting in the queue, which may be long
        until = ends - self.limits.deadline * CALL_TIME_SHARE
        owners = {"tenant_id": connection.tenant_id, "requester": connection.requester}
        async with self.bulkhead.slot(account_id, provider.name, until, **owners):
            enough_time = ends - _now() >= self.limits.deadline / 2
            with self.breaker.attempt(account_id, provider.title, provider=provider.name, enough_time=enough_time) as attempt:
                try:
                    async with asyncio.timeout_at(ends):
                        answer, used = await self._authorized(request, connection, content)
                except TimeoutError:
                    raise ProviderTimeout(f"{provider.title} did not answer within {self.limits.deadline:g} s") from None
                attempt.answered(answer.status)
        if provider.rate_limit.remaining:
            self._limits_seen.put(account_id, rate_notes(provider.rate_limit, answer.headers, datetime.now(UTC)))
        return answer, used

    async def _check_account(self, used: Connection, ends: float) -> None:
        """Let the service find out whether the account is lost, outside of the call's slot and within its deadline."""
        if used.refused is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(ends):
                    await used.refused()

    def _is_retryable(self, status: int, problem: UnifiedError, provider: Provider) -> bool:
        return problem.code == "provider_rate_limited" or status in provider.retry.statuses

    def _delay(self, attempt: int, problem: UnifiedError) -> float:
        if problem.retry_after is not None:
            return problem.retry_after
        return self._jitter() * min(MAX_DELAY_SECONDS, BASE_DELAY_SECONDS * 2.0 ** (attempt - 1))

    def _problem(self, answer: ProviderAnswer, connection: Connection, rules: ErrorRules) -> UnifiedError:
        provider = connection.provider
        if 300 <= answer.status < 400:  # noqa: PLR2004
            return ProviderError(f"{provider.title} answered with a redirect ({answer.status}), which is not followed")
        return failure(provider, rules, self._refusal(answer, provider), _secrets(connection), self._reader)

    def _refuse_inside(self, answer: ProviderAnswer, connection: Connection, rules: ErrorRules) -> None:
        refusal = self._refusal(answer, connection.provider)
        if failed_inside(rules, refusal, self._reader):
            raise failure(connection.provider, rules, refusal, _secrets(connection), self._reader)

    def _refusal(self, answer: ProviderAnswer, provider: Provider) -> Refusal:
        notes = rate_notes(provider.rate_limit, answer.headers, datetime.now(UTC))
        return Refusal(status=answer.status, headers=answer.headers, body=answer.body, notes=notes)

    async def _authorized(
        self, request: ProviderRequest, connection: Connection, content: bytes = b""
    ) -> tuple[ProviderAnswer, Connection]:
        """Send with current credentials, and again with renewed ones after a 401.

        A request refused with 401 had no effect, so any method may be repeated.

        Returns:
            The response, and the connection that was used: its secrets must be hidden.
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
        title = connection.provider.title
        with observe_call(connection.provider.name, request.method) as observation:
            outgoing = prepare(request, connection, content, self._egress)
            if request.method not in SAFE_METHODS:
                note_effect()
            try:
                answer = await self.network.send(outgoing, max_bytes=self.limits.max_bytes)
            except WireTimeout:
                raise ProviderTimeout(f"{title} did not answer in time") from None
            except WireError as problem:
                kind = type(problem).__name__
                raise ProviderError(f"{title} could not be reached or closed the connection ({kind})") from None
            observation.status = answer.status
            return answer


def _now() -> float:
    """Return the event loop's time, in which deadlines are measured."""
    return asyncio.get_running_loop().time()


def _secrets(connection: Connection) -> tuple[str, ...]:
    return secrets_to_hide(connection.provider, connection.open_credentials(), connection.installation)


def _unchanged(request: ProviderRequest, answer: ProviderAnswer) -> bool:
    """Return whether a write was answered with 304: some providers do so when the values are already there."""
    return answer.status == HTTPStatus.NOT_MODIFIED and request.method not in SAFE_METHODS
