"""The pages without a browser: what a form sends is what was shown on it, also after an edit."""

import re
from html import unescape

import msgspec
import pytest

from unified.api.requests.access import SESSION_COOKIE
from unified.service.access.sessions import sign_in
from unified.service.approvals import Details, ShownRequest
from unified.web.approvals.view import _shown
from unified.web.html.messages import MESSAGES


class Person:
    """Somebody who signed in, reading pages and sending their forms."""

    def __init__(self, world, secret):
        self.world, self.secret = world, secret

    async def get(self, path):
        return await self.world.client.get(path, headers=self.headers)

    async def send(self, page, button="digest", **changed):
        """Send the form of a page whose button has this text, or the first that approves, with some fields changed."""
        forms = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
        form = next(one for one in forms if button in one)
        action = re.search(r'action="([^"]+)"', form)[1]
        fields = dict(inputs(form))
        return await self.world.client.post(action, data={**fields, **changed}, headers=self.headers)

    @property
    def headers(self):
        return {"Cookie": f"{SESSION_COOKIE}={self.secret}", "Sec-Fetch-Site": "same-origin"}


def inputs(form):
    for tag in re.findall(r"<input[^>]*>", form):
        told = {name: unescape(value) for name, value in re.findall(r'(\w+)="([^"]*)"', tag)}
        if told.get("type") != "checkbox":
            yield told["name"], told.get("value", "")
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        yield name, unescape(text)


@pytest.fixture
async def person(world):
    return Person(world, await sign_in(world.services, world.keys["approver"]))


@pytest.fixture
async def ticket(world):
    await world.key("writer", scope={"methods": ["read", "write"], "writes": "direct"})
    return await world.record("/ticketing/tickets", provider="jira")


async def change(world, ticket, **body):
    account = world.accounts["jira"]
    answer = await world.call("PATCH", f"/ticketing/tickets/{ticket['id']}", body, by="writer", account_id=account)
    assert answer.status_code == 200, answer.text


async def test_host_record_and_requests_are_on_the_page(world, person, ticket):
    approval = await world.ask("DELETE", f"/ticketing/tickets/{ticket['id']}")
    page = await person.get(f"/ui/approvals/{approval['id']}")
    assert page.status_code == 200
    text = unescape(page.text)
    assert f"127.0.0.1:9/rest/api/3/issue/{ticket['id']}" in text
    assert ticket["name"] in text
    done = await person.send(page, "Approve and delete")
    assert done.status_code == 303
    assert (await world.show(approval))["status"] == "executed"


async def test_what_changed_while_it_was_looked_at_is_not_sent(world, person, ticket):
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked"})
    page = await person.get(f"/ui/approvals/{approval['id']}")
    await change(world, ticket, name="Changed meanwhile")
    before = await world.written("jira")
    late = await person.send(page, "Approve and update")
    assert late.headers["location"] == f"/ui/approvals/{approval['id']}?notice=late"
    assert await world.written("jira") == before
    again = await person.get(late.headers["location"])
    assert "Changed meanwhile" in again.text
    await person.send(again, "Approve and update")
    assert (await world.show(approval))["status"] == "executed"


async def test_an_edit_is_reviewed_before_it_is_sent(world, person, ticket):
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked", "tags": ["one"]})
    edit = await person.get(f"/ui/approvals/{approval['id']}/edit")
    review = await person.send(edit, **{"value.name": 'Edited "<name>"', "value.tags": '["two"]'})
    assert review.status_code == 200, review.text
    assert "Review the edited write" in review.text
    assert '"two"' in unescape(review.text)
    assert await world.written("jira") == []
    again = await person.send(review, again="1")
    assert dict(inputs(again.text))["value.name"] == 'Edited "<name>"'
    await change(world, ticket, name="Changed meanwhile")
    before = await world.written("jira")
    fresh = await person.send(review)
    assert (fresh.status_code, await world.written("jira")) == (409, before)
    assert "Changed meanwhile" in fresh.text
    done = await person.send(fresh)
    assert done.headers["location"] == f"/ui/approvals/{approval['id']}"
    read = await world.call("GET", f"/ticketing/tickets/{ticket['id']}", by="admin", account_id=world.accounts["jira"])
    assert (read.json()["name"], read.json()["tags"]) == ('Edited "<name>"', ["two"])


async def test_an_approver_without_write_access_is_not_offered_to_edit(world, ticket):
    await world.key("usual", role="approver", scope={"methods": ["read", "write"], "writes": "deny"})
    usual = Person(world, await sign_in(world.services, world.keys["usual"]))
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked"})
    page = await usual.get(f"/ui/approvals/{approval['id']}")
    assert "/edit" not in page.text
    assert (await usual.get(f"/ui/approvals/{approval['id']}/edit")).status_code == 404
    await usual.send(page, "Approve and update")
    assert (await world.show(approval))["status"] == "executed"


async def test_what_is_out_of_reach_has_no_page_and_a_hidden_field_is_refused(world, ticket):
    approval = await world.ask("PATCH", f"/ticketing/tickets/{ticket['id']}", {"name": "Asked"})
    scope = {"methods": ["read", "write"], "fields": {"hide": ["ticketing.tickets.name"]}}
    await world.key("blind", role="approver", scope=scope)
    await world.key("reader", role="approver", scope={"methods": ["read"]})
    for name, status in (("blind", 403), ("reader", 404)):
        person = Person(world, await sign_in(world.services, world.keys[name]))
        page = await person.get(f"/ui/approvals/{approval['id']}")
        assert page.status_code == status
        assert "Asked" not in page.text
        assert approval["id"] not in (await person.get("/ui/approvals")).text


@pytest.mark.parametrize(
    ("encoding", "body", "shown"),
    [
        ("form", {"date": "2026-12-01", "note": "one\nstatus = won"}, "date = 2026-12-01\nnote =\n    one\n    status = won"),
        ("xml", {"Put": {"Name": "A\u202eB"}}, "<Put>\n  <Name>A\\u202eB</Name>\n</Put>"),
        ("", {"a": 1}, '{\n  "a": 1\n}'),
    ],
    ids=["form", "xml", "json"],
)
def test_a_body_is_shown_in_the_form_in_which_it_is_sent(encoding, body, shown):
    request = ShownRequest(method="POST", host="h", path="/p", body=body, encoding=encoding or msgspec.UNSET)
    (found,) = _shown(Details(digest="d", requests=(request,)))["requests"]
    assert (found.body, found.encoding) == (shown, encoding)
    assert not encoding or f"approval.sent.{encoding}" in MESSAGES


@pytest.mark.parametrize(
    ("scope", "is_named"),
    [
        ({"methods": ["read", "write"]}, True),
        ({"methods": ["write"]}, False),
        ({"methods": ["read", "write"], "fields": {"hide": ["ticketing.tickets.name"]}}, False),
    ],
    ids=["reads", "writes only", "name hidden"],
)
async def test_the_ticket_of_a_comment_is_named_to_who_may_read_it(world, ticket, scope, is_named):
    approval = await world.ask(path="/ticketing/comments", body={"ticket_id": ticket["id"], "body": "Hello"})
    await world.key("viewer", role="approver", scope=scope)
    viewer = Person(world, await sign_in(world.services, world.keys["viewer"]))
    page = await viewer.get(f"/ui/approvals/{approval['id']}")
    assert page.status_code == 200
    assert "Hello" in page.text
    assert (ticket["name"] in unescape(page.text)) == is_named
    read = [one for one in await world.trail() if one.actor == world.ids["viewer"] and one.model == "ticketing.tickets"]
    assert [one.method for one in read] == (["get"] if is_named else [])
    assert "digest" in page.text, "it can be decided all the same"
