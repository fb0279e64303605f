"""Writes of several requests: what we can refuse is refused before the first, and a later refusal of the provider says so."""

import pytest

from tests.records.test_boundary_writes import do, path_of, written
from unified.errors.error import PARTLY_DONE

UNBUILDABLE = [
    ("hibob", "hris.employees", {"first_name": "Zed", "work_location_id": "abc"}),
    ("hibob", "hris.employees", {"work_email": "zed@example.com", "work_location_id": "abc"}),
]


@pytest.mark.parametrize("face", ["rest", "batch", "tool"])
@pytest.mark.parametrize(("provider", "model", "body"), UNBUILDABLE)
async def test_a_later_request_that_cannot_be_built_stops_the_first(world, face, provider, model, body):
    record_id = (await world.get(path_of(model), provider, limit=1)).json()["data"][0]["id"]
    status, answer = await do(world, face, {"direct": world.admin_key}, provider, model, "update", record_id, body)
    assert status >= 400, answer
    assert await written(world, provider) == []


@pytest.mark.parametrize("face", ["rest", "batch", "tool"])
async def test_a_refusal_of_a_later_request_reports_that_the_first_was_accepted(world, face):
    record_id = (await world.get("/hris/employees", "hibob", limit=1)).json()["data"][0]["id"]
    body = {"first_name": "Zed", "manager_id": "1"}
    fault = {"provider": "hibob", "match": "POST *people/*/work", "status": 422, "times": 1}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    status, answer = await do(world, face, {"direct": world.admin_key}, "hibob", "hris.employees", "update", record_id, body)
    assert (status, answer["code"]) == (422, "provider_validation"), answer
    assert answer["detail"].startswith(PARTLY_DONE)
    assert (await world.get(f"/hris/employees/{record_id}", "hibob")).json()["first_name"] == "Zed"


@pytest.mark.parametrize("face", ["rest", "tool"])
async def test_a_write_that_was_partly_done_is_not_offered_to_be_repeated(world, face):
    """A client that repeats what is `retryable` would do the first part twice."""
    record_id = (await world.get("/hris/employees", "hibob", limit=1)).json()["data"][0]["id"]
    body = {"first_name": "Zed", "manager_id": "1"}
    fault = {"provider": "hibob", "match": "POST *people/*/work", "status": 429, "times": 9}
    assert (await world.sandbox.post("/_sandbox/faults", json=fault)).status_code < 300
    status, answer = await do(world, face, {"direct": world.admin_key}, "hibob", "hris.employees", "update", record_id, body)
    assert (status, answer["code"], answer["retryable"]) == (429, "provider_rate_limited", False), answer
