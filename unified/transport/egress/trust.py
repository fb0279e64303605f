"""Which certificates connections trust, and which they show."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

from unified.transport.http1.certificates import Certificate, load_certificate

MakeContext = Callable[[], ssl.SSLContext]
Contexts = Callable[[Certificate | None], Awaitable[ssl.SSLContext]]
"""Returns the context of connections that show a certificate, or none."""


def contexts(make: MakeContext | None = None) -> Contexts:
    """Return the function that gives each connection its context: a shared one, or a separate one with a certificate.

    `make` makes a context that trusts the right certificates; by default, those of the machine.
    """

    @cache
    def shared() -> ssl.SSLContext:
        return context()

    def context() -> ssl.SSLContext:
        made = (make or machine_certificates)()
        made.set_alpn_protocols(["http/1.1"])
        return made

    def identified(certificate: Certificate) -> ssl.SSLContext:
        made = context()
        load_certificate(made, certificate)
        return made

    async def of(certificate: Certificate | None) -> ssl.SSLContext:
        if certificate is None:
            return shared()
        return await asyncio.to_thread(identified, certificate)  # separate, so that no key outlives its connection

    return of


def machine_certificates(*, besides: Path | None = None) -> ssl.SSLContext:
    """Return a context that trusts the certificates of the machine, whatever SSL_CERT_FILE says, and those of a file."""
    import httpx2  # noqa: PLC0415 - 60 ms and 5 MiB for this function: loaded with the first connection that needs TLS

    made = httpx2.create_ssl_context(trust_env=False)
    if besides is not None:
        made.load_verify_locations(besides)
    return made
