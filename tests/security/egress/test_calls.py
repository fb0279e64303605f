"""Whole calls: what is refused reaches nobody, not even with a connection; what is sent goes to the judged address under the URL's name."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cases import each
from tests.security.egress.networks import Names, Recorder
from tests.security.egress.rows import FORMS, LITERALS, NAMES, SHORTHANDS
from tests.security.egress.test_url_policy import in_url
from tests.waiting import until
from unified.catalog.wire import ProviderRequest
from unified.errors.providers import DestinationRefused, ProviderError, ProviderMalformed, ProviderTimeout
from unified.errors.requests import InvalidId, MalformedRequest
from unified.transport.client import Client, ClientLimits
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import Guard
from unified.transport.http1.messages import Network

GET = ProviderRequest(method="GET", path="/things")
REFUSAL = "the call was not sent: its host leads to an address that calls may not reach"
LOCAL = Egress(allow_loopback=True)


@pytest.fixture
async def guarded(opened_by: Callable[..., Network]) -> AsyncIterator[Callable[..., Client]]:
    """Clients with a guard of their own; closed at the end."""
    made: list[Client] = []

    async def no_wait(_seconds: float) -> None:
        return None

    def make(
        egress: Egress,
        *,
        tls: ssl.SSLContext | None = None,
        deadline: float = 5.0,
        network: Recorder | None = None,
        **guard: Any,
    ) -> Client:
        dialling = {} if network is None else {"dial": network.dial}
        pool = opened_by(Guard(egress, **guard), connections=10, tls=None if tls is None else lambda: tls, **dialling)
        limits = ClientLimits(deadline=deadline, max_bytes=1024)
        made.append(Client(limits, egress=egress, network=pool, sleep=no_wait))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def elsewhere(to: Any, base_url: str) -> Any:
    """The account's connection, at a provider with this base URL."""
    there = to("unused")
    provider = msgspec.structs.replace(there.provider, base_url=base_url)
    return msgspec.structs.replace(there, provider=provider, origin=None)


URLS = [*((row, in_url(host)) for row, host in (*LITERALS, *SHORTHANDS)), *NAMES, *FORMS]


@each("url", [row[1] for row in URLS], ids=[row[0] for row in URLS])
async def test_a_provider_at_such_a_url_is_not_connected_to(guarded, to, url: str) -> None:
    network = Recorder()
    with pytest.raises((DestinationRefused, MalformedRequest, InvalidId)) as caught:
        await guarded(Egress(), network=network).send(GET, elsewhere(to, url))
    assert network.asked == []
    assert not any(part in caught.value.detail for part in ("127.0", "169.254", "10.0", "example.com", "pw"))


NAMED = {
    "A47": (["127.0.0.1"],),
    "A48": (["8.8.8.8", "127.0.0.1"],),
    "A49": (["8.8.8.8", "::1"],),
}


@pytest.mark.parametrize("answers", NAMED.values(), ids=NAMED.keys())
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_byte_reaches_a_listener_at_a_refused_name(faults, guarded, to, answers, method: str) -> None:
    async with faults.listening(faults.with_body(b"{}")) as listener:
        port = int(listener.origin.rpartition(":")[2])
        client = guarded(Egress(ports=(443, port)), resolve=Names(*answers))
        with pytest.raises(DestinationRefused) as caught:
            await client.send(msgspec.structs.replace(GET, method=method), elsewhere(to, f"https://evil.test:{port}"))
        assert caught.value.detail == REFUSAL
        await asyncio.sleep(0)
        assert listener.connections == 0


async def test_a_refused_call_is_not_tried_again(guarded, to) -> None:
    names = Names(["127.0.0.1"])
    with pytest.raises(DestinationRefused):
        await guarded(Egress(), resolve=names).send(GET, elsewhere(to, "https://evil.test"))
    assert names.asked == ["evil.test"]


async def test_a50_a_name_that_moves_inside_is_refused_at_the_next_connection(faults, guarded, to) -> None:
    closing = faults.with_body(b"{}", b"Connection: close")
    async with faults.listening(closing) as listener:
        port = int(listener.origin.rpartition(":")[2])
        names = Names(["127.0.0.1"], ["10.0.0.5"])
        client = guarded(LOCAL, resolve=names)
        there = elsewhere(to, f"http://acme.localhost:{port}")
        assert (await client.send(GET, there)).status == 200
        with pytest.raises(DestinationRefused):
            await client.send(GET, there)
        assert (listener.connections, names.asked) == (1, ["acme.localhost"] * 2)


async def test_a50_an_open_connection_is_used_without_asking_again(faults, guarded, to) -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with faults.listening(twice) as listener:
        names = Names(["127.0.0.1"], ["10.0.0.5"])
        client = guarded(LOCAL, resolve=names)
        there = elsewhere(to, f"http://acme.localhost:{listener.origin.rpartition(':')[2]}")
        for _ in range(2):
            assert (await client.send(GET, there)).status == 200
        assert (listener.connections, names.asked) == (1, ["acme.localhost"])


async def test_a51_a_slow_resolver_ends_in_a_timeout(guarded, to) -> None:
    with pytest.raises(ProviderTimeout) as caught:
        await guarded(Egress(), resolve=Names(10.0), dns_limit=0.05).send(GET, elsewhere(to, "https://slow.test"))
    assert caught.value.detail == "Acme did not answer in time"


async def test_a51_a_name_that_is_not_there_is_not_reached(guarded, to) -> None:
    with pytest.raises(ProviderError) as caught:
        await guarded(Egress(), resolve=Names([])).send(GET, elsewhere(to, "https://no.test"))
    assert caught.value.detail == "Acme could not be reached or closed the connection (ConnectError)"


async def test_a53_this_service_is_not_reached_through_its_own_client(faults, guarded, to) -> None:
    async with faults.listening(faults.with_body(b"{}")) as own, faults.listening(faults.with_body(b"{}")) as other:
        egress = Egress(allow_loopback=True, listening=("127.0.0.1", int(own.origin.rpartition(":")[2])))
        with pytest.raises(DestinationRefused):
            await guarded(egress).send(GET, elsewhere(to, own.origin))
        assert (await guarded(egress).send(GET, elsewhere(to, other.origin))).status == 200
        assert own.connections == 0


LINKS = {
    "A68 other host": "https://evil.test/v1/things",
    "A68 other scheme": "http://api.acme.test/v1/things",
    "A68 other port": "https://api.acme.test:8443/v1/things",
    "A68 other account": "https://other.acme.test/v1/things",
    "A68 inside": "https://127.0.0.1/v1/things",
    "A58 authority": "//evil.test/v1/things",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
async def test_a68_a_link_of_an_answer_leads_nowhere_else(guarded, to, link: str) -> None:
    network = Recorder()
    with pytest.raises(ProviderMalformed):
        await guarded(Egress(), network=network).send(
            msgspec.structs.replace(GET, path=link, is_link=True), elsewhere(to, "https://api.acme.test")
        )
    assert network.asked == []


@pytest.mark.parametrize("status", [b"301 M", b"302 M", b"303 M", b"307 M", b"308 M"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a69_a70_a_redirect_reaches_no_one(faults, guarded, to, status: bytes, method: str) -> None:
    async with faults.listening(faults.with_body(b"{}")) as other:
        location = b"Location: " + other.origin.encode() + b"/latest/meta-data/"
        async with faults.listening(faults.with_body(b"", location, status=status)) as listener:
            with pytest.raises(ProviderError) as caught:
                await guarded(LOCAL).send(msgspec.structs.replace(GET, method=method), elsewhere(to, listener.origin))
        assert caught.value.detail == f"Acme answered with a redirect ({status[:3].decode()}), which is not followed"
        assert other.connections == 0


async def test_a71_a72_an_address_that_was_public_before_is_checked_again(guarded, to) -> None:
    network, names = Recorder(), Names(["93.184.215.14"], ["192.168.0.1"])
    client, there = guarded(Egress(), network=network, resolve=names), elsewhere(to, "https://receiver.test")
    post = msgspec.structs.replace(GET, method="POST")
    with pytest.raises(ProviderError):
        await client.send(post, there)
    with pytest.raises(DestinationRefused):
        await client.send(post, there)
    assert network.asked == [("93.184.215.14", 443)]


async def test_an_opened_network_is_connected_to(guarded, to) -> None:
    network = Recorder()
    egress = Egress(networks=(ip_network("10.20.0.0/16"),), ports=(8443,))
    there = elsewhere(to, "https://jira.corp.internal:8443")
    with pytest.raises(ProviderError):
        await guarded(egress, network=network, resolve=Names(["10.20.0.5"])).send(
            msgspec.structs.replace(GET, method="POST"), there
        )
    with pytest.raises(DestinationRefused):
        await guarded(egress, network=network, resolve=Names(["10.21.0.5"])).send(GET, there)
    assert network.asked == [("10.20.0.5", 8443)]


async def test_proxy_variables_are_not_read(faults, guarded, to, monkeypatch) -> None:
    async with faults.listening(faults.with_body(b"{}")) as proxy, faults.listening(faults.with_body(b"{}")) as listener:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
        assert (await guarded(LOCAL).send(GET, elsewhere(to, listener.origin))).status == 200
        assert (proxy.connections, listener.connections) == (0, 1)


# TLS: the address is the guard's choice, the name is the URL's


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """A server's context with a certificate for this name that signs itself; it lies in the folder as cert.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@asynccontextmanager
async def secure(folder: Path, name: str) -> AsyncIterator[tuple[int, list[Any], list[bytes]]]:
    """A TLS server on loopback with a certificate for the name: its port, the names asked for, the requests."""
    context = certificate(folder, name)
    asked: list[Any] = []
    requests: list[bytes] = []
    context.sni_callback = lambda _socket, wanted, _context: asked.append(wanted)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], asked, requests


@pytest.mark.parametrize("host", ["api.acme.test", "xn--strae-oqa.test"])
async def test_tls_names_and_checks_the_host_of_the_url(guarded, to, tmp_path, host: str) -> None:
    async with secure(tmp_path, host) as (port, asked, requests):
        tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        egress = Egress(allow_loopback=True, ports=(443, port))
        client = guarded(egress, tls=tls, resolve=Names(["127.0.0.1"]))
        assert (await client.send(GET, elsewhere(to, f"https://{host}:{port}"))).body == {}
        assert asked == [host]
        assert f"\r\nHost: {host}:{port}\r\n".encode() in requests[0]


async def test_a_connection_under_tls_is_used_again_and_only_for_its_own_origin(guarded, to, tmp_path) -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while not reader.at_eof():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(served, "127.0.0.1", 0, ssl=certificate(tmp_path, "api.acme.test")) as server:
        port = server.sockets[0].getsockname()[1]
        tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        client = guarded(Egress(allow_loopback=True, ports=(443, port)), tls=tls, resolve=Names(["127.0.0.1"]))
        for _ in range(5):
            await client.send(GET, elsewhere(to, f"https://api.acme.test:{port}"))
        assert connections == 1
        with pytest.raises(ProviderError):  # the same address under another name: a connection and a certificate of its own
            await client.send(msgspec.structs.replace(GET, method="POST"), elsewhere(to, f"https://other.acme.test:{port}"))
        await client.close()
        await asyncio.sleep(0.05)


async def test_a_certificate_for_another_name_ends_the_call_before_the_request(guarded, to, tmp_path) -> None:
    async with secure(tmp_path, "other.test") as (port, _, requests):
        tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        client = guarded(Egress(allow_loopback=True, ports=(443, port)), tls=tls, resolve=Names(["127.0.0.1"]))
        with pytest.raises(ProviderError) as caught:
            await client.send(msgspec.structs.replace(GET, method="POST"), elsewhere(to, f"https://api.acme.test:{port}"))
        assert caught.value.detail == "Acme could not be reached or closed the connection (ConnectError)"
        assert requests == []


async def test_an_unknown_issuer_ends_the_call_before_the_request(guarded, to, tmp_path) -> None:
    async with secure(tmp_path, "api.acme.test") as (port, _, requests):
        client = guarded(Egress(allow_loopback=True, ports=(443, port)), resolve=Names(["127.0.0.1"]))
        with pytest.raises(ProviderError):
            await client.send(msgspec.structs.replace(GET, method="POST"), elsewhere(to, f"https://api.acme.test:{port}"))
        assert requests == []


async def test_c3_a_listener_without_an_answer_in_tls_ends_at_the_deadline(faults, guarded, to) -> None:
    async with faults.listening(faults.silent) as listener:
        port = int(listener.origin.rpartition(":")[2])
        client = guarded(Egress(allow_loopback=True, ports=(443, port)), resolve=Names(["127.0.0.1"]), deadline=0.3)
        with pytest.raises(ProviderTimeout):
            await client.send(GET, elsewhere(to, f"https://api.acme.test:{port}"))
        assert listener.connections == 1
        await until(lambda: listener.open == 0)  # a handshake that was given up leaves no socket behind
