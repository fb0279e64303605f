"""The connection: what a name leads to is judged, whatever its answer, and nothing is asked between judging and connecting."""

import socket
import time
from functools import partial

import pytest

from tests.security.egress.networks import Names, Recorder
from tests.security.egress.rows import LITERALS, PUBLIC, SHORTHANDS
from unified.errors.providers import DestinationRefused
from unified.transport.egress.addresses import Egress
from unified.transport.egress.backend import DNS_TIMEOUT_SECONDS, MAX_ADDRESSES, Guard, resolve
from unified.transport.http1.failures import ConnectError, ConnectTimeout
from unified.transport.http1.urls import Origin

REFUSAL = "the call was not sent: its host leads to an address that calls may not reach"


async def connected(host: str, port: int = 443, *, names=resolve, egress: Egress | None = None, limit: float | None = 8.0):
    """Where a connection to the host would go; the error that it ends with is the network's, or the guard's."""
    network = Recorder()
    origin = Origin(text="", secure=True, host=host, port=port, authority=host)
    guard = Guard(egress or Egress(), resolve=names, dns_limit=0.05)
    try:
        await guard.connect(host, port, partial(network.dial, origin, None, None), limit)
    except (DestinationRefused, ConnectError, ConnectTimeout) as problem:
        return network, problem
    raise AssertionError("unreachable: nothing answers on this network")


HOSTS = [*LITERALS, *SHORTHANDS]


@pytest.mark.parametrize("host", [row[1] for row in HOSTS], ids=[row[0] for row in HOSTS])
async def test_an_address_is_refused_at_the_connection_too(host: str) -> None:
    network, problem = await connected(host)
    assert type(problem) is DestinationRefused
    assert problem.detail == REFUSAL
    assert network.asked == []


@pytest.mark.parametrize("host", [row[1] for row in PUBLIC], ids=[row[0] for row in PUBLIC])
async def test_a_public_address_is_connected_to(host: str) -> None:
    network, problem = await connected(host)
    assert type(problem) is ConnectError
    assert network.asked == [(host, 443)]


@pytest.mark.parametrize("address", [row[1] for row in LITERALS], ids=[row[0] for row in LITERALS])
async def test_a47_a_name_is_checked_by_its_address(address: str) -> None:
    network, problem = await connected("evil.test", names=Names([address]))
    assert type(problem) is DestinationRefused
    assert network.asked == []


MIXED = {
    "A48": ["8.8.8.8", "10.0.0.5"],
    "A48 the other way round": ["10.0.0.5", "8.8.8.8"],
    "A49": ["8.8.8.8", "::1"],
    "A48 after many": [*("8.8.8.8",) * 20, "127.0.0.1"],
}


@pytest.mark.parametrize("answers", MIXED.values(), ids=MIXED.keys())
async def test_a48_a49_one_bad_address_refuses_all(answers: list[str]) -> None:
    network, problem = await connected("evil.test", names=Names(answers))
    assert type(problem) is DestinationRefused
    assert network.asked == []


async def test_a50_a_name_is_resolved_once_for_a_connection_and_again_for_the_next() -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    network, problem = await connected("rebind.test", names=names)
    assert type(problem) is ConnectError
    assert (names.asked, network.asked) == (["rebind.test"], [("8.8.8.8", 443)])
    network, problem = await connected("rebind.test", names=names)
    assert type(problem) is DestinationRefused
    assert network.asked == []


NOWHERE = [
    ("A51 empty", [], ConnectError, "the host has no address"),
    ("A51 SERVFAIL", socket.gaierror(socket.EAI_AGAIN, "planted"), ConnectError, "the host's address was not found"),
    ("A51 no name", socket.gaierror(socket.EAI_NONAME, "planted"), ConnectError, "the host's address was not found"),
    ("no label", UnicodeError("planted"), ConnectError, "the host's address was not found"),
    ("no address", ["planted"], ConnectError, "the host's address was not found"),
    ("A51 slow", 10.0, ConnectTimeout, "the host's address was not found in time"),
]


@pytest.mark.parametrize(("answer", "kind", "message"), [row[1:] for row in NOWHERE], ids=[row[0] for row in NOWHERE])
async def test_a51_a_name_without_an_address_ends_soon(answer, kind: type[Exception], message: str) -> None:
    started = time.monotonic()
    network, problem = await connected("slow.test", names=Names(answer))
    assert (type(problem), str(problem)) == (kind, message)
    assert network.asked == []
    assert time.monotonic() - started < 4
    assert DNS_TIMEOUT_SECONDS == 5.0


async def test_a52_the_answer_of_the_machines_resolver_is_checked() -> None:
    assert set(await resolve("localhost", 1)) <= {"127.0.0.1", "::1"}  # a chain of names is followed by the resolver
    network, problem = await connected("localhost")
    assert type(problem) is DestinationRefused
    assert network.asked == []


OWN = [
    # listening, address asked for, is it this service
    ("127.0.0.1", "127.0.0.1", True),
    ("::1", "::1", True),
    ("127.0.0.1", "127.0.0.2", False),
    ("0.0.0.0", "127.0.0.1", True),
    ("::", "127.0.0.1", True),
    ("localhost", "127.0.0.1", True),
    ("8.8.8.8", "8.8.8.8", True),
    ("0.0.0.0", "8.8.8.8", False),
    ("8.8.8.8", "1.1.1.1", False),
]


@pytest.mark.parametrize(("listening", "address", "own"), OWN)
async def test_a53_this_service_is_not_called_by_itself(listening: str, address: str, own: bool) -> None:
    egress = Egress(ports=(443, 8400), allow_loopback=True, listening=(listening, 8400))
    network, problem = await connected("self.test", 8400, names=Names([address]), egress=egress)
    assert (type(problem) is DestinationRefused) is own
    assert network.asked == ([] if own else [(address, 8400)])
    beside, _ = await connected("self.test", 443, names=Names([address]), egress=egress)
    assert beside.asked == [(address, 443)]


@pytest.mark.parametrize("port", [22, 25, 80, 6379, 2375])
async def test_a55_the_port_is_checked_at_the_connection_too(port: int) -> None:
    network, problem = await connected("8.8.8.8", port)
    assert type(problem) is DestinationRefused
    assert network.asked == []
    network, _ = await connected("127.0.0.1", port, egress=Egress(allow_loopback=True))
    assert network.asked == [("127.0.0.1", port)]


async def test_the_next_checked_address_is_tried_each_with_its_share_of_the_time() -> None:
    network, problem = await connected("many.test", names=Names(["8.8.8.8", "2606:4700::1111", "1.1.1.1"]), limit=9.0)
    assert type(problem) is ConnectError
    assert network.asked == [("8.8.8.8", 443), ("2606:4700::1111", 443), ("1.1.1.1", 443)]
    assert network.timeouts == [3.0, 3.0, 3.0]


async def test_a_name_with_very_many_addresses_is_tried_only_a_few_times() -> None:
    network, _ = await connected("many.test", names=Names([f"8.8.8.{n}" for n in range(200)]), limit=None)
    assert (len(network.asked), network.timeouts) == (MAX_ADDRESSES, [None] * MAX_ADDRESSES)


async def test_the_log_names_the_reason_and_not_the_host(capture_logs) -> None:
    await connected("evil.test", names=Names(["169.254.169.254"]))
    assert capture_logs == [{"event": "destination_refused", "log_level": "warning", "reason": "cloud platform"}]
