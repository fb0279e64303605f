"""E3, E5 and E6: decided once, by who may, about what was shown; never by the credential that asked."""

import msgspec
import pytest

from tests.approvals.conftest import DECIDES
from tests.databases import WITH_SLOW_POSTGRESQL
from tests.tokens import add_key
from unified.errors.access import WritesDenied
from unified.service.access.principals import Principal
from unified.service.access.scope.scopes import UNLIMITED
from unified.service.access.sessions import resume, sign_in
from unified.service.approvals import Approve, approve, decidable_approval
from unified.vault.tokens import new_id


@pytest.fixture(params=WITH_SLOW_POSTGRESQL)
def kind(request):
    return request.param


async def test_an_approved_write_is_executed_with_the_requesters_rights(world):
    approval = await world.contact()
    done = await world.approve(approval)
    assert done.status_code == 200
    shown = done.json()
    assert (shown["status"], shown["decided_by"]) == ("executed", world.ids["approver"])
    assert shown["requested_by"] == world.ids["asker"]
    made = await world.call("GET", f"/crm/contacts/{shown['result']['id']}", by="asker", account_id=world.accounts["hubspot"])
    assert made.json()["last_name"] == "Lovelace"
    assert await world.written() == ["POST /crm/v3/objects/contacts"]


async def test_a_second_approval_is_refused_and_sends_nothing(world):
    approval = await world.contact()
    await world.approve(approval)
    again = await world.approve(approval, by="admin")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert again.json()["detail"] == "the approval is executed; it can be decided only while it is pending"
    assert len(await world.written()) == 1


async def test_a_declined_write_cannot_be_approved(world):
    approval = await world.contact()
    declined = await world.decline(approval, reason="wrong_values")
    assert (declined.status_code, declined.json()["status"]) == (200, "declined")
    assert declined.json()["status_reason"] == "wrong_values"
    answer = await world.approve(approval)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await world.decline(approval)).status_code == 409
    assert await world.reached() == []


async def test_what_a_person_writes_as_a_reason_is_not_kept(world):
    approval = await world.contact()
    assert (await world.decline(approval, reason="x" * 501)).status_code == 422
    declined = await world.decline(approval, reason="Ada Lovelace asked us not to")
    assert declined.json()["status_reason"] is None
    assert "Ada Lovelace" not in str(await world.row(approval))


async def test_the_digest_must_be_that_of_the_approval(world):
    approval = await world.contact()
    other = await world.contact(first_name="Ada")
    answer = await world.approve({**approval, "digest": other["digest"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_stale")
    assert answer.json()["approval"]["digest"] == approval["digest"]
    assert (await world.show(approval, by="asker"))["status"] == "pending"
    assert await world.reached() == []
    assert (await world.approve(approval)).json()["status"] == "executed"


@pytest.mark.parametrize("role", ["admin", "app"])
async def test_the_credential_that_asked_cannot_approve(world, role):
    scope = {"methods": ["read", "write"], "writes": "approve", **({"manage": ["approvals"]} if role == "admin" else {})}
    await world.key("self", role=role, scope=scope)
    approval = await world.ask(body={"last_name": "x"}, by="self")
    answer = await world.approve(approval, by="self")
    code = "writes_denied" if role == "admin" else "method_not_allowed_by_scope"
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    assert (await world.show(approval, by="approver"))["status"] == "pending"
    assert await world.written() == []


async def test_a_session_of_the_key_that_asked_cannot_approve_either(world):
    await world.key("self", role="admin", scope={"methods": ["read", "write"], "writes": "approve", "manage": ["approvals"]})
    approval = await world.ask(body={"last_name": "x"}, by="self")
    signed_in = (await resume(world.services, await sign_in(world.services, world.keys["self"]))).caller
    with pytest.raises(Exception, match="the credential that asked for a write cannot approve it"):
        await approve(
            world.services,
            await decidable_approval(world.services, signed_in, approval["id"]),
            Approve(digest=approval["digest"]),
        )
    assert await world.written() == []


async def test_a_person_who_signed_in_approves(world):
    approval = await world.contact()
    signed_in = (await resume(world.services, await sign_in(world.services, world.keys["approver"]))).caller
    done = await approve(
        world.services, await decidable_approval(world.services, signed_in, approval["id"]), Approve(digest=approval["digest"])
    )
    assert (done.status, done.decided_by) == ("executed", world.ids["approver"])


async def test_the_key_sent_with_a_servers_token_cannot_approve(world):
    approval = await world.contact()
    await world.edit(approval, key_id=world.ids["admin"])
    answer = await world.approve(approval, by="admin")
    assert (answer.status_code, answer.json()["code"]) == (403, "writes_denied")
    assert await world.reached() == []


async def test_an_app_key_decides_nothing(world):
    approval = await world.contact()
    await world.key("other_app")
    for answer in (await world.approve(approval, by="other_app"), await world.decline(approval, by="asker")):
        assert (answer.status_code, answer.json()["code"]) == (403, "method_not_allowed_by_scope")
    assert (await world.show(approval, by="asker"))["status"] == "pending"


async def test_another_tenants_and_unknown_approvals_are_answered_alike(world):
    approval = await world.contact()
    unknown = {"id": "apr_0000000000000000000000", "digest": approval["digest"]}
    for do in (world.approve, world.decline):
        theirs, nobody = await do(approval, by="stranger"), await do(unknown)
        assert theirs.status_code == nobody.status_code == 404
        assert theirs.json()["detail"] == nobody.json()["detail"] == "no such approval"
    assert (await world.call("GET", f"/approvals/{approval['id']}", by="stranger")).status_code == 404
    assert (await world.call("GET", "/approvals", by="stranger")).json()["data"] == []


@pytest.mark.parametrize("scope", [{"accounts": ["jira"]}, {"models": ["ticketing.tickets"]}])
async def test_an_approver_decides_within_its_scope_only(world, scope):
    scope = {**DECIDES, **{name: [world.accounts.get(one, one) for one in given] for name, given in scope.items()}}
    await world.key("narrow", role="approver", scope=scope)
    approval = await world.contact()
    ticket = await world.ask("DELETE", "/ticketing/tickets/10001")
    assert (await world.approve(approval, by="narrow")).status_code == 404
    assert (await world.call("GET", f"/approvals/{approval['id']}", by="narrow")).status_code == 404
    listed = (await world.call("GET", "/approvals", by="narrow")).json()["data"]
    assert [one["id"] for one in listed] == [ticket["id"]]
    assert (await world.approve(ticket, by="narrow")).status_code == 200


async def test_other_arguments_are_written_in_place_of_those_asked_for(world):
    approval = await world.contact()
    body = {"last_name": "King", "title": "Countess"}
    done = (await world.edit_and_approve(approval, body)).json()
    assert done["status"] == "executed"
    assert done["summary"] == "Create a contact in Acme hubspot: last_name, title (2 fields)"
    assert done["digest"] != approval["digest"]
    made = await world.call("GET", f"/crm/contacts/{done['result']['id']}", by="asker", account_id=world.accounts["hubspot"])
    assert (made.json()["last_name"], made.json()["title"], made.json()["emails"]) == ("King", "Countess", [])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"last_name": 7}, "validation_failed"),
        ({"no_such": "x"}, "validation_failed"),
        ({"created_at": "x"}, "read_only_field"),
    ],
)
async def test_other_arguments_are_checked_like_the_write_and_leave_it_waiting(world, arguments, code):
    approval = await world.contact()
    answer = await world.approve(approval, arguments=arguments)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await world.show(approval, by="asker"))["status"] == "pending"
    assert await world.written() == []


async def test_other_arguments_cannot_name_another_record(world):
    approval = await world.ask("PATCH", "/ticketing/tickets/10001", {"name": "x"})
    answer = await world.approve(approval, arguments={"id": "10002", "name": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/arguments/id")
    assert await world.written("jira") == []
    done = await world.edit_and_approve(approval, {"id": "10001", "name": "Edited"})
    assert (done.json()["status"], done.json()["result"]) == ("executed", {"id": "10001"})


async def test_a_requester_sees_its_own_approval_without_what_it_would_write(world):
    approval = await world.contact()
    shown = await world.show(approval, by="asker")
    assert shown["status"] == "pending"
    assert not {"request", "requests", "difference"} & set(shown)
    await world.key("other_app")
    assert (await world.call("GET", f"/approvals/{approval['id']}", by="other_app")).status_code == 404
    assert (await world.call("GET", "/approvals", by="other_app")).json()["data"] == []
    assert [one["id"] for one in (await world.call("GET", "/approvals", by="asker")).json()["data"]] == [approval["id"]]


async def test_approvals_are_listed_by_status_and_page(world):
    made = [await world.contact() for _ in range(3)]
    await world.decline(made[1])
    waiting = (await world.call("GET", "/approvals", by="approver", status="pending")).json()
    assert [one["id"] for one in waiting["data"]] == [made[0]["id"], made[2]["id"]]
    first = (await world.call("GET", "/approvals", by="approver", limit=2)).json()
    rest = (await world.call("GET", "/approvals", by="approver", limit=2, cursor=first["next_cursor"])).json()
    assert [one["id"] for one in (*first["data"], *rest["data"])] == [one["id"] for one in made]
    wrong = await world.call("GET", "/approvals", by="approver", status="open")
    assert wrong.json()["detail"].startswith("status: expected one of pending, approved, declined")


async def test_a_key_that_the_asker_made_cannot_approve(world):
    """No such key can be made any more; one that an earlier version made must not decide either."""
    below = await add_key(
        world.services.database,
        world.tenant,
        new_id("key_"),
        name="below",
        role="approver",
        scope=msgspec.to_builtins(UNLIMITED),
        made_by=world.ids["asker"],
        digest=b"below".ljust(32),
        last4="0000",
        expires_at=None,
    )
    approval = await world.contact()
    caller = Principal(tenant_id=world.tenant, key_id=below.id, role=below.role, scope=UNLIMITED)
    with pytest.raises(WritesDenied, match="a key outside that lineage must approve it"):
        await approve(
            world.services, await decidable_approval(world.services, caller, approval["id"]), Approve(digest=approval["digest"])
        )
    assert await world.written() == []
