"""The same over the page: what a person reads when the link ends, and when an address has guessed too often."""

import re
from urllib.parse import urlsplit

import pytest

from tests.world import open_world
from unified.service.connect.tries import MAX_TRIES
from unified.service.runtime.failed_attempts import MAX_PASSWORD_FAILURES
from unified.web.html.forms import CONNECT_COOKIE, form_token

PAGE = {"Accept": "text/html"}
FIELDS = {"provider": "zendesk", "kind": "basic", "setting.subdomain": "demo", "credential.username": "a@example.com"}


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, public_url="http://unified") as made:
        yield made


async def page_of(world) -> str:
    made = (await world.client.post("/connect", json={"provider": "zendesk"})).json()
    parts = urlsplit(made["url"])
    del world.client.headers["Authorization"]
    return f"{parts.path}?{parts.query}"


async def guess(world, address: str, password: str = "wrong"):
    sent = {"Cookie": f"{CONNECT_COOKIE}=secret", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    fields = {**FIELDS, "credential.password": password, "csrf": form_token("secret")}
    return await world.client.post(address, data=fields, headers=sent)


async def test_the_page_says_that_the_link_has_ended(world):
    address = await page_of(world)
    answers = [await guess(world, address) for _ in range(MAX_TRIES)]
    assert [one.status_code for one in answers] == [400] * (MAX_TRIES - 1) + [404]
    for last in (answers[-1], await guess(world, address), await world.client.get(address, headers=PAGE)):
        assert last.status_code == 404
        assert "This link is locked" in last.text
        assert re.search("Ask <bdi>[^<]+</bdi> for a new link", last.text)
    wrong = await world.client.get(address[:-1] + ("a" if address[-1] != "a" else "b"), headers=PAGE)
    assert "This link is locked" not in wrong.text
    assert len(await world.reached("zendesk")) == MAX_TRIES


async def test_an_address_that_guessed_too_often_is_asked_to_wait(world):
    address = await page_of(world)
    for _ in range(MAX_PASSWORD_FAILURES):
        world.services.attempts.passwords.failed("127.0.0.1")
    answer = await guess(world, address)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 600
    assert "Wait ten minutes" in answer.text
    assert [one["status"] for one in await world.reached("zendesk")] == [401], "what is right would have connected"
