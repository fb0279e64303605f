"""Calls through a proxy: everything leaves by it, nothing is asked of it that did not pass the policy, and it learns no secret."""

import base64
import logging
import re
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec
import pytest

import unified
from tests.security.egress.behind_proxy import HOST, PUBLIC, calling, resolving, upstream
from tests.security.egress.networks import Names
from tests.security.egress.proxies import proxying
from tests.security.egress.rows import FORMS, LITERALS, NAMES, SHORTHANDS
from tests.security.egress.test_calls import certificate, elsewhere
from tests.security.egress.test_service import account_of
from tests.security.egress.test_url_policy import in_url
from tests.world import catalog
from unified.app.assembly import assembled
from unified.catalog.wire import ProviderRequest
from unified.errors.configuration import ConfigurationError
from unified.errors.providers import DestinationRefused, ProviderError, ProviderTimeout
from unified.errors.requests import InvalidId, MalformedRequest
from unified.service.accounts.checking import check_account
from unified.settings.settings import Settings
from unified.telemetry.http_libraries import LOGGERS
from unified.transport.network import networks
from unified.transport.webhook_client import WebhookRequest

GET = ProviderRequest(method="GET", path="/things")
POST = ProviderRequest(method="POST", path="/things", body={"name": "planted-name"})
CREDENTIALS = "operator:planted-pw"


async def test_the_proxy_is_asked_for_a_checked_address_and_tls_names_the_host(to, tmp_path, monkeypatch) -> None:
    async with (
        upstream(tmp_path) as there,
        proxying(there.port) as proxy,
        calling(tmp_path, proxy, monkeypatch, egress_proxy_credentials=CREDENTIALS) as client,
    ):
        for _ in range(3):
            assert (await client.send(POST, elsewhere(to, f"https://{HOST}"))).status == 200
        assert proxy.asked == ["8.8.8.8:443"]  # once for the account's connection
        assert (there.connections, there.names) == (1, [HOST])
        assert all(f"\r\nHost: {HOST}\r\n".encode() in one for one in there.requests)
        basic = base64.b64encode(CREDENTIALS.encode())
        assert b"Proxy-Authorization: Basic " + basic in proxy.heads[0]
        assert not any(b"proxy-authorization" in one.lower() or basic in one for one in there.requests)
        assert b"planted-secret" not in proxy.heads[0]
        assert b"things" not in proxy.heads[0]


async def test_tokens_webhooks_and_checks_leave_by_the_proxy_too(tmp_path, monkeypatch) -> None:
    async with (
        upstream(tmp_path) as there,
        proxying(there.port) as proxy,
        calling(tmp_path, proxy, monkeypatch) as client,
    ):
        assert (await client.post(f"https://{HOST}/token", {}, b"a=b", max_bytes=1000)).status == 200
        sent = await client.send_webhook(WebhookRequest(url=f"https://{HOST}/hook", headers={}, body=b"{}", owner="whk_1"))
        assert sent.status == 200
        assert proxy.asked == ["8.8.8.8:443"] * 2
        assert [one.partition(b" HTTP")[0] for one in there.requests] == [b"POST /token", b"POST /hook"]


async def test_every_caller_opens_the_network_by_the_settings() -> None:
    """What makes a client outside of tests passes the network of the settings."""
    root = Path(unified.__file__).parent
    texts = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in root.rglob("*.py")}
    known = [text for text in texts.values() if "from unified.transport.client import" in text]
    makers = {name for name, text in texts.items() if text in known and re.search(r"\bClient\(", text)}
    assert makers == {"app/provider_client.py", "cli/operators/check.py"}
    assert all("network_of_settings(" in texts[name] for name in makers)


async def test_a_whole_service_calls_through_the_proxy(tmp_path, monkeypatch) -> None:
    async with upstream(tmp_path) as there, proxying(there.port) as proxy:
        resolving(monkeypatch, PUBLIC)
        settings = Settings(
            home=tmp_path,
            provider_urls={"hubspot": f"https://{HOST}"},
            egress_proxy=f"http://127.0.0.1:{proxy.port}",
            egress_ca_file=tmp_path / "cert.pem",
        )
        async with assembled(settings, catalog=catalog()) as services:
            tenant, account = await account_of(services)
            assert (await check_account(services, tenant, account)).ok
        assert proxy.asked == ["8.8.8.8:443"]
        assert there.requests[0].startswith(b"GET /")


@pytest.mark.parametrize("wrong", [{"egress_proxy_resolves": True}, {"egress_proxy_credentials": CREDENTIALS}])
async def test_a_service_with_settings_of_a_proxy_and_none_does_not_start(tmp_path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        async with assembled(Settings(home=tmp_path, **wrong), catalog=catalog()):
            raise AssertionError("it started")


async def test_each_owner_has_its_own_tunnel(to, tmp_path, monkeypatch) -> None:
    async with upstream(tmp_path) as there, proxying(there.port) as proxy, calling(tmp_path, proxy, monkeypatch) as client:
        one = elsewhere(to, f"https://{HOST}")
        other = msgspec.structs.replace(one, account_id="acc_2")
        for account in (one, other, one, other):
            await client.send(GET, account)
        assert (len(proxy.asked), there.connections) == (2, 2)


URLS = [*((row, in_url(host)) for row, host in (*LITERALS, *SHORTHANDS)), *NAMES, *FORMS]


@pytest.mark.parametrize("resolves", [False, True])
async def test_the_proxy_is_asked_for_nothing_that_the_text_of_a_url_forbids(to, tmp_path, monkeypatch, resolves) -> None:
    async with (
        proxying(1) as proxy,
        calling(tmp_path, proxy, monkeypatch, egress_proxy_resolves=resolves) as client,
    ):
        for row, url in URLS:
            with pytest.raises((DestinationRefused, MalformedRequest, InvalidId)):
                await client.send(GET, elsewhere(to, url))
            assert proxy.heads == [], row


@pytest.mark.parametrize("resolves", [False, True])
async def test_a_name_that_leads_inside_is_not_asked_for(to, tmp_path, monkeypatch, resolves: bool) -> None:
    names = Names([])
    async with (
        proxying(1) as proxy,
        calling(tmp_path, proxy, monkeypatch, names=names, egress_proxy_resolves=resolves) as client,
    ):
        for row, address in LITERALS:
            for found in ([address], ["8.8.8.8", address]):
                names.answers = [found]
                with pytest.raises(DestinationRefused):
                    await client.send(GET, elsewhere(to, "https://evil.test"))
                assert proxy.heads == [], row


UNKNOWN = {"no address": OSError("planted"), "nothing found": [], "slow": 10.0}


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_an_unresolvable_name_is_sent_to_the_proxy_only_if_the_operator_allows_it(
    to, tmp_path, monkeypatch, answer: Any
) -> None:
    monkeypatch.setattr(networks, "PROXY_DNS_SECONDS", 0.05)
    monkeypatch.setattr(networks, "DNS_TIMEOUT_SECONDS", 0.05)
    async with upstream(tmp_path) as there, proxying(there.port) as proxy:
        async with calling(tmp_path, proxy, monkeypatch, names=Names(answer)) as client:
            with pytest.raises(DestinationRefused) as caught:
                await client.send(GET, elsewhere(to, f"https://{HOST}"))
            assert caught.value.detail == (
                "the call was not sent: this machine cannot resolve its host, so it is not known where the proxy would lead it; "
                "operators can let the proxy resolve names (UNIFIED_EGRESS_PROXY_RESOLVES)"
            )
            assert proxy.heads == []
        async with calling(tmp_path, proxy, monkeypatch, names=Names(answer), egress_proxy_resolves=True) as client:
            assert (await client.send(GET, elsewhere(to, f"https://{HOST}"))).status == 200
            assert proxy.asked == [f"{HOST}:443"]


async def test_a_name_that_moves_is_checked_again_and_ipv6_is_asked_for_in_brackets(to, tmp_path, monkeypatch) -> None:
    names = Names(["2606:4700::1111"], ["10.0.0.5"])
    async with upstream(tmp_path) as there, proxying(there.port) as proxy:
        async with calling(tmp_path, proxy, monkeypatch, names=names) as client:
            client.network._lifetime = 0.0
            assert (await client.send(GET, elsewhere(to, f"https://{HOST}"))).status == 200
            with pytest.raises(DestinationRefused):
                await client.send(GET, elsewhere(to, f"https://{HOST}"))
        assert proxy.asked == ["[2606:4700::1111]:443"]


async def test_the_next_address_is_used_without_a_tunnel_to_the_first(to, tmp_path, monkeypatch) -> None:
    refusing = b"HTTP/1.1 502 Bad gateway\r\nContent-Length: 0\r\n\r\n"
    async with proxying(1, answer=refusing) as proxy:
        async with calling(tmp_path, proxy, monkeypatch, names=Names(["8.8.8.8", "1.1.1.1"])) as client:
            with pytest.raises(ProviderError) as caught:
                await client.send(POST, elsewhere(to, f"https://{HOST}"))
        assert caught.value.detail == "Acme could not be reached or closed the connection (ProxyRefused)"
        assert proxy.asked == ["8.8.8.8:443", "1.1.1.1:443"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "proxy.corp.internal", "10.0.0.7"])
@pytest.mark.parametrize("resolves", [False, True])
async def test_no_url_and_no_name_leads_to_the_proxy_itself(to, tmp_path, monkeypatch, host: str, resolves: bool) -> None:
    """Not even where its network, its port and this machine are open to calls."""
    inside = "10.0.0.7" if host in {"proxy.corp.internal", "10.0.0.7"} else "127.0.0.1"
    async with proxying(1) as proxy:
        open_to_calls = {
            "egress_proxy": f"http://{host}:{proxy.port}",
            "egress_networks": (ip_network("10.0.0.0/8"),),
            "egress_ports": (443, proxy.port),
            "allow_loopback": True,
            "egress_proxy_resolves": resolves,
        }
        for there in {host, "other.test", inside, *(["127.0.0.2", "[::1]"] if inside == "127.0.0.1" else [])}:
            async with calling(tmp_path, proxy, monkeypatch, names=Names([inside]), **open_to_calls) as client:
                for scheme in ("https", "http"):
                    with pytest.raises((DestinationRefused, ProviderError)) as caught:
                        await client.send(POST, elsewhere(to, f"{scheme}://{there}:{proxy.port}"))
                    assert type(caught.value) is DestinationRefused, (there, caught.value.detail)
        assert proxy.heads == []


async def test_this_machine_is_reached_without_the_proxy(faults, to, tmp_path, monkeypatch) -> None:
    async with faults.listening(faults.with_body(b"{}")) as own, proxying(1) as proxy:
        async with calling(tmp_path, proxy, monkeypatch, allow_loopback=True) as client:
            assert (await client.send(GET, elsewhere(to, own.origin))).status == 200
        assert (own.connections, proxy.heads) == (1, [])


ANSWERS = {
    "credentials wanted": b"HTTP/1.1 407 planted words\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
    "forbidden": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nplanted",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: https://planted.test/\r\nContent-Length: 0\r\n\r\n",
    "garbage": b"\x16\x03planted\r\n\r\n",
    "an end": b" ",
    "a flood": b"HTTP/1.1 403 Forbidden\r\n" + b"X-A: planted\r\n" * 20_000,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_a_proxy_that_opens_no_tunnel_is_a_clean_failure(to, tmp_path, monkeypatch, capture_logs, answer: bytes) -> None:
    async with upstream(tmp_path) as there, proxying(there.port, answer=answer) as proxy:
        async with calling(tmp_path, proxy, monkeypatch, egress_proxy_credentials=CREDENTIALS) as client:
            for request in (GET, POST):
                with pytest.raises(ProviderError) as caught:
                    await client.send(request, elsewhere(to, f"https://{HOST}"))
                assert "planted" not in f"{caught.value.detail} {capture_logs}"
            await client.close()
            assert client.network.open_connections() == 0
        assert there.requests == []
        if answer.startswith(b"HTTP/1.1 407"):
            assert {"event": "egress_proxy_refused", "log_level": "warning", "status": 407} in capture_logs


@pytest.mark.parametrize("more", [b"\r\nplanted", b"Content-Length: 7\r\n\r\nplanted", b"\r\nHTTP/1.1 200 OK\r\n\r\nplanted"])
async def test_a_proxys_text_before_the_tunnel_is_not_an_answer(to, tmp_path, monkeypatch, more: bytes) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + more
    async with (
        upstream(tmp_path) as there,
        proxying(there.port, answer=answer) as proxy,
        calling(tmp_path, proxy, monkeypatch) as client,
    ):
        assert (await client.send(POST, elsewhere(to, f"https://{HOST}"))).body["access_token"] == "issued"


async def test_a_silent_proxy_ends_at_the_deadline(to, tmp_path, monkeypatch) -> None:
    async with proxying(1, answer=b"") as proxy, calling(tmp_path, proxy, monkeypatch, deadline=0.2) as client:
        with pytest.raises(ProviderTimeout):
            await client.send(GET, elsewhere(to, f"https://{HOST}"))


async def test_a_certificate_for_another_name_ends_the_call_before_the_request(to, tmp_path, monkeypatch) -> None:
    async with upstream(tmp_path) as there, proxying(there.port) as proxy:
        async with calling(tmp_path, proxy, monkeypatch) as client:
            with pytest.raises(ProviderError):
                await client.send(POST, elsewhere(to, "https://other.acme.test"))
        assert (proxy.asked, there.requests) == (["8.8.8.8:443"], [])


def mutual(folder: Path) -> ssl.SSLContext:
    """The TLS of a proxy that demands a certificate; its own is its issuer too."""
    folder.mkdir()
    context = certificate(folder, "localhost")
    (folder / "both.pem").write_bytes((folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes())
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(folder / "cert.pem")
    return context


async def test_a_proxy_under_tls_is_checked_and_shown_our_certificate(to, tmp_path, monkeypatch) -> None:
    tls = mutual(tmp_path / "proxy")
    own = {
        "egress_proxy_ca_file": tmp_path / "proxy" / "cert.pem",
        "egress_proxy_certificate_file": tmp_path / "proxy" / "both.pem",
    }
    outer = tmp_path / "upstream"
    outer.mkdir()
    async with upstream(outer) as there, proxying(there.port, tls=tls) as proxy:
        address = {"egress_proxy": f"https://localhost:{proxy.port}"}
        async with calling(outer, proxy, monkeypatch, **address, **own) as client:
            for _ in range(2):
                assert (await client.send(POST, elsewhere(to, f"https://{HOST}"))).status == 200
        assert (proxy.asked, there.connections) == (["8.8.8.8:443"], 1)
        for missing in own:
            less = {name: value for name, value in own.items() if name != missing}
            async with calling(outer, proxy, monkeypatch, **address, **less) as client:
                with pytest.raises(ProviderError):
                    await client.send(POST, elsewhere(to, f"https://{HOST}"))
        wrong = {"egress_proxy": f"https://127.0.0.1:{proxy.port}"}  # the certificate names localhost only
        async with calling(outer, proxy, monkeypatch, **wrong, **own) as client:
            with pytest.raises(ProviderError):
                await client.send(POST, elsewhere(to, f"https://{HOST}"))
        assert len(proxy.heads) == 1


async def test_nothing_of_a_call_and_no_credential_is_logged(to, tmp_path, monkeypatch, caplog, capture_logs) -> None:
    for name in (None, *LOGGERS):
        caplog.set_level(logging.DEBUG, logger=name)
    async with (
        upstream(tmp_path) as there,
        proxying(there.port) as proxy,
        calling(tmp_path, proxy, monkeypatch, egress_proxy_credentials=CREDENTIALS) as client,
    ):
        await client.send(POST, elsewhere(to, f"https://{HOST}"))
    basic = base64.b64encode(CREDENTIALS.encode()).decode()
    told = [f"{one.name} {one.getMessage()} {one.args!r}" for one in caplog.records] + [repr(capture_logs)]
    assert [one for one in told if any(part in one for part in (HOST, "planted", basic, "things"))] == []
