"""Which pages stay together with the window of an approval that they open: by `Referer`, which no page can forge."""

import pytest

from tests.security.world import ROUTES
from tests.world import lend_server, open_client
from unified.service.approvals import origins_for
from unified.service.public_urls import origin_of

APP, FRAME = "https://app.example.com", "https://frame.example.com:8443"
APART, TOGETHER = "same-origin", "unsafe-none"


@pytest.fixture
async def approval(world):
    listed = {"return_origins": [APP], "frame_ancestors": [FRAME]}
    (await world.call("PATCH", "/tenant", listed, by="admin")).raise_for_status()
    return (await world.contact())["id"]


async def visit(world, path, **headers):
    """Open an address as a browser does that follows a page of another site."""
    sent = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", **headers}
    async with lend_server(world.services, ROUTES) as server, open_client(server) as browser:
        return await browser.get(path, headers=sent)


@pytest.mark.parametrize(
    ("referer", "opener"),
    [
        (f"{APP}/", APP),
        (f"{FRAME}/page?x=1", FRAME),
        ("https://APP.example.com/", APP),
        ("https://evil.example/", None),
        (f"https://evil.example/?{APP}/", None),
        (f"{APP}.evil.example/", None),
        (f"{APP}@evil.example/", None),
        (f"{APP}:8443/", None),
        ("http://app.example.com/", None),
        (APP, None),
        ("http://[::1", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_only_pages_of_the_tenant_stay_together_with_the_window(world, approval, referer, opener, site):
    page = await visit(world, f"/approvals/{approval}", **{"Referer": referer, "Sec-Fetch-Site": site})
    assert page.headers.get_list("cross-origin-opener-policy") == [APART if opener is None else TOGETHER]
    assert page.headers["x-frame-options"] == "DENY"
    assert ("opener.js" in page.text) == (opener is not None)
    if opener is not None:
        assert f'content="{approval}" data-origin="{opener}"' in page.text
        assert f"url=/ui/approvals/{approval}" in page.text


async def test_an_unknown_approval_has_no_pages_of_a_tenant(world, approval):
    page = await visit(world, f"/approvals/{approval}x", Referer=f"{APP}/")
    assert page.headers.get_list("cross-origin-opener-policy") == [APART]
    assert await origins_for(world.services, f"{approval}x") == frozenset()


async def test_an_origin_that_is_no_longer_listed_is_kept_apart(world, approval):
    (await world.call("PATCH", "/tenant", {"return_origins": []}, by="admin")).raise_for_status()
    page = await visit(world, f"/approvals/{approval}", Referer=f"{APP}/")
    assert page.headers.get_list("cross-origin-opener-policy") == [APART]


@pytest.mark.parametrize("path", ["/ui/sign-in", "/ui/approvals", "/ui/approvals/apr_x", "/ui/accounts", "/ui"])
@pytest.mark.parametrize("site", ["same-origin", "same-site", "cross-site", "none", None])
async def test_later_pages_stay_together_only_on_the_way_from_here(world, path, site):
    page = await visit(world, path, **{"Sec-Fetch-Site": site} if site else {"Sec-Fetch-Site": ""})
    is_together = site == "same-origin" and path.startswith(("/ui/sign-in", "/ui/approvals"))
    assert page.headers.get_list("cross-origin-opener-policy") == ([] if is_together else [APART])


def test_the_origin_of_an_address_is_that_of_a_plain_web_address():
    assert origin_of("https://App.example.com:8443/x?y#z") == "https://app.example.com:8443"
    assert [origin_of(one) for one in ("", "null", "about:blank", "ftp://a.example/", "https://a.example")] == [None] * 5
