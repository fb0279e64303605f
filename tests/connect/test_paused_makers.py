"""Links of a paused API key: they connect nothing until it is resumed, and what was begun begins again."""

import pytest

from tests.connect.conftest import both_databases
from tests.keys import new_key
from unified.errors.access import LinkPaused
from unified.service.access.api_keys import create_key
from unified.service.connect import complete_callback, new_browser_secret
from unified.service.pausing import pause_key
from unified.store.engine.tables import ACCOUNTS

MAKES_LINKS = {"manage": ["connect"]}


@both_databases
async def test_the_links_of_a_paused_key_connect_nothing_until_it_is_resumed(world):
    row, key = await create_key(world.services, world.tenant, new_key(name="app", role="app", scope=MAKES_LINKS), maker=None)
    made = await world.api.post("/connect", json={"provider": "zendesk"}, headers={"Authorization": f"Bearer {key}"})
    link, browser = await world.opened(made.json()["url"]), new_browser_secret()
    back = await world.approve(await world.begun(link, "zendesk", browser))
    await pause_key(world.services, world.tenant, row.id, "compromised", caller=None)
    with pytest.raises(LinkPaused, match="ask whoever sent it"):
        await world.opened(made.json()["url"])
    with pytest.raises(LinkPaused):
        await complete_callback(world.services, "zendesk", back, browser)
    assert await world.rows(ACCOUNTS) == []
    assert (await world.connected("zendesk")).account_id, "links of other keys still work"
    await pause_key(world.services, world.tenant, row.id, None, caller=None)
    again = await world.opened(made.json()["url"])
    assert (await world.connected("zendesk", again)).account_id
