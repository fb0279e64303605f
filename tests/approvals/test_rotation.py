"""Waiting writes outlive a rotation of the master keys, at whatever point between request and decision it takes place."""

import itertools

import pytest

from tests.cases import each
from tests.world import open_services
from unified.service.maintenance.key_rotation import rotate
from unified.vault.key_file import KEY_FILE
from unified.vault.keys import add_master_key

POINTS = ("requested", "listed", "shown", "edited")
PATH, CHANGE = "/ticketing/tickets/10001", {"name": "Renamed"}


async def rotated(world, *, is_over: bool) -> None:
    """Rotate beside the running service; in the end, the old key is removed."""
    services = world.services
    add_master_key(services.settings)
    done = await rotate(services.database, services.vault, lambda _column, _count: None)
    assert done.unreadable == 0
    if is_over:
        file = services.settings.home / KEY_FILE
        file.write_text(file.read_text().splitlines()[0] + "\n")


@pytest.mark.parametrize("is_over", [False, pytest.param(True, marks=pytest.mark.slow)])
@each("points", [one for count in (1, 4) for one in itertools.combinations(POINTS, count)])
async def test_the_shown_write_is_the_approved_one(world, points, is_over):
    async def reach(point):
        if point in points:
            await rotated(world, is_over=is_over)

    approval = await world.ask("PATCH", PATH, CHANGE)
    await reach("requested")
    listed = (await world.call("GET", "/approvals", by="approver", status="pending")).json()["data"]
    assert [one["id"] for one in listed] == [approval["id"]]
    await reach("listed")
    shown = await world.show(approval)
    await reach("shown")
    assert shown["digest"] == approval["digest"] == listed[0]["digest"]
    edit = {"arguments": {"name": "Edited"}} if "edited" in points else {}
    if edit:
        stale = await world.call("POST", f"/approvals/{approval['id']}/approve", {"digest": "sha256:0", **edit}, by="approver")
        assert stale.status_code == 409, stale.text
        shown = stale.json()["approval"]
        await reach("edited")
    done = await world.approve(shown, **edit)
    assert (done.status_code, done.json().get("status")) == (200, "executed"), done.text


async def test_a_process_with_the_new_key_alone_makes_the_same_digests(world):
    content = (b"a write", "approvals", world.tenant)
    await rotated(world, is_over=True)
    async with open_services(world.services.settings) as other:
        assert len(other.vault.kids) == 1
        assert other.digest.of_content(*content) == world.services.digest.of_content(*content)
    assert world.services.digest.of_content(*content) != world.services.digest.of_content(content[0], "approvals", world.other)
