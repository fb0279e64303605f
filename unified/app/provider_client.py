"""The HTTP client for providers as the settings want it, with its limits on concurrent calls."""

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from unified.settings.settings import Settings
from unified.telemetry import metrics
from unified.transform.catalog import Catalog
from unified.transform.functions import callables
from unified.transport.client import Client, ClientLimits
from unified.transport.egress.addresses import egress_of
from unified.transport.network.networks import network_of_settings
from unified.transport.resilience.breaker import Breaker
from unified.transport.resilience.bulkhead import Bulkhead
from unified.transport.resilience.shared_slots import SharedSlots

if TYPE_CHECKING:
    import httpx2

    from unified.transport.network.httpx_network import HttpxNetwork
    from unified.transport.redis_link import RedisLink


LEASE_MARGIN_SECONDS = 5.0
"""How long after the longest possible call the slot of a dead worker becomes free again."""


def connect_redis(settings: Settings, closing: AsyncExitStack) -> "RedisLink | None":
    """Connect to the Redis that workers share, if one is set."""
    if not settings.redis_url:
        return None
    from unified.transport.redis_link import RedisLink, connect  # noqa: PLC0415 - its client takes 0.1 s and 10 MiB

    link = RedisLink(connect(settings.redis_url))
    closing.push_async_callback(link.close)
    return link


def bulkhead_of(settings: Settings, link: "RedisLink | None", closing: AsyncExitStack) -> Bulkhead:
    """Build the limits on concurrent calls, shared by all workers with Redis; a lease outlives the longest call."""
    shared = None
    if link is not None:
        shared = SharedSlots(
            link, max_slots=settings.account_concurrency, lease=settings.request_deadline + LEASE_MARGIN_SECONDS
        )
        closing.push_async_callback(shared.close)
    return Bulkhead(
        account_concurrency=settings.account_concurrency,
        account_queue=settings.account_queue,
        provider_concurrency=settings.provider_concurrency,
        shared=shared,
        on_wait=metrics.change_waiting,
    )


def client_of(settings: Settings, catalog: Catalog, network: "HttpxNetwork | None", bulkhead: Bulkhead) -> Client:
    """Build the HTTP client for providers, with as many connections as the bulkhead allows, so that no call waits for one."""
    limits = ClientLimits(
        deadline=settings.request_deadline,
        max_bytes=settings.upstream_max_bytes,
        connections=settings.provider_concurrency * max(1, len(catalog.providers())),
    )
    egress = egress_of(settings)
    breaker = Breaker(on_change=metrics.change_open_circuits)
    carried_by = network or network_of_settings(settings, connections=limits.connections)
    return Client(limits, egress=egress, functions=callables(), network=carried_by, breaker=breaker, bulkhead=bulkhead)


def network_of(transport: "httpx2.AsyncBaseTransport | None") -> "HttpxNetwork | None":
    """Return what replaces the network, if anything does."""
    if transport is None:
        return None
    from unified.transport.network.httpx_network import HttpxNetwork  # noqa: PLC0415 - loads httpx2, which a server does without

    return HttpxNetwork(transport)
