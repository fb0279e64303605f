"""HiBob's stand-in: the habits that its clients rely on."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.world import standins
from unified_sandbox.app import create_sandbox

ADA = {
    "firstName": "Ada",
    "surname": "King",
    "email": "ada@acme.example",
    "work": {"site": "London", "startDate": "2026-11-01"},
}
FIRST = "3332883884017713001"
DAYS = {"requestRangeType": "days", "startDatePortion": "all_day", "endDatePortion": "all_day"}


@pytest.fixture
async def hibob(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("hibob"), clock=clock)
    transport = httpx2.ASGITransport(app)
    auth = ("SERVICE-1001", "demo-hibob-token")
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/hibob/v1", auth=auth) as client:
        yield client


async def search(client, **body):
    answer = await client.post("/people/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["employees"]


async def test_wrong_credentials_are_reported_in_hibobs_shape(hibob):
    answer = await hibob.post("/people/search", json={}, auth=("SERVICE-1001", "wrong"))
    assert answer.status_code == 401
    assert answer.json()["key"] == "unauthorized"


async def test_a_search_gives_everyone_at_work_and_with_show_inactive_those_who_left(hibob):
    active = await search(hibob, fields=["internal.status"])
    everyone = await search(hibob, fields=["internal.status"], showInactive=True)
    assert (len(active), len(everyone)) == (129, 142)
    assert {row["internal"]["status"] for row in active} == {"Active"}


async def test_fields_come_flat_and_nested_and_unknown_ones_are_left_out(hibob):
    (row,) = await search(
        hibob,
        fields=["root.firstName", "work.department", "work.nonsense"],
        filters=[{"fieldPath": "root.id", "operator": "equals", "values": [FIRST]}],
        humanReadable="APPEND",
    )
    assert row == {
        "id": FIRST,
        "/root/firstName": {"value": "Daniel"},
        "/work/department": {"value": "209192110"},
        "firstName": "Daniel",
        "work": {"department": "209192110"},
        "humanReadable": {"firstName": "Daniel", "work": {"department": "Support"}},
    }


@pytest.mark.parametrize(
    "body",
    [
        {"filters": []},
        {"filters": [{"fieldPath": "work.title", "operator": "equals", "values": ["1"]}]},
        {"filters": [{"fieldPath": "root.id", "operator": "notEquals", "values": ["1"]}]},
        {"fields": ["root.id"] * 401},
        {"humanReadable": "yes"},
    ],
)
async def test_a_search_that_breaks_a_rule_is_a_400(hibob, body):
    answer = await hibob.post("/people/search", json=body)
    assert answer.status_code == 400
    assert answer.json()["key"].startswith("bad-request.")


async def test_a_person_is_created_with_a_work_row_and_found_by_mail(hibob):
    made = (await hibob.post("/people", json=ADA | {"work": ADA["work"] | {"title": "Designer"}})).json()
    assert made["work"]["title"] == "505"
    rows = (await hibob.get(f"/people/{made['id']}/work")).json()["values"]
    assert [(row["id"], row["title"], row["siteId"]) for row in rows] == [(1, "505", 881)]
    found = (await hibob.post("/people/ada@acme.example", json={"fields": ["root.id"]})).json()
    assert found["id"] == made["id"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"work": {"site": "London"}}, "validations.required"),
        ({"work": {"site": "Atlantis", "startDate": "2026-11-01"}}, "validations.list.value"),
        ({"shoeSize": 42}, "validations.unknownField"),
        ({"email": "daniel.kaur1@fjordlys2.example"}, "validations.email.alreadyexists"),
    ],
)
async def test_a_person_that_breaks_a_rule_is_not_created(hibob, change, key):
    answer = await hibob.post("/people", json=ADA | change)
    assert (answer.status_code, answer.json()["key"]) == (400, key)
    assert len(await search(hibob, showInactive=True)) == 142


async def test_an_update_that_changes_nothing_is_a_304(hibob):
    assert (await hibob.put(f"/people/{FIRST}", json={"firstName": "Gerda"})).status_code == 200
    assert (await hibob.put(f"/people/{FIRST}", json={"firstName": "Gerda"})).status_code == 304


async def test_a_title_is_not_a_plain_field_but_a_row_of_the_work_table(hibob):
    refused = await hibob.put(f"/people/{FIRST}", json={"work": {"title": "505"}})
    assert refused.json()["key"] == "validations.field.notEditable"
    row = {"effectiveDate": "2026-11-02", "title": "505", "siteId": 881}
    assert (await hibob.post(f"/people/{FIRST}/work", json=row)).status_code == 200
    rows = (await hibob.get(f"/people/{FIRST}/work")).json()["values"]
    assert [(one["isCurrent"], one["endEffectiveDate"]) for one in rows] == [(False, "2026-11-01"), (True, None)]
    (person,) = await search(hibob, filters=[{"fieldPath": "root.id", "operator": "equals", "values": [FIRST]}])
    assert (person["work"]["title"], person["work"]["site"], person["work"]["department"]) == ("505", "London", None)
    again = await hibob.post(f"/people/{FIRST}/work", json=row)
    assert (again.status_code, again.json()["key"]) == (400, "validations.table.effectiveDate")


async def test_someone_who_leaves_becomes_inactive(hibob):
    assert (await hibob.post(f"/employees/{FIRST}/terminate", json={"terminationDate": "2026-11-01"})).status_code == 200
    by_id = [{"fieldPath": "root.id", "operator": "equals", "values": [FIRST]}]
    assert await search(hibob, filters=by_id) == []
    (person,) = await search(hibob, filters=by_id, showInactive=True, fields=["internal.lifecycleStatus"])
    assert person["internal"] == {"lifecycleStatus": "terminated"}


async def test_bulk_rows_are_paged_by_cursor_to_the_last(hibob):
    seen, query = [], {"limit": "60"}
    while True:
        body = (await hibob.get("/bulk/people/work", params=query)).json()
        seen += [(one["employeeId"], row["id"]) for one in body["results"] for row in one["values"]]
        if body["response_metadata"]["next_cursor"] is None:
            break
        query["cursor"] = body["response_metadata"]["next_cursor"]
    assert len(seen) == len(set(seen)) > 142
    assert (await hibob.get("/bulk/people/work?limit=201")).status_code == 400
    assert (await hibob.get("/bulk/people/work?cursor=x")).status_code == 400
    some = (await hibob.get(f"/bulk/people/salaries?employeeIds={FIRST},9")).json()
    assert [one["employeeId"] for one in some["results"]] == [FIRST]
    assert some["errors"] == [{"9": {"error": "NOT_FOUND"}}]


async def test_archived_items_of_a_list_come_only_when_asked_for(hibob):
    plain = (await hibob.get("/company/named-lists/site")).json()["items"]
    every = (await hibob.get("/company/named-lists/site?includeArchived=true")).json()["items"]
    assert len(every) == len(plain) + 1
    assert (await hibob.get("/company/named-lists/nothing")).status_code == 404


async def test_the_log_of_changes_needs_a_span_of_at_most_six_months(hibob):
    assert (await hibob.get("/timeoff/requests/changes")).status_code == 400
    assert (await hibob.get("/timeoff/requests/changes?since=2026-01-01T00:00:00Z")).status_code == 400
    span = "/timeoff/requests/changes?since=2026-01-01T00:00:00Z&to=2026-06-30T00:00:00Z"
    assert (await hibob.get(span)).status_code == 200


async def test_a_request_is_made_cancelled_and_logged(hibob):
    body = DAYS | {"policyType": "Holiday", "startDate": "2026-12-01", "endDate": "2026-12-03", "endDatePortion": "morning"}
    made = (await hibob.post(f"/timeoff/employees/{FIRST}/requests", json=body)).json()["id"]
    one = f"/timeoff/employees/{FIRST}/requests/{made}"
    assert (await hibob.get(one)).json()["totalCost"] == 2.5
    assert (await hibob.delete(one)).status_code == 200
    assert (await hibob.get(one)).json()["status"] == "canceled"
    log = (await hibob.get("/timeoff/requests/changes?since=2026-11-02T00:00:00Z&to=2026-11-03T00:00:00Z")).json()["changes"]
    assert [line["changeType"] for line in log if line["requestId"] == made] == ["Canceled"]
    assert (await hibob.get(f"/timeoff/employees/9/requests/{made}")).status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"policyType": "Nap"}, {"endDate": "2026-11-30"}, {"endDatePortion": "afternoon"}, {"requestRangeType": "hours"}],
)
async def test_a_request_that_breaks_a_rule_is_a_400(hibob, change):
    body = DAYS | {"policyType": "Holiday", "startDate": "2026-12-01", "endDate": "2026-12-01"} | change
    assert (await hibob.post(f"/timeoff/employees/{FIRST}/requests", json=body)).status_code == 400


async def test_a_balance_is_of_one_policy_type_on_one_day(hibob):
    path = f"/timeoff/employees/{FIRST}/balance"
    assert (await hibob.get(path, params={"policyType": "Holiday"})).status_code == 400
    found = (await hibob.get(path, params={"policyType": "Holiday", "date": "2026-10-31"})).json()
    assert found["totalBalanceAsOfDate"] + found["totalTaken"] == found["annualAllowance"] == 25


async def test_limits_are_reported_with_the_end_of_the_window(hibob):
    answer = await hibob.get("/timeoff/policy-types")
    assert answer.headers["x-ratelimit-limit"] == "50"
    assert int(answer.headers["x-ratelimit-reset"]) > 1_700_000_000
    assert "retry-after" not in answer.headers
