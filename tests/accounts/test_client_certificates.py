"""Accounts with a client certificate: a server that requires one, and sees for each account its own."""

import asyncio
import ssl
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.acme import PROVIDER, open_acme
from unified.catalog.files.decode import decode
from unified.catalog.files.source import parse_source
from unified.catalog.provider import Provider
from unified.catalog.wire import ProviderRequest
from unified.errors.providers import ProviderError
from unified.errors.requests import ValidationFailed
from unified.secret import Secret
from unified.service.accounts.client_credentials import add_token
from unified.transport.auth import check_credentials
from unified.transport.client import Client
from unified.transport.connection import Connection
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.egress.network import open_network
from unified.transport.http1.certificates import Certificate
from unified.transport.network.httpx_pool.network import HttpxPool
from unified.transport.oauth import TokenClient

BY_PARTS = """\
auth:
  - type: parts
    parts:
      certificate: {title: Certificate, form: pem, secret: false}
      key: {title: Private key, form: pem}
      token: {title: Token}
    headers: {X-Token: "{token}"}
    client_certificate: {certificate: certificate, key: key}
"""
BY_CLIENT = """\
auth:
  - type: client_credentials
    token_url: https://acme.example.com/token
    parts:
      certificate: {title: Certificate, form: pem, secret: false}
      key: {title: Private key, form: pem}
    client_certificate: {certificate: certificate, key: key}
"""


class Authority:
    """Issues certificates for names."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed("authority", self.key, self.key, is_authority=True)

    def issue(self, name):
        key = ec.generate_private_key(ec.SECP256R1())
        return pem(self._signed(name, key, self.key)), private(key)

    def _signed(self, name, key, signer, *, is_authority=False):
        now, subject = datetime.now(UTC), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
        made = (
            x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )
        usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
        usage |= {"digital_signature": True, "key_cert_sign": is_authority, "crl_sign": is_authority}
        made = made.add_extension(x509.KeyUsage(**usage, encipher_only=False, decipher_only=False), critical=True)
        return made.sign(signer, SHA256())


def pem(certificate):
    return certificate.public_bytes(Encoding.PEM).decode()


def private(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()).decode()


ISSUER = Authority()
ADA, EVE = ISSUER.issue("ada"), ISSUER.issue("eve")


class Server:
    """A TLS server that requires a certificate of the authority; keeps who asked, and on which connection."""

    def __init__(self):
        self.seen = []
        self.port = 0

    async def serve(self, reader, writer):
        subject = writer.get_extra_info("peercert")["subject"]
        name = dict(pair for one in subject for pair in one)["commonName"]
        try:
            while line := await reader.readline():
                size = 0
                while (field := await reader.readline()).strip():
                    size = int(field.split(b":")[1]) if field.lower().startswith(b"content-length") else size
                await reader.readexactly(size)
                path = line.split()[1].decode()
                self.seen.append((name, path, writer.get_extra_info("peername")[1]))
                body = b'{"access_token": "issued-token"}' if path == "/token" else b'{"ok": true}'
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def serving(tmp_path):
    served, (chain, key) = Server(), ISSUER.issue("api.acme.test")
    for name, text in (("chain.pem", chain), ("key.pem", key), ("issuer.pem", pem(ISSUER.certificate))):
        (tmp_path / name).write_text(text, encoding="utf-8")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "issuer.pem"))
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    async with await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=context) as server:
        served.port = server.sockets[0].getsockname()[1]
        yield served


@asynccontextmanager
async def client(tmp_path, server, opened=open_network):
    async def names(_host, _port):
        return ["127.0.0.1"]

    egress = Egress(allow_loopback=True, ports=(server.port,))
    trust = lambda: ssl.create_default_context(cafile=str(tmp_path / "issuer.pem"))  # noqa: E731
    made = Client(egress=egress, network=opened(Guard(egress, resolve=names), connections=10, tls=trust))
    try:
        yield made
    finally:
        await made.close()


def provider(auth, port=443):
    text = PROVIDER.replace("auth: [{type: bearer}]\n", auth).replace(
        "https://acme.example.com", f"https://api.acme.test:{port}"
    )
    return decode(
        parse_source(text.replace(f"docs: https://api.acme.test:{port}", "docs: https://a"), name="acme.yaml"), Provider
    )


def connection(port, credentials, account="acc_1"):
    return Connection(
        provider=provider(BY_PARTS if credentials["type"] == "parts" else BY_CLIENT, port),
        account_id=account,
        settings={},
        credentials_type=credentials["type"],
        open_credentials=lambda: credentials,
    )


def given(pair, kind="parts"):
    own = {"token": "planted-token-4711"} if kind == "parts" else {"client_id": "i", "client_secret": "s"}
    return {"type": kind, **own, "certificate": pair[0], "key": pair[1]}


GET = ProviderRequest(method="GET", path="/me")


@pytest.mark.parametrize("opened", [open_network, HttpxPool])
async def test_each_account_shows_its_own_certificate_on_connections_of_its_own(tmp_path, opened):
    async with serving(tmp_path) as server, client(tmp_path, server, opened) as sending:
        for pair, account in ((ADA, "acc_1"), (EVE, "acc_2"), (ADA, "acc_1"), (EVE, "acc_2")):
            answer = await sending.send(GET, connection(server.port, given(pair), account))
            assert answer.body == {"ok": True}
    assert [name for name, _, _ in server.seen] == ["ada", "eve", "ada", "eve"]
    connections = {(name, place) for name, _, place in server.seen}
    assert len(connections) == 2, "each is used again, and only by its own account"


async def test_without_a_certificate_the_server_refuses(tmp_path):
    async with serving(tmp_path) as server, client(tmp_path, server) as sending:
        bare = provider("auth: [{type: bearer}]\n", server.port)
        there = msgspec.structs.replace(
            connection(server.port, given(ADA)), provider=bare, open_credentials=lambda: {"type": "bearer", "token": "t"}
        )
        with pytest.raises(ProviderError):
            await sending.send(GET, there, safe=False)
    assert server.seen == []


async def test_a_token_is_fetched_and_used_with_the_certificate(tmp_path):
    async with serving(tmp_path) as server, client(tmp_path, server) as sending:
        credentials = given(EVE, "client_credentials")
        rules = provider(BY_CLIENT, server.port)
        granted = await add_token(TokenClient(sending), rules, {}, None, credentials)
        assert granted.credentials["access_token"] == "issued-token"
        await sending.send(GET, connection(server.port, granted.credentials))
    assert [(name, path) for name, path, _ in server.seen] == [("eve", "/token"), ("eve", "/me")]


LOCKED = private(ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"p"))
REFUSED = [
    ({"key": EVE[1]}, "/credentials/certificate", "expected a certificate and its private key, without a password"),
    ({"key": LOCKED}, "/credentials/certificate", "expected a private key without a password"),
    ({"certificate": ADA[1]}, "/credentials/certificate", "expected a certificate and its private key, without a password"),
    (
        {"key": "secret"},
        "/credentials/key",
        "expected text in PEM form, from `-----BEGIN …-----` to `-----END …-----`",
    ),
]


@pytest.mark.parametrize(("changes", "pointer", "message"), REFUSED)
def test_an_invalid_certificate_or_key_is_refused(changes, pointer, message):
    with pytest.raises(ValidationFailed) as caught:
        check_credentials(provider(BY_PARTS), given(ADA) | changes)
    assert caught.value.detail == f"{pointer}: {message}"


async def test_an_account_is_stored_with_its_certificate_sealed(tmp_path):
    auth = BY_PARTS
    async with open_acme(
        tmp_path, MAPPING, {}, provider=PROVIDER.replace("auth: [{type: bearer}]\n", auth), credentials=given(ADA)
    ) as acme:
        row = await acme.services.rows.account(acme.principal.tenant_id, acme.account)
    assert row.credentials_masked == "…4711"
    assert "BEGIN" not in str(row.credentials)


MAPPING = """\
record: |
  {"id": id}
list:
  - request: GET /people
"""


def test_a_printed_certificate_has_no_key():
    assert repr(Certificate(chain=ADA[0], key=ADA[1])) == "Certificate()"
    assert ADA[1] not in repr(Secret(ADA[1]))
