"""E3: of many who approve at once, in one process or two, one executes; the provider sees one write."""

import asyncio
from collections import Counter

import pytest

from tests.databases import KINDS

pytestmark = pytest.mark.slow

AT_ONCE = 50


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


async def test_of_fifty_approvals_at_once_one_executes(world):
    approval = await world.contact()
    by = ("approver", "admin")
    answers = await asyncio.gather(*(world.approve(approval, by=by[number % 2]) for number in range(AT_ONCE)))
    assert Counter(one.status_code for one in answers) == {200: 1, 409: AT_ONCE - 1}
    assert await world.written() == ["POST /crm/v3/objects/contacts"]
    done = next(one.json() for one in answers if one.status_code == 200)
    assert (await world.show(approval))["decided_by"] == done["decided_by"]


async def test_of_approvals_and_declines_at_once_one_decides(world):
    for _ in range(5):
        approval, before = await world.contact(), len(await world.written())
        asked = [do(approval, by=by) for by in ("approver", "admin") for do in (world.approve, world.decline) for _ in range(3)]
        answers = await asyncio.gather(*asked)
        assert Counter(one.status_code for one in answers) == {200: 1, 409: len(asked) - 1}
        status = next(one.json()["status"] for one in answers if one.status_code == 200)
        assert len(await world.written()) - before == {"executed": 1, "declined": 0}[status]


async def test_of_edits_and_approvals_at_once_one_is_written(world):
    approval = await world.contact()
    bodies = [{"last_name": f"Edited{number}"} for number in range(10)]
    unseen = {**approval, "digest": "sha256:0"}
    shown = [(await world.approve(unseen, arguments=one)).json()["approval"] for one in bodies]
    edits = [world.approve(view, arguments=one) for view, one in zip(shown, bodies, strict=True)]
    answers = await asyncio.gather(*edits, *(world.approve(approval, by="admin") for _ in range(10)))
    assert Counter(one.status_code for one in answers) == {200: 1, 409: 19}
    assert len(await world.written()) == 1
