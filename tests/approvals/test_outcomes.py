"""E7: what came of an execution is told as far as it is known; what is not known is `unknown`, and never repeated."""

import asyncio

import pytest

from tests.databases import WITH_SLOW_POSTGRESQL
from tests.waiting import until
from unified.service.maintenance.housekeeping import sweep
from unified.store import approvals


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request):
    return request.param


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ({"status": 422}, "failed", "provider_validation"),
        ({"status": 403}, "failed", "provider_forbidden"),
        ({"status": 500}, "unknown", "provider_error"),
        ({"status": 201, "body": "no json"}, "unknown", "provider_malformed"),
    ],
)
async def test_the_providers_answer_decides_the_outcome(world, fault, status, reason):
    approval = await world.contact()
    await world.fault(match="POST *", **fault)
    done = await world.approve(approval)
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["status_reason"]) == (status, reason)
    assert done.json()["result"] is None
    assert (await world.approve(approval)).status_code == 409
    assert len(await world.written()) <= 1
    assert (await world.row(approval))["payload"] is None


async def test_a_later_step_that_is_refused_leaves_the_outcome_unknown(world):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x", "status": "resolved"})
    await world.fault("jira", match="POST */transitions", status=400)
    done = (await world.approve(approval)).json()
    assert (done["status"], done["status_reason"]) in {("unknown", "partly_done"), ("executed", None)}
    sent = [one.split()[0] for one in await world.written("jira")]
    assert (done["status"] == "unknown") == (sent == ["PUT", "POST"])


async def test_an_approver_who_disconnects_leaves_the_outcome_unknown(world):
    approval = await world.contact()
    await world.fault(match="POST *", delay_ms=60_000)
    deciding = asyncio.create_task(world.approve(approval))
    await until(lambda: not world.faults.planned)
    deciding.cancel()
    await asyncio.wait([deciding])
    row = await world.row(approval)
    assert (row["status"], row["status_reason"], row["payload"]) == ("unknown", "cancelled", None)
    assert (await world.approve(approval)).status_code == 409


class TestTooSlow:
    @pytest.fixture
    def more_settings(self):
        return {"request_deadline": 0.5}

    async def test_a_provider_that_does_not_answer_in_time(self, world):
        approval = await world.contact()
        await world.fault(match="POST *", delay_ms=30_000)
        done = (await world.approve(approval)).json()
        assert (done["status"], done["status_reason"]) == ("unknown", "provider_timeout")
        assert (await world.approve(approval)).status_code == 409


async def test_an_unreported_execution_is_unknown_with_or_without_housekeeping(world):
    approval = await world.contact()
    row = await approvals.get(world.services.database, world.tenant, approval["id"])
    now = world.services.database.clock()
    assert await approvals.claim(world.services.database, row, decided_by="key_x", execute_until=now)
    assert (await world.show(approval))["status"] == "unknown"
    assert (await world.row(approval))["status"] == "approved"
    await sweep(world.services.database)
    stored = await world.row(approval)
    assert (stored["status"], stored["status_reason"]) == ("unknown", "not_reported")
    assert (await world.approve(approval)).status_code == 409
    assert await world.reached() == []


async def test_what_expired_is_erased_and_what_ended_is_forgotten_after_30_days(world):
    expired, declined = await world.contact(), await world.contact()
    await world.decline(declined)
    world.forward(minutes=61)
    assert (await world.row(expired))["payload"] is not None
    await sweep(world.services.database)
    row = await world.row(expired)
    assert (row["status"], row["payload"], row["decided_at"]) == ("expired", None, row["expires_at"])
    world.forward(days=29, hours=23)
    await sweep(world.services.database)
    assert {(await world.show(one))["status"] for one in (expired, declined)} == {"expired", "declined"}
    world.forward(days=30, minutes=30)
    await sweep(world.services.database)
    assert (await world.call("GET", f"/approvals/{declined['id']}", by="approver")).status_code == 404
    assert (await world.show(expired))["status"] == "expired"


async def test_an_update_that_turned_out_to_fit_no_longer_is_refused_by_the_provider(world):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x"})
    await world.fault("jira", match="PUT *", status=404)
    done = (await world.approve(approval)).json()
    assert (done["status"], done["status_reason"]) == ("failed", "not_found")
