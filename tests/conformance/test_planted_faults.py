"""Faults that a test plants stay with it."""

from types import SimpleNamespace

import pytest

from tests.conformance import conftest
from tests.conformance.subjects import subjects

pytestmark = pytest.mark.asyncio(loop_scope="session")
LISTED = subjects("list")[0]


async def test_a_used_fault_is_not_left_over(changing):
    await changing.fail(LISTED.provider, status=503)
    await changing.first(LISTED)  # which is tried again
    assert changing.unused_faults() == []


async def test_a_fault_that_no_call_hits_is_named_once_and_gone(changing):
    await changing.fail(LISTED.provider, status=500)
    assert [one["status"] for one in (await changing.control.get("/_sandbox/faults")).json()["data"]] == [500]
    assert changing.unused_faults() == [f"1 x * of {LISTED.provider}, status 500"]
    assert changing.unused_faults() == []
    assert await changing.first(LISTED)


async def test_the_control_surface_removes_them(changing):
    await changing.fail(LISTED.provider, status=500)
    assert (await changing.control.delete("/_sandbox/faults")).status_code == 204
    assert changing.unused_faults() == []


async def test_a_test_that_leaves_one_fails():
    """The fixture itself, run by hand around a test that leaves a fault."""
    left = SimpleNamespace(unused_faults=lambda: ["1 x * of acme, status 500"])
    request = SimpleNamespace(fixturenames=["changing"], getfixturevalue=lambda _: left)
    running = conftest._no_fault_is_left.__wrapped__(request)
    next(running)
    with pytest.raises(pytest.fail.Exception, match="planted faults that no call hit: 1 x \\* of acme"):
        next(running)
