"""BambooHR's stand-in: the habits that its clients rely on."""

from collections.abc import AsyncIterator
from random import Random

import httpx2
import pytest

from tests.world import standins
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

BIG_ID = "90071992547409931"
"""Does not survive arithmetic in doubles."""
V1 = "/api/v1"
WHY = "x-bamboohr-error-message"


@pytest.fixture
async def bamboohr(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("bamboohr"), clock=clock)
    headers = {"authorization": "Bearer demo-bamboohr-access", "accept": "application/json"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/bamboohr", headers=headers) as client:
        yield client


async def listed(client, **params):
    answer = await client.get(f"{V1}/employees", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def everybody(client, **params):
    rows, cursor = [], None
    while True:
        body = await listed(client, **params, **({"page[after]": cursor} if cursor else {}))
        rows += body["data"]
        cursor = body["meta"]["page"]["nextCursor"]
        if cursor is None:
            return rows


def test_it_holds_enough():
    assert len(discover("bamboohr")["bamboohr"].seed(Random("bamboohr"))["employees"]) >= 120


async def test_the_list_pages_by_cursor_and_keeps_big_ids(bamboohr):
    rows = await everybody(bamboohr, **{"page[limit]": 50})
    first = await listed(bamboohr, **{"page[limit]": 50})
    assert len(first["data"]) == 50
    assert first["meta"]["total"] == len(rows)
    assert len({row["employeeId"] for row in rows}) == len(rows)
    assert rows[-1]["employeeId"] == BIG_ID


async def test_the_list_ignores_fields_that_it_does_not_know(bamboohr):
    row = (await listed(bamboohr, fields="workEmail,departmentId,ssn,lastChanged"))["data"][0]
    assert {"workEmail", "departmentId", "employeeId", "_restrictedFields"} <= row.keys()
    assert not {"ssn", "lastChanged"} & row.keys()


async def test_restricted_fields_are_null_and_named_in_the_list_and_left_out_of_one(bamboohr):
    rows = await everybody(bamboohr, fields="homeEmail,birthDate")
    row = next(row for row in rows if row["_restrictedFields"])
    assert row["homeEmail"] is None
    assert "homeEmail" in row["_restrictedFields"]
    one = (await bamboohr.get(f"{V1}/employees/{row['employeeId']}", params={"fields": "homeEmail,firstName"})).json()
    assert set(one) == {"id", "firstName"}


async def test_filters_and_order_of_the_list_work_together(bamboohr):
    params = {"filter[status]": "inactive", "filter[jobTitleName]": "E", "sort": "-lastName"}
    rows = await everybody(bamboohr, **params)
    names = [row["lastName"].casefold() for row in rows]
    assert rows
    assert names == sorted(names, reverse=True)
    assert all(row["status"] == "Inactive" and "e" in row["jobTitleName"].casefold() for row in rows)
    batch = await bamboohr.get(f"{V1}/employees?filter[ids][]=4&filter[ids][]=5")
    assert [row["employeeId"] for row in batch.json()["data"]] == ["4", "5"]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"page[limit]": "101"}, "page[limit] must be between 1 and 100"),
        ({"page[after]": "nonsense"}, "The page cursor is not valid"),
        ({"filter[status]": "gone"}, "Invalid parameter filter[status]=gone"),
        ({"filter[city]": "Leeds"}, "Invalid parameter filter[city]=Leeds"),
        ({"sort": "city"}, "Cannot sort by city"),
    ],
)
async def test_the_list_refuses_what_it_cannot_do(bamboohr, params, message):
    answer = await bamboohr.get(f"{V1}/employees", params=params)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_older_calls_answer_xml_unless_json_is_asked_for(bamboohr):
    answer = await bamboohr.get(f"{V1}/employees/4", headers={"accept": "*/*"})
    assert answer.headers["content-type"].startswith("text/xml")
    assert (await bamboohr.get(f"{V1}/meta/lists?format=json", headers={"accept": "*/*"})).json()[0]["options"]


async def test_create_answers_where_the_employee_is_and_update_keeps_the_rest(bamboohr):
    body = {"firstName": "Ada", "lastName": "King", "jobTitle": "Designer", "customShirtsize": "Small"}
    made = await bamboohr.post(f"{V1}/employees", json=body)
    assert (made.status_code, made.content) == (201, b"")
    at = made.headers["location"]
    changed = await bamboohr.post(at, json={"preferredName": "Countess", "customShirtsize": None})
    assert (changed.status_code, changed.content) == (200, b"")
    fields = "firstName,preferredName,jobTitleName,customShirtsize,jobTitleId,lastChanged,noSuchField"
    one = (await bamboohr.get(at, params={"fields": fields})).json()
    assert one["firstName"] == "Ada"
    assert one["preferredName"] == "Countess"
    assert one["customShirtsize"] is None
    assert one["jobTitleName"] == "Designer"
    assert one["jobTitleId"]
    assert one["lastChanged"] == "2026-11-02T12:00:00Z"
    assert "noSuchField" not in one
    rows = (await bamboohr.get(f"{at}/tables/jobInfo")).json()
    assert [(row["date"], row["jobTitle"]) for row in rows] == [("2026-11-02", "Designer")]


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        ({"firstName": "Ada"}, 400, "firstName and lastName are required"),
        ({"firstName": "A", "lastName": "B", "shoeSize": 4}, 400, "Unknown field: shoeSize"),
        ({"firstName": "A", "lastName": "B", "status": "Active"}, 403, "Field cannot be changed: status"),
        ({"firstName": "A", "lastName": "B", "hireDate": "05/10/2026"}, 409, "Invalid value for field: hireDate"),
        ({"firstName": "A", "lastName": "B", "department": "Nowhere"}, 409, "Invalid value for field: department"),
    ],
)
async def test_refused_creates_have_no_body_and_say_why_in_a_header(bamboohr, body, status, why):
    answer = await bamboohr.post(f"{V1}/employees", json=body)
    assert (answer.status_code, answer.content, answer.headers[WHY]) == (status, b"", why)


async def test_a_mail_address_is_taken_once(bamboohr):
    taken = (await listed(bamboohr, fields="workEmail"))["data"][0]["workEmail"]
    answer = await bamboohr.post(f"{V1}/employees/5", json={"workEmail": taken})
    assert (answer.status_code, answer.headers[WHY]) == (409, "Duplicate email address")


async def test_changes_name_the_deleted_too_and_no_one_is_an_empty_list(bamboohr):
    changes = (await bamboohr.get(f"{V1}/employees/changed", params={"since": "2000-01-01T00:00:00Z"})).json()["employees"]
    assert changes["901"]["action"] == "Deleted"
    assert changes["4"]["id"] == "4"
    later = {"since": "2026-11-02T11:00:00Z"}
    assert (await bamboohr.get(f"{V1}/employees/changed", params=later)).json()["employees"] == []
    await bamboohr.post(f"{V1}/employees/4", json={"homePhone": "+1 312 555 0100"})
    assert set((await bamboohr.get(f"{V1}/employees/changed", params=later)).json()["employees"]) == {"4"}
    assert (await bamboohr.get(f"{V1}/employees/changed")).status_code == 400


async def test_tables_of_all_are_those_of_each(bamboohr):
    rows = (await bamboohr.get(f"{V1}/employees/all/tables/compensation")).json()
    mine = (await bamboohr.get(f"{V1}/employees/5/tables/compensation")).json()
    assert [row for row in rows if row["employeeId"] == "5"] == mine
    for path in ("/employees/5/tables/nothing", "/employees/77777/tables/jobInfo", "/employees/77777"):
        assert (await bamboohr.get(V1 + path)).status_code == 404


async def test_time_off_is_asked_for_decided_and_taken_back(bamboohr):
    body = {"status": "requested", "start": "2026-12-21", "end": "2026-12-22", "timeOffTypeId": 78, "amount": 16}
    made = await bamboohr.put(f"{V1}/employees/5/time_off/request", json=body)
    id_ = made.json()["id"]
    assert made.status_code == 201
    assert made.headers["location"].endswith(f"/time_off/requests/{id_}")
    days = {"start": "2026-12-22", "end": "2026-12-31"}
    status = f"{V1}/time_off/requests/{id_}/status"
    for word, stored in (("approved", "approved"), ("cancelled", "canceled")):
        assert (await bamboohr.put(status, json={"status": word})).status_code == 200
        (found,) = (await bamboohr.get(f"{V1}/time_off/requests", params={**days, "id": id_, "status": stored})).json()
        assert found["employeeId"] == "5"
        assert found["amount"] == {"unit": "hours", "amount": "16"}
    assert (await bamboohr.put(status, json={"status": "approved"})).status_code == 403
    assert (await bamboohr.put(status, json={"status": "requested"})).status_code == 400


async def test_time_off_needs_days_and_known_filters(bamboohr):
    days = {"start": "2026-01-01", "end": "2026-12-31"}
    for params in ({"start": "2026-01-01"}, {**days, "status": "maybe"}, {**days, "colour": "red"}):
        assert (await bamboohr.get(f"{V1}/time_off/requests", params=params)).status_code == 400
    found = (await bamboohr.get(f"{V1}/time_off/requests", params={**days, "type": "77,79"})).json()
    assert {one["type"]["id"] for one in found} == {"77", "79"}


async def test_balances_are_text_as_of_a_day(bamboohr):
    found = (await bamboohr.get(f"{V1}/employees/5/time_off/calculator", params={"end": "2026-12-31"})).json()
    assert {one["end"] for one in found} == {"2026-12-31"}
    assert all("." in one["balance"] for one in found)


async def test_clock_entries_are_local_times_and_do_not_overlap(bamboohr):
    body = {"entries": [{"employeeId": 50, "date": "2026-07-01", "start": "09:00", "end": "17:30"}]}
    made = await bamboohr.post(f"{V1}/time_tracking/clock_entries/store", json=body)
    (entry,) = made.json()
    assert made.status_code == 201
    assert entry["start"] == "2026-07-01T15:00:00+00:00"
    assert entry["hours"] == 8.5
    assert (await bamboohr.post(f"{V1}/time_tracking/clock_entries/store", json=body)).status_code == 409
    ids = {"clockEntryIds": [entry["id"]]}
    assert (await bamboohr.post(f"{V1}/time_tracking/clock_entries/delete", json=ids)).status_code == 204
    days = {"start": "2026-07-01", "end": "2026-07-01", "employeeIds": "50"}
    assert (await bamboohr.get(f"{V1}/time_tracking/timesheet_entries", params=days)).json() == []


async def test_timesheets_reach_back_a_year(bamboohr):
    days = {"start": "2025-10-01", "end": "2026-10-01"}
    answer = await bamboohr.get(f"{V1}/time_tracking/timesheet_entries", params=days)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, "Dates must be within the last 365 days")


async def test_an_api_key_is_a_user_name_with_any_password(bamboohr):
    del bamboohr.headers["authorization"]
    assert (await bamboohr.get(f"{V1}/employees", auth=("demo-bamboohr-key", "anything"))).status_code == 200
    refused = await bamboohr.get(f"{V1}/employees", auth=("another", "x"))
    assert (refused.status_code, refused.content) == (401, b"")
    assert refused.headers[WHY]


async def test_a_refresh_token_works_once(bamboohr):
    client = {"client_id": "demo-client", "client_secret": "demo-secret"}
    form = {"grant_type": "refresh_token", "refresh_token": "demo-bamboohr-refresh", **client}
    fresh = await bamboohr.post("/token.php?request=token", data=form)
    assert fresh.status_code == 200
    assert fresh.json()["refresh_token"] != form["refresh_token"]
    assert (await bamboohr.post("/token.php?request=token", data=form)).status_code == 400


async def test_a_report_has_every_field_of_everybody_and_leaves_unknown_ones_out(bamboohr):
    filters = {"lastChanged": {"value": "2026-10-01T00:00:00Z"}, "employeeIds": [int(BIG_ID), 4, 5, 6]}
    body = {"fields": ["gender", "departmentId", "noSuchField"], "filters": filters}
    rows = (await bamboohr.post(f"{V1}/reports/custom?format=JSON", json=body)).json()["employees"]
    changed = (await bamboohr.get(f"{V1}/employees/changed", params={"since": "2026-09-30T23:59:59Z"})).json()["employees"]
    assert rows
    assert {row["id"] for row in rows} == {BIG_ID, "4", "5", "6"} & changed.keys()
    assert all(row.keys() == {"id", "gender", "departmentId"} for row in rows)


async def test_places_have_the_ids_of_the_list_and_pages_from_zero(bamboohr):
    lists = (await bamboohr.get(f"{V1}/meta/lists")).json()
    options = next(one["options"] for one in lists if one.get("alias") == "location")
    pages = [(await bamboohr.get(f"{V1}/hris/org/locations", params={"page": n, "pageSize": 6})).json() for n in (0, 1)]
    assert [place["id"] for page in pages for place in page["data"]] == [str(one["id"]) for one in options]
    assert pages[0]["meta"]["totalPages"] == 2
