"""An approver is told who requests a write, and what the product does with it, whatever else their key may see."""

import re

from tests.web.people import signed_in

SCOPE = {"methods": ["read", "write"], "writes": "approve"}


async def test_the_approver_sees_the_name_of_the_key_that_asks(world):
    key_id = await world.key("careful agent", scope=SCOPE)
    approval = await world.ask(body={"last_name": "Lovelace"}, by="careful agent")
    async with signed_in(world, world.keys["approver"]) as person:
        for address in ("/ui/approvals", f"/ui/approvals/{approval['id']}"):
            text = (await person.get(address)).text
            assert "careful agent" in text, address
            assert key_id not in text, address
        await world.decline(approval)
        assert "careful agent" in (await person.get("/ui/approvals")).text, "and who asked for what was decided"


async def test_the_mappings_note_is_above_the_decision(world):
    ticket = await world.record("/ticketing/tickets", provider="jira")
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Refund"})
    async with signed_in(world, world.keys["approver"]) as person:
        text = (await person.get(f"/ui/approvals/{approval['id']}")).text
    said = "A new status is reached through the workflow transition that leads to it."
    assert said in text
    assert text.index(said) < text.index('class="card decision"')


async def test_the_home_page_tells_waiting_writes_apart(world):
    await world.ask(body={"last_name": "Lovelace"})
    async with signed_in(world, world.keys["approver"]) as person:
        assert re.search(r"<bdi>[^<]+</bdi>, requested <time", (await person.get("/ui")).text)
