"""What a provider sends back or answers: errors become words of ours, odd answers come to nothing."""

import re
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.connect.conftest import SETTINGS, TOKEN_PATHS, running
from tests.world import SIGN_IN, catalog
from unified.errors.requests import ConnectFailed
from unified.service.connect import complete_callback, new_browser_secret


@pytest.mark.parametrize("issuer", ["https://evil.test", "http://127.0.0.1:9.evil.test", "", "http://[", "zendesk"])
async def test_another_issuer(attempt, issuer):
    tried = await attempt()
    problem = await tried.refused(tried.changed(iss=issuer))
    assert problem.reason == "issuer_mismatch"
    assert problem.detail == "The answer does not come from Zendesk. Open the link again and start once more."


async def test_the_right_issuer(attempt, world):
    tried = await attempt()
    assert await complete_callback(world.services, "zendesk", tried.changed(iss="http://127.0.0.1:9/zendesk"), tried.browser)


@pytest.mark.parametrize("name", ["code", "state", "iss", "error", "other"])
async def test_a_repeated_parameter(attempt, name):
    tried = await attempt()
    doubled = [*tried.back, (name, "1"), (name, "1")]
    assert (await tried.refused(doubled)).reason == "malformed_callback"


@pytest.mark.parametrize("code", ["", "c" * 4097, "c" * 100_000, "a\nb"])
async def test_an_invalid_code(attempt, code):
    tried = await attempt()
    assert (await tried.refused(tried.changed(code=code))).reason == "malformed_callback"


async def test_denied_by_the_person(attempt):
    tried = await attempt(decision="deny")
    problem = await tried.refused()
    assert (problem.reason, await tried.status()) == ("access_denied", ("failed", "access_denied"))
    assert problem.detail == "Access was not granted at Zendesk. You can try again when you want to connect."


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("invalid_scope", "invalid_scope"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("<script>alert(1)</script>", "provider_refused"),
        ("unknown_state", "provider_refused"),
        ("", "provider_refused"),
    ],
)
async def test_errors_become_words_of_ours(attempt, error, reason):
    tried = await attempt()
    told = [("error", error), ("error_description", "<script>steal()</script>"), ("state", dict(tried.back)["state"])]
    problem = await tried.refused(told)
    assert problem.reason == reason
    assert "script" not in problem.detail + str(problem.errors)


async def test_an_error_with_a_code_is_an_error(attempt):
    tried = await attempt()
    assert (await tried.refused(tried.changed(error="server_error"))).reason == "server_error"


async def test_the_code_goes_only_to_the_token_url_of_the_provider(attempt, world):
    tried = await attempt()
    await complete_callback(world.services, "zendesk", tried.back, tried.browser)
    code = dict(tried.back)["code"]
    carrying = [request.url.path for request in world.upstream.asked if code in request.content.decode() + str(request.url)]
    assert carrying == ["/zendesk/oauth/tokens"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status_code": 400, "json": {"error": "invalid_grant"}}, "code_refused"),
        ({"status_code": 401, "json": {"error": "invalid_client"}}, "client_refused"),
        ({"status_code": 500, "text": "<h1>secret stack</h1>"}, "token_unreachable"),
        ({"status_code": 429, "json": {}}, "token_unreachable"),
        ({"status_code": 200, "text": "<html>hello</html>"}, "token_malformed"),
        ({"status_code": 200, "json": []}, "token_malformed"),
        ({"status_code": 200, "json": {"access_token": "a\r\nX-Evil: 1"}}, "token_malformed"),
        ({"status_code": 302, "headers": {"location": "https://evil.test"}}, "token_malformed"),
    ],
)
async def test_a_token_endpoint_that_gives_none(attempt, world, answer, reason):
    tried = await attempt()
    world.upstream.instead["/zendesk/oauth/tokens"] = answer
    problem = await tried.refused(exchanged=True)
    assert (problem.reason, await tried.status()) == (reason, ("failed", reason))
    assert "secret stack" not in problem.detail


@pytest.mark.parametrize(
    ("status", "reason"), [(401, "credentials_refused"), (403, "not_permitted"), (404, "check_failed"), (400, "check_failed")]
)
async def test_credentials_that_the_provider_does_not_accept(attempt, world, status, reason):
    """They are checked before there is an account: none is left behind half connected."""
    tried = await attempt()
    world.upstream.instead["/zendesk/api/v2/users/me"] = {"status_code": status, "json": {"error": "at-zendesk-secret"}}
    problem = await tried.refused(exchanged=True)
    assert problem.reason == reason
    assert "at-zendesk-secret" not in problem.detail
    assert await world.events() == []


async def test_every_token_path_is_watched():
    rules = [(name, one) for name in SIGN_IN for one in catalog().provider(name).auth if one.__struct_config__.tag == "oauth2"]
    assert rules
    paths = [
        urlsplit(re.sub(r"\{(\w+)\}", lambda found, name=name: SETTINGS[name].get(found[1], "x"), one.token_url)).path
        for name, one in rules
    ]
    assert [one for one in paths if not one.endswith(TOKEN_PATHS)] == []


async def test_the_tenants_app_may_be_gone(tmp_path):
    async with running(tmp_path, provider_urls={"zendesk": "https://stand-in.example/zendesk"}) as world:
        await world.api.put("/oauth-apps/zendesk", json={"client_id": "demo-client", "client_secret": "demo-secret"})
        link, browser = await world.link(provider="zendesk"), new_browser_secret()
        back = await world.approve(await world.begun(link, "zendesk", browser))
        await world.api.delete("/oauth-apps/zendesk")
        with pytest.raises(ConnectFailed) as caught:
            await complete_callback(world.services, "zendesk", back, browser)
        assert caught.value.reason == "no_app"
        assert caught.value.detail.startswith("Zendesk cannot be connected by signing in yet: no OAuth app is set up.")


async def test_an_issuer_that_the_provider_file_names(tmp_path):
    """RFC 9207, 2.4: compared word by word; the origin of the consent page is not enough then."""
    async with running(tmp_path) as world:
        known = world.services.catalog.provider("zendesk")
        rules = msgspec.structs.replace(known.auth[0], issuer="https://{subdomain}.zendesk.com/issuer")
        catalog = Named(world.services.catalog, msgspec.structs.replace(known, auth=(rules, *known.auth[1:])))
        world.services = msgspec.structs.replace(world.services, catalog=catalog)
        for issuer, is_known in (("http://127.0.0.1:9/zendesk", False), ("http://127.0.0.1:9/zendesk/issuer", True)):
            browser = new_browser_secret()
            url = await world.begun(await world.link(provider="zendesk"), "zendesk", browser)
            back = [*await world.approve(url), ("iss", issuer)]
            if is_known:
                assert await complete_callback(world.services, "zendesk", back, browser)
                continue
            with pytest.raises(ConnectFailed) as caught:
                await complete_callback(world.services, "zendesk", back, browser)
            assert caught.value.reason == "issuer_mismatch"


class Named:
    """A catalog with one provider replaced."""

    def __init__(self, catalog, provider):
        self._catalog, self._provider = catalog, provider

    def provider(self, name):
        return self._provider if name == self._provider.name else self._catalog.provider(name)

    def __getattr__(self, name):
        return getattr(self._catalog, name)
