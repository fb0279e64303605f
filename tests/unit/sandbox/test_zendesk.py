"""Zendesk's stand-in: the habits that its clients rely on."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.timing import processor_time
from tests.world import standins
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

BIG_ID = 9007199254740993
"""Beyond 2^53: clients that compute with ids get it wrong."""
HOUR_AGO = 1793617200
"""Of the tests' clock, in seconds since 1970."""


@pytest.fixture
async def zendesk(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("zendesk"), clock=clock)
    headers = {"authorization": "Bearer demo-zendesk-access"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/zendesk/api/v2", headers=headers) as client:
        yield client


async def get(client, path, status=200, **params):
    answer = await client.get(path, params=params or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def found(client, query, **params):
    return (await get(client, "/search", query=query, **params))["results"]


async def create(client, **ticket):
    answer = await client.post("/tickets", json={"ticket": {"subject": "Hello", "comment": {"body": "Please"}} | ticket})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_it_starts_quickly():
    found = dict(discover("zendesk"))
    with processor_time() as spent:
        create_sandbox(found).lives["zendesk"].state  # noqa: B018
    assert spent.seconds < 1


async def test_cursors_reach_every_user_once(zendesk):
    params, ids = {"role": "end-user", "page[size]": "100"}, []
    while True:
        body = await get(zendesk, "/users", **params)
        ids += [user["id"] for user in body["users"]]
        if not body["meta"]["has_more"]:
            break
        params["page[after]"] = body["meta"]["after_cursor"]
    assert len(ids) == len(set(ids)) == 258
    assert BIG_ID in ids
    assert body["links"]["next"] is None


async def test_without_a_page_size_pages_have_numbers(zendesk):
    body = await get(zendesk, "/tickets.json", per_page="2", page="2")
    assert [ticket["id"] for ticket in body["tickets"]] == [4, 5]  # the first ticket is archived
    assert body["next_page"] == "http://sandbox/zendesk/api/v2/tickets.json?per_page=2&page=3"
    assert body["count"] == 287
    too_deep = await get(zendesk, "/tickets", status=400, per_page="100", page="101")
    assert too_deep["error"] == "InvalidPaginationDepth"


async def test_a_page_has_at_most_a_hundred(zendesk):
    body = await get(zendesk, "/tickets", status=400, **{"page[size]": "101"})
    assert body["errors"][0]["code"] == "InvalidPaginationParameter"


async def test_errors_of_credentials(zendesk):
    anonymous = await zendesk.get("/tickets", headers={"authorization": "Bearer nobody"})
    assert (anonymous.status_code, anonymous.json()) == (401, {"error": "Couldn't authenticate you"})
    with_token = await zendesk.get("/users/me", auth=("agent@demo.example/token", "demo-zendesk-token"))
    assert with_token.status_code == 200


async def test_missing_records_are_not_found(zendesk):
    assert (await get(zendesk, "/tickets/99999", status=404))["error"] == "RecordNotFound"
    assert (await get(zendesk, "/nonsense", status=404))["error"] == "InvalidEndpoint"


async def test_search_joins_keywords_and_takes_any_value_of_one(zendesk):
    results = await found(zendesk, "type:ticket status:open status:hold priority:high", per_page="100")
    assert {one["status"] for one in results} == {"open", "hold"}
    assert {one["priority"] for one in results} == {"high"}
    assert {one["result_type"] for one in results} == {"ticket"}
    assert not [one for one in await found(zendesk, "type:user -role:end-user") if one["role"] == "end-user"]


async def test_search_by_time_words_and_order(zendesk):
    results = await found(
        zendesk,
        'type:ticket created>=2026-05-01 created<2026-06-01T00:00:00Z "invoice"',
        sort_by="created_at",
        sort_order="asc",
    )
    times = [one["created_at"] for one in results]
    assert times == sorted(times)
    assert "2026-05-01" <= times[0] < times[-1] < "2026-06-01"
    assert all("invoice" in one["description"] for one in results)


@pytest.mark.parametrize("query", ["status:open", "type:ticket nonsense:1", 'type:ticket "open', "type:ticket created<soon"])
async def test_search_refuses_what_it_cannot_read(zendesk, query):
    assert (await get(zendesk, "/search", status=422, query=query))["error"] == "invalid"


async def test_search_ends_at_a_thousand(zendesk):
    assert (await get(zendesk, "/search", status=422, query="type:ticket", page="11"))["error"] == "invalid"


async def test_the_export_knows_deleted_tickets(zendesk):
    ticket = (await create(zendesk))["ticket"]
    assert (await zendesk.delete(f"/tickets/{ticket['id']}")).status_code == 204
    await get(zendesk, f"/tickets/{ticket['id']}", status=404)
    body = await get(zendesk, "/incremental/tickets/cursor", start_time=str(HOUR_AGO))
    assert [(one["id"], one["status"]) for one in body["tickets"]] == [(ticket["id"], "deleted")]
    assert body["end_of_stream"] is True
    without = await get(zendesk, "/incremental/tickets/cursor", start_time=str(HOUR_AGO), exclude_deleted="true")
    assert without["tickets"] == []


async def test_the_export_continues_where_it_ended(zendesk):
    body, ids = await get(zendesk, "/incremental/tickets/cursor", start_time="0", per_page="150"), []
    while True:
        ids += [one["id"] for one in body["tickets"]]
        if body["end_of_stream"]:
            break
        body = (await zendesk.get(body["after_url"])).json()
    assert len(ids) == len(set(ids)) == 330


async def test_a_start_of_less_than_a_minute_ago_is_refused(zendesk, clock):
    body = await get(zendesk, "/incremental/tickets/cursor", status=400, start_time=str(int(clock().timestamp()) - 30))
    assert body["error"] == "StartTimeTooRecent"


async def test_a_ticket_is_created_with_its_first_comment(zendesk):
    body = await create(
        zendesk, priority="high", custom_fields=[{"id": 46406130045073, "value": "SN-9"}, {"id": 1, "value": "x"}]
    )
    ticket = body["ticket"]
    assert (ticket["description"], ticket["status"], ticket["custom_status_id"]) == ("Please", "new", 46406158214801)
    assert ticket["custom_fields"] == [{"id": 46406130045073, "value": "SN-9"}]
    comments = await get(zendesk, f"/tickets/{ticket['id']}/comments", include="users")
    assert [one["id"] for one in comments["comments"]] == [body["audit"]["events"][0]["id"]]
    assert [user["role"] for user in comments["users"]] == ["admin"]


async def test_a_write_is_checked(zendesk):
    cases = {"status": {"status": "paused"}, "assignee": {"assignee_id": 1}, "base": {"comment": {}}}
    for field, ticket in cases.items():
        answer = await zendesk.post("/tickets", json={"ticket": {"comment": {"body": "x"}} | ticket})
        assert (answer.status_code, list(answer.json()["details"])) == (422, [field])
    assert (await zendesk.post("/tickets", json={"subject": "no envelope"})).status_code == 400


async def test_a_custom_status_brings_its_status(zendesk):
    ticket = (await create(zendesk))["ticket"]
    answer = await zendesk.put(f"/tickets/{ticket['id']}", json={"ticket": {"custom_status_id": 46406146521489}})
    assert (answer.json()["ticket"]["status"], answer.json()["ticket"]["custom_status_id"]) == ("open", 46406146521489)
    answer = await zendesk.put(f"/tickets/{ticket['id']}", json={"ticket": {"status": "solved"}})
    assert answer.json()["ticket"]["custom_status_id"] == 46406158237713


async def test_closed_tickets_stay_as_they_are(zendesk):
    closed = (await found(zendesk, "type:ticket status:closed"))[0]["id"]
    answer = await zendesk.put(f"/tickets/{closed}", json={"ticket": {"comment": {"body": "Once more"}}})
    assert answer.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"


async def test_an_outdated_safe_update_is_a_conflict(zendesk):
    ticket = (await create(zendesk))["ticket"]
    body = {"ticket": {"safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z", "subject": "Late"}}
    answer = await zendesk.put(f"/tickets/{ticket['id']}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")


async def test_a_deleted_user_is_shown_as_inactive(zendesk):
    body = {"user": {"name": "Ada", "email": "ada@new.example", "user_fields": {"plan": "gold", "nonsense": 1}}}
    user = (await zendesk.post("/users", json=body)).json()["user"]
    assert user["user_fields"] == {"plan": "gold"}
    again = await zendesk.post("/users", json=body)
    assert again.json()["details"]["email"][0]["error"] == "DuplicateValue"
    assert (await zendesk.delete(f"/users/{user['id']}")).json()["user"]["active"] is False
    assert (await get(zendesk, f"/users/{user['id']}"))["user"]["active"] is False
    assert await found(zendesk, "type:user email:ada@new.example") == []


async def test_organizations_by_name_and_by_time(zendesk):
    answer = await zendesk.post("/organizations", json={"organization": {"name": "Kettles", "domain_names": ["k.example"]}})
    id_ = answer.json()["organization"]["id"]
    assert [one["id"] for one in (await get(zendesk, "/organizations/search", name="KETTLES"))["organizations"]] == [id_]
    assert (await zendesk.delete(f"/organizations/{id_}")).status_code == 204
    body = await get(zendesk, "/incremental/organizations", start_time=str(HOUR_AGO))
    assert [(one["id"], one["deleted_at"]) for one in body["organizations"]] == [(id_, "2026-11-02T12:00:00Z")]


async def test_refresh_tokens_are_one_time(zendesk):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "demo-zendesk-refresh",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
    }
    url = "http://sandbox/zendesk/oauth/tokens"
    first = (await zendesk.post(url, json=form)).json()
    assert first["refresh_token"] != "demo-zendesk-refresh"
    assert (await zendesk.post(url, json=form)).json()["error"] == "invalid_grant"
