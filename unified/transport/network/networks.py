"""The network that the settings ask for, through which every call leaves: our own pool, httpx2, or httpx2 with a proxy."""

import ssl
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from unified.settings.egress_proxy import refuse_unused_proxy_settings
from unified.settings.settings import Settings
from unified.transport.egress.addresses import Egress, egress_of
from unified.transport.egress.backend import DNS_TIMEOUT_SECONDS, Guard
from unified.transport.egress.network import open_network
from unified.transport.egress.trust import machine_certificates
from unified.transport.http1.messages import Network

if TYPE_CHECKING:
    from unified.transport.network.httpx_pool.network import EgressProxy

PROXY_DNS_SECONDS = 2.0
"""How long this machine's resolver is asked where the proxy resolves names itself; there may be none that answers."""


def network_of_settings(settings: Settings, *, connections: int) -> Network:
    """Return the network for these settings.

    Raises:
        ConfigurationError: A setting of a proxy has no effect.
    """
    refuse_unused_proxy_settings(settings)
    egress = egress_of(settings)
    tls = partial(machine_certificates, besides=settings.egress_ca_file)
    if settings.http_client == "unified" and settings.egress_proxy is None:
        return open_network(Guard(egress), connections=connections, tls=tls)
    from unified.transport.network.httpx_pool.network import HttpxPool  # noqa: PLC0415 - loads httpx2, which others do without

    return HttpxPool(Guard(egress), connections=connections, tls=tls, proxy=proxy_of(settings, egress))


def proxy_of(settings: Settings, egress: Egress) -> "EgressProxy | None":
    """Return the proxy of these settings, or None. Nothing on its own machine is asked of it: that is not this one."""
    if settings.egress_proxy is None:
        return None
    import httpcore2  # noqa: PLC0415 - only with a proxy

    from unified.transport.network.httpx_pool.network import EgressProxy  # noqa: PLC0415 - loads httpx2

    user, _, password = settings.egress_proxy_credentials.partition(":")
    proxy = httpcore2.Proxy(settings.egress_proxy, auth=(user, password) if user else None, ssl_context=_tls_to_proxy(settings))
    limit = PROXY_DNS_SECONDS if settings.egress_proxy_resolves else DNS_TIMEOUT_SECONDS
    guard = Guard(msgspec.structs.replace(egress, allow_loopback=False), dns_limit=limit)
    return EgressProxy(proxy=proxy, guard=guard, resolves=settings.egress_proxy_resolves)


def _tls_to_proxy(settings: Settings) -> ssl.SSLContext | None:
    if settings.egress_proxy is None or settings.egress_proxy.startswith("http://"):
        return None
    own = settings.egress_proxy_ca_file
    context = machine_certificates() if own is None else ssl.create_default_context(cafile=own)
    if settings.egress_proxy_certificate_file is not None:
        context.load_cert_chain(settings.egress_proxy_certificate_file)
    return context
