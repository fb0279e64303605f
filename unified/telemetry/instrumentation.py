"""What is watched: each function gives a span and counts, so that a place in the code needs one of them only."""

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
    """What the block tells about itself before it ends."""

    status: int = 0
    route: str = "unknown"
    outcome: str = "failed"


@contextmanager
def observe_request(method: str, traceparent: str | None = None, clock: Clock = time.perf_counter) -> Iterator[Observation]:
    """A request: the block sets `route` (the template) and `status`; 0 stays when the caller was gone."""
    began, seen, verb = clock(), Observation(), metrics.known_method(method)
    with span(verb, "server", traceparent) as made:
        try:
            yield seen
        finally:
            made.name(f"{verb} {seen.route}")
            made.note(http__request__method=verb, http__route=seen.route, http__response__status_code=seen.status or None)
            if seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                made.fail()
            metrics.count_request(verb, seen.route, seen.status, clock() - began)


@contextmanager
def observe_call(provider: str, method: str, clock: Clock = time.perf_counter) -> Iterator[Observation]:
    """One try of a call to a provider: the block sets `status` when there was an answer."""
    began, seen, outcome, verb = clock(), Observation(), "failed", metrics.known_method(method)
    with span(f"{verb} {provider}", "client") as made:
        try:
            yield seen
            outcome = metrics.status_class(seen.status)
        except ProviderTimeout:
            outcome = "timeout"
            raise
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            made.note(unified__provider=provider, http__request__method=verb, unified__outcome=outcome)
            made.note(http__response__status_code=seen.status or None)
            metrics.count_call(provider, outcome, clock() - began)


@contextmanager
def observe_refresh(provider: str) -> Iterator[Observation]:
    """A refresh of an access token: the block sets `outcome`, one of `metrics.REFRESH_OUTCOMES`."""
    seen = Observation()
    with span(f"refresh {provider}", "client") as made:
        try:
            yield seen
        finally:
            made.note(unified__provider=provider, unified__outcome=seen.outcome)
            metrics.count_refresh(provider, seen.outcome)


@contextmanager
def observe_delivery() -> Iterator[Observation]:
    """An attempt to deliver a webhook: the block sets `outcome`, one of `metrics.DELIVERY_OUTCOMES`, and `status`."""
    seen = Observation(outcome="retried")
    with span("deliver webhook", "client") as made:
        try:
            yield seen
        finally:
            made.note(unified__outcome=seen.outcome, http__response__status_code=seen.status or None)
            metrics.count_delivery(seen.outcome)
