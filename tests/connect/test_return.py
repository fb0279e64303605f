"""What comes after a failure: the visitor is back with a reason, the tenant is told, and nobody can pretend or repeat it."""

import re
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connect.conftest import PUBLIC, running
from tests.security.world import ROUTES
from tests.sizes import examples
from tests.world import lend_server, open_client
from unified.errors.requests import ConnectFailed, LinkOver, NotFound, ValidationFailed
from unified.service.connect import (
    ConnectChoice,
    NewLink,
    begin_authorization,
    complete_callback,
    create_link,
    new_browser_secret,
    open_link,
)
from unified.service.connect.audit import MAX_REPORTED
from unified.service.connect.return_address import RESERVED, failure_address, refuse_reserved, return_address
from unified.store import tenants
from unified.store.engine.tables import AUDIT, DELIVERIES
from unified.web.html.rendering import HEADERS

APP = "https://app.example.com"


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as made:
        (await made.api.patch("/tenant", json={"return_origins": [APP], "frame_ancestors": [APP]})).raise_for_status()
        yield made


async def visit(world, path, **headers):
    """Open an address as a browser does: with no key."""
    async with lend_server(world.services, ROUTES) as server, open_client(server) as browser:
        return await browser.get(path, headers={"Accept": "text/html", **headers})


def path_of(url):
    return url.removeprefix(PUBLIC)


def another(text):
    """The text with another last letter."""
    return text[:-1] + ("x" if text[-1] != "x" else "y")


async def made_link(world, **asked):
    row, url = await create_link(world.services, await world.principal(), NewLink(**asked))
    return row, url, dict(parse_qsl(urlsplit(url).query))["token"]


# Spoofing


SPELLINGS = [
    "status=connected",
    "%73tatus=connected",
    "%2573tatus=x",
    "STATUS=1",
    "x=1;status=connected",
    "status[]=1",
    "+status=1",
    "%20status=1",
    "account.id=acc_1",
    "account%5Fid=acc_1",
    "a=1&&reason=x",
    "status",
]


@pytest.mark.parametrize("query", SPELLINGS)
def test_a_return_url_with_a_reserved_parameter_is_refused_and_not_passed_on(query):
    with pytest.raises(ValidationFailed, match="which Unified adds itself; rename it"):
        refuse_reserved(f"{APP}/x?{query}")
    back = return_address(f"{APP}/x?{query}&keep=1", status="denied", reason="access_denied")
    assert set(parse_qsl(urlsplit(back).query)) >= {("keep", "1"), ("reason", "access_denied"), ("status", "denied")}
    assert "connected" not in back
    assert "acc_1" not in back


PIECES = st.sampled_from([*"statuocrein_d[]=&;%+", "%73", "%2573", "status", "reason", "account_id", "x=1", "%5B"])


@settings(max_examples=examples(150))
@given(st.lists(PIECES, max_size=8).map("".join))
def test_each_parser_reads_only_our_values_for_any_query(query):
    back = return_address(f"{APP}/?{query}", status="denied", reason="access_denied")
    read = urlsplit(back).query
    for separator in ("&", ";"):
        for name, value in parse_qsl(read.replace(";", "&") if separator == ";" else read, keep_blank_values=True):
            bare = re.sub(r"[^a-z0-9]+", "_", name.lower().strip().partition("[")[0])
            if bare in RESERVED:
                assert (name, value) in {("status", "denied"), ("reason", "access_denied")}


async def test_the_api_refuses_such_a_return_url(world):
    refused = await world.api.post("/connect", json={"return_url": f"{APP}/x?%73tatus=connected"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/return_url")
    kept = await world.api.post("/connect", json={"return_url": f"{APP}/x?state=1&statuses=2"})
    assert kept.status_code == 201


# Back with a reason


async def test_after_deny_the_visitor_returns_with_a_reason_and_the_tenant_is_notified(world):
    _, _, token = await made_link(world, provider="zendesk", return_url=f"{APP}/done?x=1", external_id="cust-7", language="de")
    link = await world.opened(f"{PUBLIC}/connect/{(await world.link_row())['id']}?token={token}")
    browser = new_browser_secret()
    back = await world.approve(await world.begun(link, "zendesk", browser), "deny")
    address = "/oauth/callback/zendesk?" + "&".join(f"{name}={value}" for name, value in back)
    page = await visit(world, address, Cookie=f"__Host-unified-connect={browser}")
    assert page.status_code == 400
    target = f"{APP}/done?x=1&amp;status=denied&amp;reason=access_denied"
    assert f'content="0; url={target}"' in page.text
    assert '<html lang="de">' in page.text
    assert "Der Zugriff wurde bei" in page.text
    told = [msgspec.json.decode(one["payload"]) for one in await world.rows(DELIVERIES) if one["event"] == "connect.failed"]
    assert [one["data"] for one in told] == [
        {
            "link_id": link.id,
            "provider": "zendesk",
            "external_id": "cust-7",
            "account_id": None,
            "reason": "access_denied",
        }
    ]


@pytest.fixture
def more_events(monkeypatch):
    monkeypatch.setattr("tests.connect.conftest.EVENTS", ["connect.failed", "account.connected"])


pytestmark = pytest.mark.usefixtures("more_events")


async def test_every_failure_that_knows_its_link_leads_back(world):
    """All reasons of the provider's refusals; a browser that is not known learns no address."""
    for error in ("access_denied", "server_error", "made_up"):
        link = await world.link(provider="zendesk", return_url=f"{APP}/done")
        browser = new_browser_secret()
        state = dict(parse_qsl(urlsplit(await world.begun(link, "zendesk", browser)).query))["state"]
        with pytest.raises(ConnectFailed) as caught:
            await complete_callback(world.services, "zendesk", [("state", state), ("error", error)], browser)
        assert caught.value.return_url == failure_address(f"{APP}/done", caught.value.reason)
        status = "denied" if error == "access_denied" else "failed"
        assert f"status={status}&reason={caught.value.reason}" in caught.value.return_url
    link = await world.link(provider="zendesk", return_url=f"{APP}/done")
    state = dict(parse_qsl(urlsplit(await world.begun(link, "zendesk", new_browser_secret())).query))["state"]
    with pytest.raises(ConnectFailed) as caught:
        await complete_callback(world.services, "zendesk", [("state", state), ("code", "x")], new_browser_secret())
    assert (caught.value.reason, caught.value.return_url) == ("other_browser", None)


async def test_failing_again_and_again_fills_neither_the_audit_nor_the_queue(world):
    link = await world.link(provider="zendesk", return_url=f"{APP}/done")
    for _ in range(MAX_REPORTED + 8):
        browser = new_browser_secret()
        state = dict(parse_qsl(urlsplit(await world.begun(link, "zendesk", browser)).query))["state"]
        with pytest.raises(ConnectFailed):
            await complete_callback(world.services, "zendesk", [("state", state), ("error", "server_error")], browser)
    await world.services.audit.flush() if hasattr(world.services.audit, "flush") else None
    rows = [one for one in await world.rows(AUDIT) if one["actor"] == link.id]
    told = [one for one in await world.rows(DELIVERIES) if one["event"] == "connect.failed"]
    assert (len(rows), len(told)) == (MAX_REPORTED, MAX_REPORTED)
    assert (await world.link_row())["status_reason"] == "server_error", "the newest reason is kept all the same"


# Links that are over


async def test_a_link_that_is_over_says_who_asked_and_leads_back(world):
    row, url, token = await made_link(world, provider="hubspot", return_url=f"{APP}/done", expires_in=60, language="fr")
    wrong = await visit(world, another(path_of(url)))
    assert "Acme" not in wrong.text
    world.clock.forward(seconds=61)
    with pytest.raises(LinkOver) as caught:
        await open_link(world.services, row.id, token)
    assert (caught.value.reason, caught.value.tenant, caught.value.language) == ("expired", "Acme", "fr")
    page = await visit(world, path_of(url))
    assert page.status_code == 404
    assert '<html lang="fr">' in page.text
    assert "Ce lien a expiré" in page.text
    assert "Acme" in page.text
    assert f'href="{APP}/done?status=failed&amp;reason=link_expired"' in page.text


async def test_a_used_link_says_so(world):
    _, url, _ = await made_link(world, provider="hubspot")
    await world.connected("hubspot", await world.opened(url))
    page = await visit(world, path_of(url), **{"Accept-Language": "es-MX"})
    assert "Este enlace ya se ha usado" in page.text
    assert "Acme" in page.text


async def test_callers_without_the_token_learn_nothing(world):
    row, _, _ = await made_link(world, provider="hubspot", expires_in=60)
    world.clock.forward(seconds=61)
    for token in ("", "uc_" + "a" * 33, "x"):
        with pytest.raises(NotFound) as caught:
            await open_link(world.services, row.id, token)
        assert not isinstance(caught.value, LinkOver)


async def test_whoever_does_not_want_to_goes_back_without_connecting(world):
    _, url, _ = await made_link(world, provider="hubspot", return_url=f"{APP}/done")
    page = await visit(world, path_of(url))
    assert f'href="{APP}/done?status=denied&amp;reason=cancelled"' in page.text
    assert "Cancel and go back to <bdi>app.example.com</bdi>" in page.text


async def test_refused_keys_stay_on_the_form_in_the_language_of_the_link(world):
    row, _, token = await made_link(world, provider="zendesk", return_url=f"{APP}/done", language="es")
    link = await open_link(world.services, row.id, token)
    choice = ConnectChoice(
        provider="zendesk",
        kind="basic",
        settings={"subdomain": "demo"},
        credentials={"username": "a@b.example", "password": "no"},
    )
    with pytest.raises(ConnectFailed) as caught:
        await begin_authorization(world.services, link, choice, new_browser_secret())
    assert caught.value.reason == "credentials_refused"


# Pages and frames


async def test_pages_are_in_the_language_of_the_link_or_else_of_the_browser(world):
    for language, accepted, expected in (("de", "fr", "de"), (None, "fr-CH, en;q=0.5", "fr"), (None, "", "en")):
        _, url, _ = await made_link(world, language=language)
        page = await visit(world, path_of(url), **{"Accept-Language": accepted})
        assert f'<html lang="{expected}">' in page.text
        chosen = await visit(world, f"{path_of(url)}&provider=zendesk", **{"Accept-Language": accepted})
        assert f'<html lang="{expected}">' in chosen.text


async def test_only_the_tenants_origins_may_frame_the_page_and_a_frame_has_no_form(world):
    _, url, _ = await made_link(world, return_url=f"{APP}/done")
    for provider in ("", "&provider=zendesk"):
        framed = await visit(world, path_of(url) + provider, **{"Sec-Fetch-Dest": "iframe"})
        assert f"frame-ancestors {APP}" in framed.headers["content-security-policy"]
        assert "x-frame-options" not in framed.headers
        assert "set-cookie" not in framed.headers
        assert '<form method="post"' not in framed.text
        assert 'target="_blank" rel="opener"' in framed.text
    (await world.api.patch("/tenant", json={"frame_ancestors": []})).raise_for_status()
    closed = await visit(world, path_of(url), **{"Sec-Fetch-Dest": "iframe"})
    assert closed.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert closed.headers["x-frame-options"] == "DENY"


async def test_the_page_has_the_logo_and_the_colors_of_the_tenant(world):
    from tests.tenants.test_appearance import PNG, png

    _, url, token = await made_link(world, provider="zendesk")
    plain = await visit(world, path_of(url))
    assert "theme.css" not in plain.text
    assert "/logo?" not in plain.text
    colors = {"accent": "#7a1f5c", "background": "#fdf7fb"}
    (await world.api.patch("/tenant", json={"colors": colors})).raise_for_status()
    assert (await world.api.put("/tenant/logo", content=png(), headers=PNG)).status_code == 204
    page = await visit(world, path_of(url))
    for name, kind in (("theme.css", "text/css"), ("logo", "image/png")):
        address = re.search(rf'(?:href|src)="(/connect/[^"]*/{name}\?token=[^"]*)"', page.text)[1]
        found = await visit(world, address)
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind)
        other = another(token)
        assert (await visit(world, address.replace(token, other))).status_code == 404
    theme = (await visit(world, re.search(r'href="(/connect/[^"]*theme.css[^"]*)"', page.text)[1])).text
    assert "--accent: #7a1f5c;" in theme
    assert "--page: #fdf7fb;" in theme


async def test_an_address_that_is_too_long_is_refused_before_its_parameters_are_read(world):
    refused = await world.api.post("/connect", json={"return_url": f"{APP}/?{'status&' * 100_000}"})
    assert refused.status_code == 422
    assert "expected a plain https URL of at most 2048 characters" in refused.json()["detail"]


# The status for a tenant's own page


async def test_the_status_is_for_holders_of_the_token_and_pages_of_the_tenant(world):
    row, url, token = await made_link(world, provider="hubspot")
    address = f"/connect/{row.id}/status?token={token}"
    for origin, allowed in (
        (APP, APP),
        ("https://evil.example", None),
        ("null", None),
        ("http://[::1", None),
        ("http://localhost:3000", "http://localhost:3000"),
    ):
        answer = await visit(world, address, Origin=origin)
        assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (200, allowed)
        assert answer.headers["vary"] == "Origin, Accept-Encoding"
        assert "access-control-allow-credentials" not in answer.headers
    assert answer.json() == {"status": "open", "account_id": None, "reason": None, "expires_at": answer.json()["expires_at"]}
    done = await world.connected("hubspot", await world.opened(url))
    assert (await visit(world, address)).json()["account_id"] == done.account_id
    assert (await visit(world, another(address))).status_code == 404


async def test_the_script_is_small_and_depends_on_nothing(world):
    script = await visit(world, "/embed.js")
    assert (script.status_code, script.headers["content-type"].partition(";")[0]) == (200, "text/javascript")
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(script.content) < 5632
    assert not re.search(r"\bimport\b|\brequire\(|https?://|eval\(|innerHTML|\"\*\"|'\*'", script.text)


async def test_the_page_of_a_suspended_tenant_is_in_the_language_of_the_link(world):
    _, url, _ = await made_link(world, provider="hubspot", language="es")
    await tenants.set_suspended(world.services.database, world.tenant, suspended=True)
    page = await visit(world, path_of(url), **{"Accept-Language": "de"})
    assert page.status_code == 403
    assert '<html lang="es">' in page.text
    assert "El acceso está suspendido" in page.text
