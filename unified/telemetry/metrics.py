"""Prometheus metrics: counts and times with few, bounded labels. No tenant, account, key or id is ever a label.

With several workers, each writes into files of one private folder (`PROMETHEUS_MULTIPROC_DIR`, which prometheus_client
reads when it is imported; `unified serve` sets it for its workers), and a scrape of any worker adds them up.
"""

import os
from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from unified.version import __version__

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4"
"""Prometheus exposition format; the web framework adds the charset."""
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CALL_OUTCOMES = ("2xx", "3xx", "4xx", "5xx", "timeout", "failed", "interrupted")
"""How a call to a provider ended: class of its status, or no response; `interrupted`: deadline passed, or client gone."""
REFRESH_OUTCOMES = ("refreshed", "needs_reauth", "failed")
DELIVERY_OUTCOMES = ("delivered", "retried", "given_up", "disabled")
MAX_NAMES = 300
"""Providers and routes with separate labels; there are far fewer, and any beyond that count as `other`."""
MAX_SERIES = 1_000
"""Counters found without a search for their labels; others are searched for."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REGISTRY = CollectorRegistry()
REQUESTS = Counter("unified_requests_total", "Requests answered.", ["method", "route", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "unified_request_seconds", "Time to answer a request.", ["method", "route"], registry=REGISTRY, buckets=_SECONDS
)
CALLS = Counter("unified_provider_calls_total", "Calls to providers.", ["provider", "outcome"], registry=REGISTRY)
CALL_SECONDS = Histogram(
    "unified_provider_call_seconds", "Time of a call to a provider.", ["provider"], registry=REGISTRY, buckets=_SECONDS
)
REFRESHES = Counter("unified_token_refreshes_total", "Refreshes of access tokens.", ["provider", "outcome"], registry=REGISTRY)
OPEN_CIRCUITS = Gauge(
    "unified_open_circuits",
    "Accounts with calls that are paused after failures.",
    ["provider"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
CALLS_WAITING = Gauge(
    "unified_calls_waiting",
    "Calls that wait for a free slot at a provider.",
    ["provider"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
DELIVERIES = Counter("unified_webhook_deliveries_total", "Attempts to deliver a webhook.", ["outcome"], registry=REGISTRY)
AUDIT_WAITING = Gauge(
    "unified_audit_rows_waiting", "Audit rows not yet written.", registry=REGISTRY, multiprocess_mode="livesum"
)
DISABLED = Gauge(
    "unified_provider_disabled",
    "1 for a provider whose data files could not be loaded, 0 for the others.",
    ["provider"],
    registry=REGISTRY,
    multiprocess_mode="livemax",
)
BUILD = Gauge("unified_build_info", "1, with the version that runs.", ["version"], registry=REGISTRY, multiprocess_mode="max")
BUILD.labels(__version__).set(1)
_names: dict[str, set[str]] = {"provider": set(), "route": set()}


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request and its time; the status is 0 when the client went away."""
    count, times = _of_request(known_method(method), _name("route", route), _status(status))
    count.inc()
    times.observe(seconds)


@lru_cache(maxsize=MAX_SERIES)
def _of_request(verb: str, template: str, status: str) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(verb, template, status), REQUEST_SECONDS.labels(verb, template)


def count_call(provider: str, outcome: str, seconds: float) -> None:
    """Count one attempt of a call to a provider and its time; `outcome` is one of `CALL_OUTCOMES`."""
    count, times = _of_call(_name("provider", provider), _listed(outcome, CALL_OUTCOMES))
    count.inc()
    times.observe(seconds)


@lru_cache(maxsize=MAX_SERIES)
def _of_call(provider: str, outcome: str) -> tuple[Counter, Histogram]:
    return CALLS.labels(provider, outcome), CALL_SECONDS.labels(provider)


def count_refresh(provider: str, outcome: str) -> None:
    """Count a refresh of an access token; `outcome` is one of `REFRESH_OUTCOMES`."""
    REFRESHES.labels(_name("provider", provider), _listed(outcome, REFRESH_OUTCOMES)).inc()


def count_delivery(outcome: str) -> None:
    """Count an attempt to deliver a webhook; `outcome` is one of `DELIVERY_OUTCOMES`."""
    DELIVERIES.labels(_listed(outcome, DELIVERY_OUTCOMES)).inc()


def change_open_circuits(provider: str, by: int) -> None:
    """Count a circuit that opened (1) or closed (-1)."""
    OPEN_CIRCUITS.labels(_name("provider", provider)).inc(by)


def change_waiting(provider: str, by: int) -> None:
    """Count a call that began to wait (1) or stopped waiting (-1)."""
    CALLS_WAITING.labels(_name("provider", provider)).inc(by)


def set_disabled(loaded: Iterable[str], disabled: Iterable[str]) -> None:
    """Set which providers could be loaded when this process started, and which could not."""
    for names, value in ((loaded, 0), (disabled, 1)):
        for name in names:
            DISABLED.labels(_name("provider", name)).set(value)


def set_audit_waiting(rows: int) -> None:
    """Set how many audit rows this process has not yet written."""
    AUDIT_WAITING.set(rows)


def exposition() -> bytes:
    """Return all metrics as text (Prometheus exposition format 0.0.4): of this process, or of all workers together."""
    if SHARED_FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def known_method(method: str) -> str:
    """Return the HTTP method, or `OTHER` in capitals for an unknown one: a client may send any word."""
    return method if method in METHODS else OTHER.upper()


def status_class(status: int) -> str:
    """Return the class of a status, such as `2xx` for 200, by which calls to providers are counted."""
    return _listed(f"{status // 100}xx", CALL_OUTCOMES)


def _status(status: int) -> str:
    return str(status) if 100 <= status < 600 else "none"  # noqa: PLR2004 - RFC 9110, 15


def _listed(word: str, words: Iterable[str]) -> str:
    return word if word in words else OTHER


def _name(kind: str, name: str) -> str:
    known = _names[kind]
    if name not in known:
        if len(known) >= MAX_NAMES:
            return OTHER
        known.add(name)
    return name
