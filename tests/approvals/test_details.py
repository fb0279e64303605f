"""What an approver is shown is what would be sent: built live, with the requester's rights, and kept nowhere."""

import pytest


async def test_the_very_request_is_shown_and_then_sent(world):
    approval = await world.contact()
    shown = await world.show(approval)
    assert shown["request"] == shown["requests"][0]
    assert (shown["request"]["method"], shown["request"]["path"]) == ("POST", "/crm/v3/objects/contacts")
    assert shown["request"]["body"]["properties"] == {"lastname": "Lovelace", "email": "ada@new.example"}
    assert shown["difference"] == []
    assert await world.written() == []
    await world.approve(approval)
    assert await world.written() == ["POST /crm/v3/objects/contacts"]


async def test_all_steps_and_the_difference_of_an_update_are_shown(world):
    account = world.accounts["jira"]
    listed = await world.call("GET", "/ticketing/tickets", by="asker", account_id=account, limit=50)
    ticket = next(one for one in listed.json()["data"] if one["status"] == "open")
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "New name", "status": "in_progress"})
    assert await world.written("jira") == [], "asking wrote"
    shown = await world.show(approval)
    path = f"/rest/api/3/issue/{ticket['id']}"
    assert [(one["method"], one["path"]) for one in shown["requests"]] == [("PUT", path), ("POST", f"{path}/transitions")]
    assert shown["requests"][0]["body"]["fields"]["summary"] == "New name"
    assert shown["difference"] == [
        {"field": "name", "from": ticket["name"], "to": "New name"},
        {"field": "status", "from": "open", "to": "in_progress"},
    ]
    assert await world.written("jira") == []
    assert (await world.approve(approval)).json()["status"] == "executed"
    assert await world.written("jira") == [f"{one['method']} {one['path']}" for one in shown["requests"]]


async def test_an_update_of_the_status_alone_shows_its_one_step(world):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"status": "in_progress"})
    shown = await world.show(approval)
    methods = [one["method"] for one in shown["requests"]]
    assert methods in ([], ["POST"])  # none where the ticket is in that status already
    assert (shown["request"] is None) == (methods == [])


async def test_keys_of_custom_and_remote_fields_are_shown_one_by_one(world):
    listed = await world.call("GET", "/crm/contacts", by="asker", account_id=world.accounts["hubspot"], limit=1)
    contact = listed.json()["data"][0]["id"]
    body = {"custom_fields": {"loyalty_tier": "gold"}, "remote_fields": {"properties": {"hs_language": "de"}}}
    shown = await world.show(await world.ask("PATCH", f"/crm/contacts/{contact}", body))
    assert [one["field"] for one in shown["difference"]] == ["custom_fields.loyalty_tier", "remote_fields.properties"]
    assert shown["difference"][1]["to"] == {"hs_language": "de"}


async def test_a_delete_shows_its_request(world):
    shown = await world.show(await world.ask("DELETE", "/ticketing/tickets/10001"))
    assert (shown["request"]["method"], shown["request"]["path"], shown["request"]["body"]) == (
        "DELETE",
        "/rest/api/3/issue/10001",
        None,
    )


@pytest.mark.parametrize("status", [404, 500])
async def test_a_provider_that_cannot_be_read_does_not_keep_anybody_from_declining(world, status):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x"})
    await world.fault("jira", match="GET *", status=status, times=20)
    shown = await world.show(approval)
    assert shown["unavailable"] == {404: "not_found", 500: "provider_error"}[status]
    assert (shown["request"], shown["difference"], shown["summary"]) == (None, [], approval["summary"])
    assert (await world.decline(approval)).json()["status"] == "declined"


async def test_nothing_is_shown_once_it_is_decided(world):
    approval = await world.contact()
    await world.approve(approval)
    shown = await world.show(approval)
    assert not {"request", "requests", "difference"} & set(shown)
    assert shown["result"]["id"]


async def test_the_list_asks_no_provider(world):
    await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x"})
    before = await world.reached("jira")
    listed = (await world.call("GET", "/approvals", by="admin")).json()["data"]
    assert len(listed) == 1
    assert "request" not in listed[0]
    assert await world.reached("jira") == before
