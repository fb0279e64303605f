"""Exceptions for writes in the forms of keys and servers, and in words on their pages."""

from tests.web.people import signed_in, token_of

ROWS = {
    "rule.1.method": "create",
    "rule.1.model": "ticketing.comments",
    "rule.1.writes": "direct",
    "rule.2.method": "delete",
    "rule.2.writes": "deny",
    "rule.3.method": "update",
}
LINES = ("Create comments: sent immediately.", "Delete any records: refused.", "All other writes:")


async def test_a_server_is_made_with_exceptions_and_its_page_says_them(world):
    async with signed_in(world, world.admin_key) as person:
        form = await person.get("/ui/mcp/new")
        fields = {"name": "Support", "way": "approve", "span": "3600", "key": "1", f"account.{world.accounts['zendesk']}": "1"}
        sent = {"csrf": token_of(form.text), **fields, **ROWS}
        assert (await person.client.post("/ui/mcp/new", data=sent, headers=person.headers)).status_code == 200
        (server,) = (await world.client.get("/mcp-servers")).json()["data"]
        assert server["config"]["write_rules"] == [
            {"methods": ["create"], "models": ["ticketing.comments"], "writes": "direct"},
            {"methods": ["delete"], "writes": "deny"},
        ]
        page = (await person.get(f"/ui/mcp/{server['id']}")).text
        assert [one for one in LINES if one not in page] == []


async def test_a_key_is_made_with_exceptions_and_the_list_says_them(world):
    async with signed_in(world, world.admin_key) as person:
        form = await person.get("/ui/keys/new")
        sent = {"csrf": token_of(form.text), "name": "n", "role": "app", "access": "approve", "days": "7", **ROWS}
        assert (await person.client.post("/ui/keys/new", data=sent, headers=person.headers)).status_code == 200
        page = (await person.get("/ui/keys")).text
        assert [one for one in LINES if one not in page] == []


async def test_values_that_the_form_does_not_offer_are_refused_beside_the_rows(world):
    async with signed_in(world, world.admin_key) as person:
        form = await person.get("/ui/keys/new")
        for column, value in (("writes", "ask"), ("method", "list"), ("model", "crm.contact")):
            sent = {"csrf": token_of(form.text), "name": "n", "role": "app", "access": "approve", "days": "7", **ROWS}
            sent[f"rule.1.{column}"] = value
            answer = await person.client.post("/ui/keys/new", data=sent, headers=person.headers)
            assert answer.status_code == 422
            assert 'id="rules-problem"' in answer.text
