"""Instrumentation: each function opens a span and updates the metrics, so that a call site needs only one of them."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import msgspec

from unified.errors import ProviderTimeout
from unified.telemetry import metrics
from unified.telemetry.traces import span

Clock = Callable[[], float]


class Observation(msgspec.Struct, kw_only=True):
    """What the block reports about itself before it ends."""

    status: int = 0
    route: str = "unknown"
    outcome: str = "failed"


@contextmanager
def observe_request(method: str, traceparent: str | None = None, clock: Clock = time.perf_counter) -> Iterator[Observation]:
    """Observe a request; the block sets `route` (the template) and `status`, which stays 0 when the client went away."""
    began, observation, verb = clock(), Observation(), metrics.known_method(method)
    with span(verb, "server", traceparent) as opened:
        try:
            yield observation
        finally:
            route, status = observation.route, observation.status
            opened.name(f"{verb} {route}")
            opened.note(http__request__method=verb, http__route=route, http__response__status_code=status or None)
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                opened.fail()
            metrics.count_request(verb, route, status, clock() - began)


@contextmanager
def observe_call(provider: str, method: str, clock: Clock = time.perf_counter) -> Iterator[Observation]:
    """Observe one attempt of a call to a provider; the block sets `status` when there was a response."""
    began, observation, outcome, verb = clock(), Observation(), "failed", metrics.known_method(method)
    with span(f"{verb} {provider}", "client") as opened:
        try:
            yield observation
            outcome = metrics.status_class(observation.status)
        except ProviderTimeout:
            outcome = "timeout"
            raise
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            opened.note(unified__provider=provider, http__request__method=verb, unified__outcome=outcome)
            opened.note(http__response__status_code=observation.status or None)
            metrics.count_call(provider, outcome, clock() - began)


@contextmanager
def observe_refresh(provider: str) -> Iterator[Observation]:
    """Observe a refresh of an access token; the block sets `outcome`, one of `metrics.REFRESH_OUTCOMES`."""
    observation = Observation()
    with span(f"refresh {provider}", "client") as opened:
        try:
            yield observation
        finally:
            opened.note(unified__provider=provider, unified__outcome=observation.outcome)
            metrics.count_refresh(provider, observation.outcome)


@contextmanager
def observe_delivery() -> Iterator[Observation]:
    """Observe an attempt to deliver a webhook; the block sets `outcome`, one of `metrics.DELIVERY_OUTCOMES`, and `status`."""
    observation = Observation(outcome="retried")
    with span("deliver webhook", "client") as opened:
        try:
            yield observation
        finally:
            opened.note(unified__outcome=observation.outcome, http__response__status_code=observation.status or None)
            metrics.count_delivery(observation.outcome)
