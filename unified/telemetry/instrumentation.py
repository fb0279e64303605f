"""Instrumentation: each function opens a span and updates the metrics, so that a call site needs only one of them."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http import HTTPStatus
from types import TracebackType

import msgspec

from unified.errors.providers import ProviderTimeout
from unified.telemetry import metrics
from unified.telemetry.recording import record_call
from unified.telemetry.traces import Span, span


class Observation(msgspec.Struct, kw_only=True):
    """The fields that the block reports about itself before it ends."""

    status: int = 0
    route: str = "unknown"
    outcome: str = "failed"


End = Callable[[Span, Observation, BaseException | None], None]
"""The function that is called at the end of a block, with the exception that it ends in."""


class Observed:
    """A block under observation: it gets the observation to fill in, and at its end the span and the metrics are updated."""

    __slots__ = ("_end", "_observation", "_opened", "_span")

    def __init__(self, opened: AbstractContextManager[Span], observation: Observation, end: End) -> None:
        self._opened = opened
        self._observation = observation
        self._end = end

    def __enter__(self) -> Observation:
        self._span = self._opened.__enter__()
        return self._observation

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._end(self._span, self._observation, problem)
        finally:
            self._opened.__exit__(kind, problem, trace)


def observe_request(method: str, traceparent: str | None = None) -> Observed:
    """Observe a request; the block sets `route` (the template) and `status`, which stays 0 when the client went away."""
    began, verb = time.perf_counter(), metrics.known_method(method)

    def end(opened: Span, seen: Observation, _problem: BaseException | None) -> None:
        opened.name(f"{verb} {seen.route}")
        opened.note(http__request__method=verb, http__route=seen.route, http__response__status_code=seen.status or None)
        if seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            opened.fail()
        metrics.count_request(verb, seen.route, seen.status, time.perf_counter() - began)

    return Observed(span(verb, "server", traceparent), Observation(), end)


def observe_call(provider: str, method: str) -> Observed:
    """Observe one attempt of a call to a provider; the block sets `status` when there was a response."""
    began, verb = time.perf_counter(), metrics.known_method(method)

    def end(opened: Span, seen: Observation, problem: BaseException | None) -> None:
        outcome = _outcome(seen.status, problem)
        opened.note(
            unified__provider=provider,
            http__request__method=verb,
            unified__outcome=outcome,
            http__response__status_code=seen.status or None,
        )
        seconds = time.perf_counter() - began
        metrics.count_call(provider, outcome, seconds)
        record_call(provider, seen.status, seconds)

    return Observed(span(f"{verb} {provider}", "client"), Observation(), end)


def _outcome(status: int, problem: BaseException | None) -> str:
    if problem is None:
        return metrics.status_class(status)
    if isinstance(problem, ProviderTimeout):
        return "timeout"
    return "interrupted" if isinstance(problem, asyncio.CancelledError) else "failed"


def observe_refresh(provider: str) -> Observed:
    """Observe a refresh of an access token; the block sets `outcome`, one of `metrics.REFRESH_OUTCOMES`."""

    def end(opened: Span, seen: Observation, _problem: BaseException | None) -> None:
        opened.note(unified__provider=provider, unified__outcome=seen.outcome)
        metrics.count_refresh(provider, seen.outcome)

    return Observed(span(f"refresh {provider}", "client"), Observation(), end)


def observe_delivery() -> Observed:
    """Observe an attempt to deliver a webhook; the block sets `outcome`, one of `metrics.DELIVERY_OUTCOMES`, and `status`."""

    def end(opened: Span, seen: Observation, _problem: BaseException | None) -> None:
        opened.note(unified__outcome=seen.outcome, http__response__status_code=seen.status or None)
        metrics.count_delivery(seen.outcome)

    return Observed(span("deliver webhook", "client"), Observation(outcome="retried"), end)
