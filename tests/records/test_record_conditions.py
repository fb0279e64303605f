"""Conditions on records in a scope: what does not meet them is not listed, given, written or hinted at, whoever asks how."""

import random
from datetime import UTC, datetime

import pytest

from tests.sizes import FULL_SIZE
from tests.world import open_client
from unified.service.access.consent import LinkScope, consent_values, link_consent
from unified.service.tools import offered_tools
from unified.store import accounts
from unified.store.accounts import AccountChanges

DIRECT = {"methods": ["read", "write", "custom"], "writes": "direct", "fields": {"classes": ["none", "personal"]}}
OUTSIDE = "the record lies outside the resources chosen for this account, or does not meet the conditions of the key's scope"


class Holder:
    """Who calls with a key that has conditions."""

    def __init__(self, world, key, client):
        self.world, self.key, self.client = world, key, client

    async def get(self, path, provider, **query):
        return await self.client.get(path, params={"account_id": self.world.accounts[provider], **query})

    async def send(self, method, path, body, provider):
        return await self.client.request(method, path, params={"account_id": self.world.accounts[provider]}, json=body)

    async def every(self, path, provider, **query):
        return await every(self, path, provider, **query)


async def every(holder, path, provider, **query):
    found, cursor = [], {}
    while cursor is not None:
        page = (await holder.get(path, provider, limit=200, **query, **cursor)).json()
        assert "data" in page, page
        found += page["data"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


@pytest.fixture
async def limited(world):
    """Makes callers with conditions."""
    opened = []

    async def make(records, **more):
        key = await world.key(scope={**DIRECT, "records": records, **more})
        client = open_client(world.server, key, raises=False)
        opened.append(client)
        return Holder(world, key, await client.__aenter__())

    yield make
    for one in opened:
        await one.__aexit__(None, None, None)


def outside(answer):
    return (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (403, "outside_resources", OUTSIDE)


async def test_a_list_has_the_records_that_meet_the_condition_and_the_provider_filters(world, limited):
    before = await every(world, "/ticketing/tickets", "zendesk")
    holder = await limited({"ticketing.tickets": {"status": "open"}})
    after = await holder.every("/ticketing/tickets", "zendesk")
    assert {one["id"] for one in after} == {one["id"] for one in before if one["status"] == "open"}
    assert 0 < len(after) < len(before)
    answer = (await holder.get("/ticketing/tickets", "zendesk")).json()
    assert [one["code"] for one in answer.get("meta", {}).get("warnings", ())] == []


async def test_a_list_that_the_provider_cannot_filter_is_filtered_here_and_says_so(world, limited):
    before = await every(world, "/crm/contacts", "hubspot")
    name = next(one["last_name"] for one in before if one["last_name"])
    holder = await limited({"crm.contacts": {"last_name": name}})
    answer = (await holder.get("/crm/contacts", "hubspot")).json()
    assert {one["id"] for one in await holder.every("/crm/contacts", "hubspot")} == {
        one["id"] for one in before if one["last_name"] == name
    }
    assert "narrowed_here" in [one["code"] for one in answer["meta"]["warnings"]]
    assert name.lower() not in str(answer["meta"]).lower()


async def test_a_record_outside_and_an_unknown_one_have_one_answer(world, limited):
    tickets = await every(world, "/ticketing/tickets", "zendesk")
    inside = next(one["id"] for one in tickets if one["status"] == "open")
    other = next(one["id"] for one in tickets if one["status"] != "open")
    holder = await limited({"ticketing.tickets": {"status": "open"}})
    assert (await holder.get(f"/ticketing/tickets/{inside}", "zendesk")).json()["id"] == inside
    answers = [await holder.get(f"/ticketing/tickets/{one}", "zendesk") for one in (other, "999999999")]
    answers += [
        await holder.send("PATCH", f"/ticketing/tickets/{one}", {"name": "x"}, "zendesk") for one in (other, "999999999")
    ]
    answers += [await holder.send("DELETE", f"/ticketing/tickets/{one}", None, "zendesk") for one in (other, "999999999")]
    assert [outside(one) for one in answers] == [True] * 6, [one.text for one in answers]


async def test_a_condition_on_a_hidden_field_neither_shows_nor_names_it(world, limited):
    employees = await every(world, "/hris/employees", "bamboohr")
    value = next(one["department_name"] for one in employees if one["department_name"])
    holder = await limited({"hris.employees": {"department_name": value}}, fields={"hide": ["department_name"]})
    found = await holder.every("/hris/employees", "bamboohr")
    assert {one["id"] for one in found} == {one["id"] for one in employees if one["department_name"] == value}
    assert {one["department_name"] for one in found} == {None}
    page = (await holder.get("/hris/employees", "bamboohr", fields="first_name")).json()
    assert all(one.keys() == {"id", "first_name"} for one in page["data"])
    assert value not in str(page)


async def test_a_write_keeps_a_record_inside_and_a_new_one_starts_there(world, limited):
    holder = await limited({"ticketing.tickets": {"status": {"in": ["open", "in_progress"]}}})
    inside = (await holder.every("/ticketing/tickets", "zendesk"))[0]["id"]
    path = f"/ticketing/tickets/{inside}"
    assert (await holder.send("PATCH", path, {"name": "other words"}, "zendesk")).status_code == 200
    refused = await holder.send("PATCH", path, {"status": "closed"}, "zendesk")
    assert (refused.status_code, refused.json()["code"]) == (403, "outside_resources")
    assert "status is one of open, in_progress" in refused.json()["detail"]
    assert (await world.get(path, "zendesk")).json()["status"] != "closed"
    body = {"name": "new", "description": "text"}
    assert (await holder.send("POST", "/ticketing/tickets", {**body, "status": "open"}, "zendesk")).status_code == 201
    for more in ({}, {"status": "closed"}, {"status": None}):
        answer = await holder.send("POST", "/ticketing/tickets", {**body, **more}, "zendesk")
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources"), (more, answer.text)


async def test_a_field_with_the_same_information_is_not_written_around_a_condition(world, limited):
    holder = await limited({"ticketing.tickets": {"status": "open"}})
    inside = (await holder.every("/ticketing/tickets", "zendesk"))[0]["id"]
    answer = await holder.send("PATCH", f"/ticketing/tickets/{inside}", {"status_id": "5"}, "zendesk")
    assert answer.json()["code"] == "outside_resources", answer.text
    assert "`status_id` decides about `status`" in answer.json()["detail"]


async def test_no_upsert_raw_record_or_request_of_ones_own(world, limited):
    holder = await limited({"crm.contacts": {"last_name": "Lovelace"}})
    assert (await holder.get("/crm/contacts", "hubspot", include_raw="true")).json()["code"] == "outside_resources"
    assert (await holder.get("/crm/contacts", "hubspot", **{"remote_query[x]": "1"})).json()["code"] == "outside_resources"
    assert (await holder.get("/crm/contacts", "hubspot", search="x")).json()["code"] == "unsupported_filter"
    account = world.accounts["hubspot"]
    through = await holder.client.get("/proxy/crm/v3/objects/contacts", params={"account_id": account})
    assert through.status_code == 403, through.text
    upsert = await holder.send("PUT", "/crm/contacts/by/email", {"emails": [{"email": "a@b.example"}]}, "hubspot")
    assert upsert.status_code in {403, 404, 405}, upsert.text


async def test_a_record_that_ceases_to_meet_the_condition_is_gone(world, limited):
    holder = await limited({"ticketing.tickets": {"status": "open"}})
    one = (await holder.every("/ticketing/tickets", "zendesk"))[0]["id"]
    await world.send("PATCH", f"/ticketing/tickets/{one}", {"status": "resolved"}, "zendesk")
    assert outside(await holder.get(f"/ticketing/tickets/{one}", "zendesk"))
    assert one not in {ticket["id"] for ticket in await holder.every("/ticketing/tickets", "zendesk")}


async def test_opportunities_that_close_this_month(world, limited):
    before = await every(world, "/crm/opportunities", "salesforce")
    today = datetime.now(UTC).date()
    holder = await limited({"crm.opportunities": {"close_date": "this_month"}})
    after = await holder.every("/crm/opportunities", "salesforce")
    assert {one["id"] for one in after} == {
        one["id"] for one in before if one["close_date"] and one["close_date"][:7] == today.isoformat()[:7]
    }
    sent = (await world.reached("salesforce"))[-1]["query"]
    assert today.replace(day=1).isoformat() in sent


async def test_a_filter_of_the_caller_stays_beside_the_condition(world, limited):
    before = await every(world, "/ticketing/tickets", "zendesk")
    holder = await limited({"ticketing.tickets": {"status": {"in": ["open", "in_progress"]}}})

    async def found(**query):
        return {one["id"] for one in await holder.every("/ticketing/tickets", "zendesk", **query)}

    def having(status):
        return {one["id"] for one in before if one["status"] == status}

    assert await found(**{"filter[status]": "open"}) == having("open")
    assert await found(**{"filter[status]": "resolved"}) == set()
    assert await found(**{"filter[status][ne]": "open"}) == having("in_progress")
    assert await found(**{"filter[status][in]": "open,resolved"}) == having("open")


async def test_comments_of_open_tickets(world, limited):
    tickets = {one["id"]: one for one in await every(world, "/ticketing/tickets", "zendesk")}
    holder = await limited({"ticketing.comments": {"ticket": {"status": "open"}}})
    is_open = next(one for one in tickets.values() if one["status"] == "open")["id"]
    other = next(one for one in tickets.values() if one["status"] != "open")["id"]
    shown = await world.get("/ticketing/comments", "zendesk", **{"filter[ticket_id]": is_open})
    answer = await holder.get("/ticketing/comments", "zendesk", **{"filter[ticket_id]": is_open})
    assert [one["id"] for one in answer.json()["data"]] == [one["id"] for one in shown.json()["data"]]
    answer = await holder.get("/ticketing/comments", "zendesk", **{"filter[ticket_id]": other})
    assert answer.json().get("data", []) == [], answer.text
    body = {"ticket_id": other, "body": "text"}
    assert (await holder.send("POST", "/ticketing/comments", body, "zendesk")).json()["code"] == "outside_resources"
    made = await holder.send("POST", "/ticketing/comments", {**body, "ticket_id": is_open}, "zendesk")
    assert made.status_code == 201, made.text


async def test_contacts_of_opportunities_that_close_this_month(world, limited):
    today = datetime.now(UTC).date().isoformat()[:7]
    opportunities = await every(world, "/crm/opportunities", "hubspot")
    wanted = {id_ for one in opportunities if (one["close_date"] or "")[:7] == today for id_ in one["contact_ids"]}
    contacts = await every(world, "/crm/contacts", "hubspot")
    holder = await limited({"crm.contacts": {"opportunities": {"close_date": "this_month"}}})
    found = {one["id"] for one in await holder.every("/crm/contacts", "hubspot")}
    assert found == wanted & {one["id"] for one in contacts}
    if found:
        assert (await holder.get(f"/crm/contacts/{min(found)}", "hubspot")).status_code == 200
    other = next(one["id"] for one in contacts if one["id"] not in wanted)
    assert outside(await holder.get(f"/crm/contacts/{other}", "hubspot"))


async def test_a_provider_that_does_not_report_a_tested_field_refuses_the_model_with_the_reason(world, limited):
    holder = await limited({"ticketing.tickets": {"channel": "web"}})
    answer = await holder.get("/ticketing/tickets", "jira")
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_resources")
    assert answer.json()["detail"] == (
        "ticketing.tickets: not available with this key's scope: Jira does not report channel of ticketing.tickets, which the "
        "scope's conditions need"
    )
    assert (await holder.get("/ticketing/tickets/1", "jira")).json()["detail"] == answer.json()["detail"]
    assert await world.reached("jira") == []


async def test_one_record_under_two_models_needs_conditions_on_both(world, limited):
    condition = {"last_name": {"contains": "a"}}
    holder = await limited({"crm.contacts": condition})
    answer = await holder.get("/ticketing/contacts", "hubspot")
    assert answer.json()["detail"] == (
        "ticketing.contacts: not available with this key's scope: the provider has them and crm.contacts in one place, and the "
        "scope has conditions on the latter only"
    )
    assert (await holder.get("/crm/associations", "hubspot")).json()["code"] == "outside_resources"
    both = await limited({"crm.contacts": condition, "ticketing.contacts": {"name": {"contains": "a"}}})
    assert (await both.get("/ticketing/contacts", "hubspot")).status_code == 200


async def test_schemas_and_tools_offer_nothing_that_a_condition_refuses(world, limited):
    holder = await limited({"crm.contacts": {"last_name": "Lovelace"}})
    schema = (await holder.get("/crm/contacts/schema", "hubspot")).json()
    whole = (await world.get("/crm/contacts/schema", "hubspot")).json()
    assert {one["name"] for one in whole["methods"]} - {one["name"] for one in schema["methods"]} == {"upsert"}
    assert "search" in whole["parameters"]
    assert "search" not in schema["parameters"]
    offered = await offered_tools(world.services, await world.principal(holder.key))
    tools = {one.name: one for one in offered}
    assert "upsert_crm_contact" not in tools
    by_account = tools["list_crm_contacts"].definitions[world.accounts["hubspot"]]
    assert "search" not in by_account.input_schema["properties"]


async def test_records_inside_of_others_are_records_of_their_model(world, limited):
    tickets = await every(world, "/ticketing/tickets", "zendesk")
    ticket = next(one for one in tickets if one["attachments"]) if any(one["attachments"] for one in tickets) else None
    comments = (await world.get("/ticketing/comments", "zendesk", **{"filter[ticket_id]": tickets[0]["id"]})).json()["data"]
    holder = await limited({"ticketing.attachments": {"file_name": "no such file"}})
    assert ticket is None or not (await holder.get(f"/ticketing/tickets/{ticket['id']}", "zendesk")).json()["attachments"]
    shown = (await holder.get("/ticketing/comments", "zendesk", **{"filter[ticket_id]": tickets[0]["id"]})).json()["data"]
    assert [one["id"] for one in shown] == [one["id"] for one in comments]
    assert not any(one["attachments"] for one in shown)


async def test_a_related_record_that_does_not_meet_its_condition_is_not_expanded(world, limited):
    tickets = await every(world, "/ticketing/tickets", "zendesk")
    contacts = {one["id"]: one for one in await every(world, "/ticketing/contacts", "zendesk")}
    ticket = next(one for one in tickets if one["contact_id"] in contacts)
    name = contacts[ticket["contact_id"]]["name"]
    for condition, is_shown in (({"name": name}, True), ({"name": {"ne": name}}, False)):
        holder = await limited({"ticketing.contacts": condition})
        answer = (await holder.get(f"/ticketing/tickets/{ticket['id']}", "zendesk", expand="contact")).json()
        assert (answer["contact"] is not None) == is_shown, answer


async def test_another_record_does_not_decide_which_ones_meet_a_condition(world, limited):
    holder = await limited({"crm.contacts": {"opportunities": {"close_date": "this_month"}}})
    one = (await every(world, "/crm/opportunities", "hubspot"))[0]["id"]
    today = datetime.now(UTC).date().isoformat()
    for body in ({"close_date": today}, {"contact_ids": []}):
        answer = await holder.send("PATCH", f"/crm/opportunities/{one}", body, "hubspot")
        assert answer.json()["code"] == "outside_resources", answer.text
        assert "decides which crm.contacts the key's scope allows" in answer.json()["detail"]
    assert (await holder.send("PATCH", f"/crm/opportunities/{one}", {"name": "x"}, "hubspot")).status_code == 200


@pytest.mark.parametrize("seed", range(40 if FULL_SIZE else 2))
async def test_no_write_moves_a_record_in_or_out(world, limited, seed):
    """Whatever is written: what the key could not see is unchanged, and what it wrote is what it can see."""
    rng = random.Random(seed)
    condition = rng.choice(
        [{"status": "open"}, {"status": {"ne": "closed"}, "priority": {"in": ["high", "urgent"]}}, {"name": {"contains": "a"}}]
    )
    holder = await limited({"ticketing.tickets": condition})
    before = {one["id"]: one for one in await every(world, "/ticketing/tickets", "zendesk")}
    inside = {one["id"] for one in await holder.every("/ticketing/tickets", "zendesk")}
    words = {
        "status": ["open", "closed", "in_progress", None],
        "priority": ["low", "high", "urgent", None],
        "name": ["a", "b", "banana", None],
        "status_id": ["1", "5"],
        "description": ["a text"],
    }
    for _ in range(14):
        names = rng.sample(sorted(words), rng.randint(1, 3))
        body = {name: rng.choice(words[name]) for name in names}
        one = rng.choice(sorted(before))
        method, path = rng.choice([("POST", ""), ("PATCH", f"/{one}"), ("PATCH", f"/{one}"), ("DELETE", f"/{one}")])
        answer = await holder.send(method, f"/ticketing/tickets{path}", None if method == "DELETE" else body, "zendesk")
        if answer.is_success and method != "DELETE":
            written = answer.json()["id"]
            assert method == "POST" or written in inside
            assert (await holder.get(f"/ticketing/tickets/{written}", "zendesk")).status_code == 200, (body, answer.text)
    after = {one["id"]: one for one in await every(world, "/ticketing/tickets", "zendesk")}
    assert all(after.get(one) == before[one] for one in before.keys() - inside)


async def agree(world, provider, records):
    """The owner of an account agreed to a link with these conditions."""
    asked = link_consent(world.services.catalog, (), LinkScope(methods=("read", "write"), records=records))
    changes = AccountChanges(consent=consent_values(asked))
    await accounts.update(world.services.database, world.tenant, world.accounts[provider], changes)


async def test_conditions_that_the_owner_of_an_account_agreed_to_limit_every_key(world, limited):
    before = await every(world, "/ticketing/tickets", "zendesk")
    await agree(world, "zendesk", {"ticketing.tickets": {"status": {"in": ["open", "in_progress"]}}})

    def having(*statuses):
        return {one["id"] for one in before if one["status"] in statuses}

    assert {one["id"] for one in await every(world, "/ticketing/tickets", "zendesk")} == having("open", "in_progress")
    holder = await limited({"ticketing.tickets": {"status": {"ne": "in_progress"}}})
    assert {one["id"] for one in await holder.every("/ticketing/tickets", "zendesk")} == having("open")
    through = await world.client.get("/proxy/api/v2/tickets", params={"account_id": world.accounts["zendesk"]})
    assert through.status_code == 403, through.text
