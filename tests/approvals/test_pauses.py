"""A write that waits is not sent while who requested it is paused, or all writes are; afterwards it can be approved."""

from tests.cases import each
from unified.service.pausing import pause_key, pause_tenant


async def _pause(world, what, reason):
    if what == "requester":
        await pause_key(world.services, world.tenant, world.ids["asker"], reason, caller=None)
    else:
        await pause_tenant(world.services, world.tenant, "writes", reason, caller=None)


@each("what", ("requester", "writes"))
async def test_a_waiting_write_of_a_paused_agent_is_not_approved(world, what):
    approval, before = await world.contact(emails=[{"email": f"{what}@pauses.example"}]), await world.written()
    await _pause(world, what, "runaway")
    refused = await world.approve(approval)
    assert (refused.status_code, refused.json()["code"]) == (403, "paused")
    assert await world.written() == before
    assert (await world.row(approval))["status"] == "pending"
    await _pause(world, what, None)
    approved = await world.approve(await world.show(approval))
    assert approved.json()["status"] == "executed"
