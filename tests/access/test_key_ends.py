"""API keys end by default, and say so ahead: in the response, by an event, on the command line and on the page."""

import re
from datetime import timedelta

import pytest

from unified.service.access.api_keys import create_key
from unified.service.access.key_config import NewKey
from unified.service.maintenance.housekeeping import announcing_key_ends
from unified.settings.settings import Settings
from unified.store import deliveries
from unified.text.formatting_times import time_text

DAY = 86_400
HEADER = "unified-key-expires"


async def make(world, **asked):
    return await world.client.post("/api-keys", json={"name": "k", "role": "app", **asked})


def in_(world, **more):
    return time_text(world.services.clock() + timedelta(**more))


class TestByDefault:
    @pytest.fixture
    def more_settings(self):
        return {"key_default_lifetime": Settings().key_default_lifetime}

    async def test_a_key_ends_after_90_days_unless_its_maker_says_otherwise(self, world):
        assert (await make(world)).json()["expires_at"][:10] == in_(world, days=90)[:10]
        chosen = in_(world, days=7)
        assert (await make(world, expires_at=chosen)).json()["expires_at"] == chosen
        endless = NewKey(name="k", role="app", expires_at=None)
        row, _ = await create_key(world.services, world.tenant, endless, maker=None)
        assert row.expires_at is None


async def test_a_key_with_an_end_makes_no_key_without_one(world):
    end = in_(world, days=7)
    maker = await world.key(role="admin", expires_at=end)
    as_maker = {"Authorization": f"Bearer {maker}"}
    asked = {"name": "k", "role": "app"}
    refused = await world.client.post("/api-keys", json={**asked, "expires_at": None}, headers=as_maker)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_exceeds_parent")
    assert refused.json()["detail"] == (
        "/expires_at: null, for a key that does not end, is later than the end of the key that makes it; leave it out"
    )
    assert (await world.client.post("/api-keys", json=asked, headers=as_maker)).json()["expires_at"] == end


class TestWithALongestLifetime:
    @pytest.fixture
    def more_settings(self):
        return {"key_max_lifetime": 30 * DAY}

    async def test_never_is_refused_and_the_usual_lifetime_is_shorter(self, world):
        refused = await make(world, expires_at=None)
        assert refused.status_code == 422
        assert refused.json()["detail"] == (
            "/expires_at: null, for a key that does not end, is later than UNIFIED_KEY_MAX_LIFETIME allows; leave it out for the usual lifetime"
        )
        assert (await make(world)).json()["expires_at"][:13] == in_(world, days=30)[:13]


async def test_without_a_usual_lifetime_keys_do_not_end_by_default(world):
    assert world.services.settings.key_default_lifetime == 0
    for asked in ({}, {"expires_at": None}):
        assert (await make(world, **asked)).json()["expires_at"] is None


async def test_responses_say_ahead_when_the_key_ends(world):
    end = in_(world, days=20)
    headers = {"Authorization": f"Bearer {await world.key(expires_at=end)}"}
    paths = ("/catalog/models", "/crm/contacts?account_id=acc_unknown")
    for path in paths:
        assert HEADER not in (await world.client.get(path, headers=headers)).headers
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(days=7)
    for path in paths:
        assert (await world.client.get(path, headers=headers)).headers[HEADER] == end
    assert HEADER not in (await world.client.get("/catalog/models")).headers  # this key does not end


async def test_the_event_is_sent_once_for_a_key(world):
    hook = {"url": "https://hooks.example.com/in", "events": ["key.expiring"]}
    made = await world.client.post("/webhooks", json=hook)
    assert made.status_code == 201, made.text
    soon = (await make(world, expires_at=in_(world, days=13))).json()
    for late in ({}, {"expires_at": None}, {"expires_at": in_(world, days=15)}):
        await make(world, **late)
    announce = announcing_key_ends(world.services.settings)
    assert [await announce(world.services.database) for _ in range(3)] == [1, 0, 0]
    (row,) = (await deliveries.list_page(world.services.database, world.tenant, made.json()["id"])).items
    assert row.event == "key.expiring"
    assert f'"data":{{"key_id":"{soon["id"]}","expires_at":"{soon["expires_at"]}"}}' in row.payload
    clock = world.services.database.clock
    world.services.database.clock = lambda: clock() + timedelta(days=2)
    assert await announce(world.services.database) == 1  # the one of 15 days


class TestByThePolicy:
    @pytest.fixture
    def more_settings(self):
        return {"key_max_lifetime": 10 * DAY, "key_expiry_warning": 2 * DAY}

    async def test_an_end_by_the_policy_is_announced_too(self, world):
        announce = announcing_key_ends(world.services.settings)
        assert await announce(world.services.database) == 0
        clock = world.services.database.clock
        world.services.database.clock = lambda: clock() + timedelta(days=9)
        answer = await world.client.get("/catalog/models")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.headers[HEADER])
        assert await announce(world.services.database) >= 1
