"""Client certificates: what a connection proves of us in TLS (RFC 8446, 4.4.2); private keys are kept off the disk."""

import hashlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """An account's certificate with its private key, both in PEM form."""

    chain: str
    """The certificate, and those of its issuers after it."""
    key: str

    @property
    def identity(self) -> str:
        """A digest by which connections of one certificate are kept from those of others."""
        return hashlib.sha256(f"{self.chain}\0{self.key}".encode()).hexdigest()

    def __repr__(self) -> str:
        """Leave out the key."""
        return "Certificate()"


def load_certificate(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Let connections of a context show a certificate.

    Raises:
        ValueError: The certificate or its key cannot be read, or they do not belong together.
    """
    with _readable(f"{certificate.key}\n{certificate.chain}\n") as path:
        try:
            context.load_cert_chain(path, password=_no_password)
        except (ssl.SSLError, OSError):
            raise ValueError("expected a certificate and its private key, without a password") from None


def _no_password() -> str:
    """Refuse a key with a password, for which OpenSSL would otherwise ask at the terminal."""
    raise ValueError("expected a private key without a password")


@contextmanager
def _readable(text: str) -> Iterator[str]:
    """Put a text where OpenSSL can read it by a path: in memory, or where there are no such files, in one that is deleted."""
    if not hasattr(os, "memfd_create"):
        with tempfile.NamedTemporaryFile(mode="w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            yield file.name
        return
    with os.fdopen(os.memfd_create("certificate"), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"
