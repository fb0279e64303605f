"""Only origins that the tenant lists now are redirected to, linked to, or may frame a page: whatever it listed before."""

import random
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.connect.conftest import PUBLIC, running
from tests.connect.test_return import made_link, path_of, visit
from tests.sizes import FULL_SIZE
from unified.service.access.consent import LinkScope
from unified.service.connect import complete_callback, new_browser_secret, new_selection_pass, open_selection
from unified.service.connect.return_address import current_return_url
from unified.service.languages import texts, texts_below
from unified.settings.settings import Settings
from unified.store.tenants import TenantRow

ORIGINS = ("https://app.example.com", "https://app.example.com:8443", "https://example.com", "https://evil.example")
LEFT = "You cannot be taken back to the application"
STEPS = 60 if FULL_SIZE else 14


@pytest.fixture
async def world(tmp_path):
    async with running(tmp_path) as made:
        yield made


async def list_origins(world, returns=(), frames=()):
    changes = {"return_origins": list(returns), "frame_ancestors": list(frames)}
    (await world.api.patch("/tenant", json=changes)).raise_for_status()


def origins_in(text):
    """Every origin of another site that a page names: as its refresh, in links, forms and texts."""
    return {one.rstrip(":") for one in re.findall(r"https?://[a-z0-9.-]+(?::[0-9]+)?", text)} & set(ORIGINS)


def may_frame(page):
    found = re.search(r"frame-ancestors ([^;]*)", page.headers["content-security-policy"])[1]
    return set() if found == "'none'" else set(found.split())


async def attempt(world, link, decision, provider="zendesk"):
    """An attempt whose consent was decided: what the browser then asks for, with its cookie."""
    browser = new_browser_secret()
    back = await world.approve(await world.begun(link, provider, browser), decision)
    return f"/oauth/callback/{provider}?{urlencode(back)}", f"__Host-unified-connect={browser}"


@pytest.mark.slow
async def test_at_any_time_only_listed_origins_are_returned_to_or_may_frame(world):
    """Random changes of the lists between the steps of links that were made earlier; every page on the way is looked at."""
    pick, seen = random.Random(20261129), set()
    await list_origins(world, ORIGINS, ORIGINS)
    for _ in range(STEPS):
        origin, outcome = pick.choice(ORIGINS), pick.choice(["approve", "deny", "visit", "over"])
        await list_origins(world, ORIGINS, ORIGINS)
        _, url, _ = await made_link(world, provider="zendesk", return_url=f"{origin}/done?x=1")
        returns = pick.sample(ORIGINS, pick.randint(0, 2))
        frames = pick.sample(ORIGINS, pick.randint(0, 2))
        if outcome in {"approve", "deny"}:
            path, cookies = await attempt(world, await world.opened(url), outcome)
        else:
            path, cookies = path_of(url), ""
            if outcome == "over":
                await world.connected("zendesk", await world.opened(url))
        await list_origins(world, returns, frames)
        page = await visit(world, path, Cookie=cookies)
        assert origins_in(page.text) == ({origin} & set(returns)), (outcome, origin, returns, page.text)
        assert may_frame(page) == (set(frames) if outcome == "visit" else set()), (outcome, frames)
        assert origins_in(page.headers.get("location", "")) == set()
        seen.add((outcome, origin in returns))
    assert len(seen) == 8, seen


async def test_a_visitor_who_cannot_return_is_told_the_reason(world):
    await list_origins(world, ORIGINS)
    done_url, failed_url = [
        (await made_link(world, provider="hubspot", return_url=f"{ORIGINS[0]}/x", scope=LinkScope(models=("crm.contacts",))))[1]
        for _ in range(2)
    ]
    done = await attempt(world, await world.opened(done_url), "approve", "hubspot")
    failed = await attempt(world, await world.opened(failed_url), "deny", "hubspot")
    await list_origins(world)
    page = await visit(world, done[0], Cookie=done[1])
    assert page.headers["location"] == "/connect/done?provider=hubspot&left=1"
    assert LEFT in (await visit(world, page.headers["location"])).text
    assert LEFT not in (await visit(world, "/connect/done?provider=hubspot")).text
    page = await visit(world, failed[0], Cookie=failed[1])
    assert (page.status_code, LEFT in page.text) == (400, True)
    assert [one.startswith(LEFT) for one in texts_below(texts("en"), "connect.").values()].count(True) == 1


async def test_the_choice_of_resources_does_not_lead_to_a_removed_origin(world):
    await list_origins(world, ORIGINS)
    row, url, _ = await made_link(world, provider="zendesk", return_url=f"{ORIGINS[0]}/x")
    browser = new_browser_secret()
    link = await world.opened(url)
    back = await world.approve(await world.begun(link, "zendesk", browser))
    done = await complete_callback(world.services, "zendesk", back, browser)
    sealed = await new_selection_pass(world.services, done)
    listed = await open_selection(world.services, row.id, sealed)
    assert (listed.return_url, listed.is_left_here) == (f"{ORIGINS[0]}/x?account_id={done.account_id}", False)
    await list_origins(world, ORIGINS[1:])
    removed = await open_selection(world.services, row.id, sealed)
    assert (removed.return_url, removed.is_left_here) == (None, True)


async def test_the_status_is_for_pages_that_are_listed_now(world):
    await list_origins(world, ORIGINS[:1], ORIGINS[1:2])
    row, url, token = await made_link(world, provider="zendesk")
    address = f"/connect/{row.id}/status?{urlencode({'token': token})}"
    assert dict(parse_qsl(urlsplit(url).query)) == {"token": token}
    assert url.startswith(PUBLIC)
    for returns, frames, allowed in (((0,), (1,), {0, 1}), ((2,), (), {2}), ((), (), set())):
        await list_origins(world, [ORIGINS[one] for one in returns], [ORIGINS[one] for one in frames])
        for index, origin in enumerate(ORIGINS):
            answer = await visit(world, address, Origin=origin)
            assert (answer.headers.get("access-control-allow-origin") == origin) is (index in allowed)


def test_an_address_that_is_not_plain_is_not_returned_to():
    """A link of an earlier version may hold what would be refused today."""
    tenant = TenantRow(**dict.fromkeys(TenantRow.__struct_fields__) | {"return_origins": [ORIGINS[0]]})
    for path, is_kept in (
        ("/x", True),
        ("/x#f", False),
        ("@evil.example/", False),
        (".evil.example/", False),
        ("/\\evil", False),
    ):
        url = ORIGINS[0] + path
        assert current_return_url(url, tenant, Settings(allow_loopback=False)) == (url if is_kept else None)
    assert current_return_url("http://127.0.0.1:9/x", tenant, Settings(allow_loopback=False)) is None
    assert current_return_url("http://127.0.0.1:9/x", tenant, Settings(allow_loopback=True)) == "http://127.0.0.1:9/x"
    assert current_return_url(ORIGINS[0], None, Settings()) is None
