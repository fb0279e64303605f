"""Whose a failure is: the peer's, or the client's that a trusted proxy names; and whoever fails never refuses another's key."""

import random
from ipaddress import ip_address, ip_network

import httpx2
import pytest

from tests.sizes import examples
from tests.world import add_key, add_tenant, open_world
from unified.server.serving import Served, running
from unified.service.runtime import client_addresses
from unified.service.runtime.client_addresses import ClientAddresses
from unified.settings.networks import read_proxies

TRUSTED = read_proxies("127.0.0.1, 10.1.0.0/16, fd00::/64")
OURS = ("127.0.0.1", "10.1.2.3", "10.1.255.1", "fd00::7", "::ffff:10.1.9.9")
OTHERS = ("192.0.2.1", "10.2.0.1", "198.51.100.7", "2001:db8::1", "fd00:0:0:1::1")
MOST = 12
"""Failures of an address; fewer than there really are, for the sake of time."""
NOISE = ("unknown", "", "127.0.0.1", "10.1.2.3", "192.0.2.77", "' or 1", "_hidden", "1.2.3.4:80", "[2001:db8::2]:443")


@pytest.fixture
def addresses() -> ClientAddresses:
    return ClientAddresses(TRUSTED)


def split(draw: random.Random, hops: list[str]) -> list[str]:
    """The hops in one header line, or several."""
    lines: list[list[str]] = []
    for hop in hops:
        if lines and draw.random() < 0.7:
            lines[-1].append(hop)
        else:
            lines.append([hop])
    return [draw.choice((",", ", ")).join(line) for line in lines]


def test_the_client_is_the_first_address_from_the_right_that_is_not_a_trusted_proxy(addresses) -> None:
    draw = random.Random(1)
    for _ in range(examples(500)):
        client = draw.choice(OTHERS)
        forged = [draw.choice(NOISE) for _ in range(draw.randrange(4))]
        way = [draw.choice(OURS) for _ in range(draw.randrange(1, 4))]  # from the client to us; each names who came to it
        found = addresses.client(way[-1], split(draw, [*forged, client, *way[:-1]]))
        assert ip_address(found) == ip_address(client), (forged, way)


def test_empty_entries_say_nothing(addresses) -> None:
    """Wherever they are: at the ends, between others, in lines of their own, with spaces and tabs around."""
    draw = random.Random(3)
    for _ in range(examples(300)):
        hops = [draw.choice((*OURS, *OTHERS, *NOISE[2:])) for _ in range(draw.randrange(1, 5))]
        hops = [one for one in hops if one]
        padded = [one for hop in hops for one in (*([draw.choice(("", " ", "\t"))] * draw.randrange(3)), hop)]
        padded += [""] * draw.randrange(3)
        peer = draw.choice(OURS)
        assert addresses.client(peer, split(draw, padded)) == addresses.client(peer, split(draw, hops)), padded


def test_from_others_nothing_is_believed(addresses) -> None:
    draw = random.Random(2)
    for _ in range(examples(300)):
        peer = draw.choice(OTHERS)
        assert addresses.client(peer, split(draw, [draw.choice((*OURS, *OTHERS, *NOISE)) for _ in range(4)])) == peer
        assert ClientAddresses().client(draw.choice(OURS), [draw.choice(OTHERS)]) in OURS


@pytest.mark.parametrize("said", [[], ["unknown"], ["192.0.2.1, unknown"], ["", " , "], ["a" * 5000]])
def test_what_a_proxy_does_not_say_leaves_the_proxy(addresses, said) -> None:
    assert addresses.client("10.1.2.3", said) == "10.1.2.3"


@pytest.mark.parametrize("said", ["198.51.100.7:4711", "[::ffff:198.51.100.7]:1", " 198.51.100.7 "])
def test_forms_of_an_address(addresses, said) -> None:
    assert addresses.client("127.0.0.1", [said]) == "198.51.100.7"


@pytest.mark.parametrize("raw", ["0.0.0.0/0", "::/0", "proxy", "10.0.0.1/8", "10.0.0.0/33", "*"])
def test_a_setting_that_believes_everybody_or_cannot_be_read(raw) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_proxies(raw)


def test_an_address_is_a_network_of_one() -> None:
    assert read_proxies("10.0.0.7,fd00::1") == (ip_network("10.0.0.7/32"), ip_network("fd00::1/128"))


class Lines:
    def __init__(self) -> None:
        self.events: list[str] = []

    def warning(self, event: str, **_fields: str) -> None:
        self.events.append(event)


def test_a_proxy_that_no_setting_names_is_noticed_once(monkeypatch) -> None:
    lines = Lines()
    monkeypatch.setattr(client_addresses, "log", lines)
    addresses = ClientAddresses(TRUSTED)
    for peer, is_forwarded in (("192.0.2.1", False), ("127.0.0.1", True)):
        addresses.notice(peer, is_forwarded=is_forwarded)
    assert lines.events == []
    for _ in range(3):
        addresses.notice("192.0.2.1", is_forwarded=True)
    assert lines.events == ["proxy_not_trusted"]


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=("hubspot",), trusted_proxies=read_proxies("10.1.0.0/16")) as made:
        made.services.attempts.keys._max_failures = MOST
        yield made


def client_at(world, peer: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(world.server, client=(peer, 4711)), base_url="http://unified")


async def get(client: httpx2.AsyncClient, key: str, said: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {key}"} | ({} if said is None else {"X-Forwarded-For": said})
    return (await client.get("/accounts", headers=headers)).status_code


async def test_failures_from_a_shared_address_refuse_no_valid_key(world) -> None:
    tenants = [await add_tenant(world.services, name) for name in ("b", "c")]
    keys = [world.admin_key, *[await add_key(world.services, tenant, name="k", role="admin") for tenant in tenants]]
    async with client_at(world, "10.1.0.1") as proxy:
        for said in (None, "192.0.2.1"):
            assert {await get(proxy, "uk_wrong", said) for _ in range(MOST + 3)} == {401, 429}
            assert [await get(proxy, key, said) for key in keys] == [200] * 3
        assert await get(proxy, "uk_wrong", "192.0.2.2") == 401, "another client of the proxy is counted by itself"


async def test_an_untrusted_peer_is_counted_whatever_it_says(world) -> None:
    async with client_at(world, "192.0.2.9") as client:
        got = [await get(client, "uk_wrong", f"198.51.100.{number % 200}, 10.1.0.{number % 200}") for number in range(MOST + 5)]
    assert got == [401] * MOST + [429] * 5


async def test_the_server_itself_believes_no_header() -> None:
    """uvicorn would, from this machine."""
    seen = []

    async def app(scope, _receive, send):
        if scope["type"] == "http":
            seen.append((scope["client"][0], scope["scheme"]))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async with running(Served(app=app, host="127.0.0.1", port=0, named="x")) as url, httpx2.AsyncClient() as client:
        await client.get(url, headers={"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})
    assert seen == [("127.0.0.1", "http")]
