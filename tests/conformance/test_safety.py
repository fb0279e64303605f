"""What reading sends: only what the mapping file says, never a change; and nothing secret reaches a log."""

import logging
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.conformance.subjects import may_send, subjects
from tests.conformance.test_failures import BODY, CANARY
from tests.conformance.world import standins
from tests.keys import new_key
from tests.world import PROVIDERS
from unified.api.routes import ROUTES
from unified.api.server import build_server
from unified.service.access.api_keys import create_key

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


@pytest.mark.parametrize("subject", subjects("list", "get"), ids=str)
async def test_reading_sends_only_what_its_calls_say(world, subject):
    whole = await world.whole(subject)
    allowed = may_send(subject, "list", "get")
    before = await world.mark()
    await world.first(subject)
    await world.get(subject, next(iter(whole)))
    reached = [(one["method"], one["path"]) for one in await world.reached(subject.provider, before)]
    assert reached
    assert {verb for verb, _ in reached} <= {"GET", "POST"}
    assert [one for one in reached if not any(one[0] == verb and path.fullmatch(one[1]) for verb, path in allowed)] == []


async def test_reading_never_changes_anything_at_a_provider(world):
    """No list or get, nor what comes before it, has a verb that changes; POST stands in the file where a search needs it."""
    verbs = {(str(one), verb) for one in subjects("list", "get") for verb, _ in may_send(one, "list", "get")}
    assert {one for one in verbs if one[1] not in {"GET", "POST"}} == set()


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_no_secret_in_logs_or_answers(changing, caplog, capsys, provider):
    caplog.set_level(logging.DEBUG)
    services = changing.services
    _, key = await create_key(services, changing.principal.tenant_id, new_key(name="k", role="admin"), maker=None)

    @asynccontextmanager
    async def ready():
        yield services

    server = build_server(services.settings, ready, ROUTES)
    server.state.services = services
    transport = httpx2.ASGITransport(server)
    query = {"account_id": changing.accounts[provider]}
    texts = []
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://unified", headers={"Authorization": f"Bearer {key}"}
    ) as client:
        for subject in subjects("list"):
            if subject.provider == provider:
                path = "/" + subject.model.replace(".", "/")
                asked = {**query, "limit": 2, **await changing.given(subject)}
                texts.append((await client.get(path, params=asked)).text)
                await changing.fail(provider, status=500, body={**BODY, "secret": CANARY})
                await client.get(path, params=asked)
                await client.get(path, params=asked)
        texts.append((await client.get("/accounts")).text)
    logged = caplog.text + "".join(capsys.readouterr())
    secrets = [
        one
        for given in standins()[provider].demo_credentials
        for name, one in given.items()
        if name not in {"type", "username"} and len(one) > 3
    ]
    assert secrets
    assert [one for one in (*secrets, key, CANARY) if str(one) in logged] == []
    assert [one for one in (*secrets, key) if any(str(one) in text for text in texts)] == []
