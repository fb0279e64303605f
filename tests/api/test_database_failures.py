"""A database that fails is said to callers as 503, which they may repeat, and to operators with its reason."""

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from tests.waiting import until
from unified.api.answers import failure_lines
from unified.store import account_lists, idempotency

PATHS = ("/accounts", "/crm/contacts", "/api-keys", "/audit")
"""Routes behind gates of each kind; the caller is looked up in one place for all."""


def _failing(world, monkeypatch):
    async def fail(_digest):
        raise ConnectionRefusedError("planted-secret")

    monkeypatch.setattr(world.services.rows, "key", fail)


@pytest.mark.parametrize("path", PATHS)
async def test_a_call_whose_key_cannot_be_looked_up_can_be_repeated(world, monkeypatch, path):
    _failing(world, monkeypatch)
    with capture_logs() as logs:
        answer = await world.client.get(path)
    body = answer.json()
    assert (answer.status_code, body["code"], body["retryable"], body["retry_after"]) == (503, "overloaded", True, 5.0)
    assert body["detail"] == "the database does not answer now, so nothing was done; try again"
    told = [one for one in logs if one["event"] == "database_failed"]
    assert told == [
        {
            "event": "database_failed",
            "log_level": "error",
            "kind": "ConnectionRefusedError",
            "reason": "connection refused",
        }
    ]
    assert not [one for one in logs if one["event"] == "fault"]
    assert "planted-secret" not in answer.text + str(logs)


async def test_a_long_outage_is_one_line_a_second_with_how_many_requests_met_it(world, monkeypatch):
    monkeypatch.setattr(failure_lines, "SECONDS", 0.2)
    _failing(world, monkeypatch)

    def told_of() -> list[Any]:
        return [one for one in logs if one["event"] == "database_failed"]

    with capture_logs() as logs:
        began = time.monotonic()
        for _ in range(25):
            assert (await world.client.get("/accounts")).status_code == 503
        await until(lambda: sum(one.get("count", 1) for one in told_of()) == 25)
        told, took = told_of(), time.monotonic() - began
        await asyncio.sleep(0.5)  # a pause, longer than failures are counted together
        assert (await world.client.get("/accounts")).status_code == 503
    assert "count" not in told[0]
    assert len(told) <= 2 + took / 0.2
    after = told_of()[len(told) :]
    assert len(after) == 1, "a failure after a pause is logged at once"


async def test_a_mistake_of_the_service_is_a_fault_anyway(world, monkeypatch):
    async def fail(_digest):
        raise KeyError("planted-secret")

    monkeypatch.setattr(world.services.rows, "key", fail)
    with capture_logs() as logs:
        answer = await world.client.get("/accounts")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert [one["kind"] for one in logs if one["event"] == "fault"] == ["KeyError"]


async def test_readiness_logs_the_reason_and_does_not_show_it(world, monkeypatch):
    async def fail():
        raise ConnectionRefusedError("planted-secret")

    monkeypatch.setattr(world.services.database, "ping", fail)
    with capture_logs() as logs:
        answer = await world.client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "database": "no answer"})
    assert [(one["event"], one["reason"]) for one in logs if "reason" in one] == [("database_failed", "connection refused")]


CREATE = {"last_name": "Once", "emails": [{"email": "once@new.example"}]}
WAYS = {
    "route": ("/crm/contacts", CREATE),
    "batch": ("/crm/contacts/batch", {"items": [{"op": "create", "data": CREATE}, {"op": "update", "id": "1", "data": {}}]}),
    "tool": ("/tools/create_crm_contact", {"arguments": CREATE}),
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_write_that_was_done_before_the_failure_is_not_said_to_be_repeatable(world, monkeypatch, way):
    """The provider has the record, and the database fails when that is noted."""

    async def fail(*_place, **_outcome):
        raise OperationalError("UPDATE planted-secret", {}, ConnectionRefusedError("planted-secret"))

    monkeypatch.setattr(idempotency, "finish", fail)
    path, body = WAYS[way]
    with capture_logs() as logs:
        answer = await world.client.post(
            path, params={"account_id": world.accounts["hubspot"]}, json=body, headers={"Idempotency-Key": "k-1"}
        )
    shown = answer.json()
    if way == "batch":
        (shown, other) = [one["error"] for one in shown["results"]]
        assert other["code"] == "validation_failed", "an item's outcome does not depend on another's"
    assert (shown["code"], shown["status"], shown["retryable"]) == ("internal", 500, False)
    assert "whether it was done is not known" in shown["detail"]
    (fault,) = [one for one in logs if one["event"] == "fault"]
    assert fault["reason"] == "connection refused"
    assert "planted-secret" not in answer.text + str(logs)
    posted = [one["path"] for one in await world.reached() if one["method"] == "POST" and "/properties/" not in one["path"]]
    assert posted == ["/crm/v3/objects/contacts"]


@pytest.mark.parametrize(
    "failure",
    [
        OperationalError("SELECT", {}, ConnectionRefusedError("planted-secret")),
        ConnectionRefusedError("planted-secret"),
        TimeoutError(),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_a_read_that_a_failing_database_ends_can_be_repeated(world, monkeypatch, failure):
    async def fail(*_place, **_asked):
        raise failure

    monkeypatch.setattr(account_lists, "list_page", fail)
    with capture_logs() as logs:
        answer = await world.client.get("/accounts")
    shown = answer.json()
    assert (answer.status_code, shown["code"], shown["retryable"], shown["retry_after"]) == (503, "overloaded", True, 5.0)
    (told,) = [one for one in logs if one["event"] == "database_failed"]
    assert told["reason"] in {"connection refused", "no answer in time"}
    assert "planted-secret" not in answer.text + str(logs)


async def test_other_failures_of_a_read_are_faults(world, monkeypatch):
    async def fail(*_place, **_asked):
        raise FileNotFoundError("planted-secret")

    monkeypatch.setattr(account_lists, "list_page", fail)
    with capture_logs() as logs:
        answer = await world.client.get("/accounts")
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (500, "internal", True)
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["fault"]
    assert "planted-secret" not in answer.text + str(logs)
