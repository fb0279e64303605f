"""Where a boundary applies, an id outside and an id that does not exist have one answer, byte for byte."""

import re

import pytest

UNKNOWN = {
    "jira": "99999999",
    "zendesk": "99999999999",
    "hubspot": "99999999999",
    "salesforce": "003Ax0000000099IAA",
    "bamboohr": "99999999",
    "hibob": "99999999",
}
PLACES = [
    ("jira", "ticketing.tickets", "ticketing.collections", "collection_ids"),
    ("zendesk", "ticketing.tickets", "ticketing.accounts", "account_id"),
    ("zendesk", "ticketing.contacts", "ticketing.accounts", "account_id"),
    ("hubspot", "crm.contacts", "crm.accounts", "account_id"),
    ("salesforce", "crm.contacts", "crm.accounts", "account_id"),
    ("bamboohr", "hris.employees", "hris.groups", "department_id"),
    ("hibob", "hris.employees", "hris.locations", "work_location_id"),
]


OF_THE_REQUEST = {"date", "x-request-id"}


@pytest.fixture
def more_settings():
    """Rates whose windows do not end while the test runs."""
    return {"rate_limit_key": "90000/day", "rate_limit_account": "90000/day", "rate_limit_tenant": "90000/day"}


def told(answer):
    """The whole answer with its headers, without its date, the id of its request, and how much was asked before it."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (403, "outside_resources"), body
    assert "provider" not in body or body["provider"] is None
    body.pop("request_id", None)
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    headers["ratelimit"] = re.sub(r";[rt]=\d+", "", headers["ratelimit"])
    return answer.status_code, headers, body


def left(answer):
    """What remains of each budget."""
    found = dict(re.findall(r'"([a-z]+)";r=(\d+)', answer.headers["ratelimit"]))
    assert set(found) == {"key", "account", "tenant"}
    return {name: int(value) for name, value in found.items()}


def cost(before, after):
    return {name: value - left(after)[name] for name, value in left(before).items()}


def ids_of(value):
    return value if isinstance(value, list) else [value] if value else []


@pytest.fixture
async def divided(world, request):
    """The place, with ids of a record inside and one outside."""
    provider, model, kind, field = request.param
    path = f"/{model.replace('.', '/')}"
    listed = (await world.get(path, provider, limit=200)).json()["data"]
    chosen = next(one for record in listed for one in ids_of(record[field]))
    inside = next(record["id"] for record in listed if chosen in ids_of(record[field]))
    outside = next(record["id"] for record in listed if ids_of(record[field]) and chosen not in ids_of(record[field]))
    answer = await world.send("PUT", f"/accounts/{world.accounts[provider]}/resources", {kind: {"ids": [chosen]}}, provider)
    assert answer.status_code == 200
    return provider, path, inside, outside


@pytest.mark.parametrize("divided", PLACES, indirect=True, ids=lambda one: f"{one[0]}-{one[1]}")
async def test_one_answer_for_both_on_every_route(world, divided):
    provider, path, inside, outside = divided
    unknown = UNKNOWN[provider]
    assert (await world.get(f"{path}/{inside}", provider)).status_code == 200

    async def both(verb, place, body=None, **query):
        account = {"account_id": world.accounts[provider], **query}
        answers = [
            await world.client.request(verb, place.replace("ID", one), params=_with(account, one), json=_with(body, one))
            for one in (unknown, outside, unknown)
        ]
        assert told(answers[0]) == told(answers[1]) == told(answers[2])
        assert cost(*answers[:2]) == cost(*answers[1:]), "an id outside costs what an unknown one does"

    await both("GET", f"{path}/ID")
    await both("GET", f"{path}/ID", fields="created_at")
    await both("GET", path, **{"filter[id]": "ID"})
    await both("GET", path, **{"filter[id][in]": f"{inside},ID"})
    await both("GET", path, **{"filter[id]": "ID", "filter[id][in]": inside})
    await both("GET", path, **{"filter[id]": inside, "filter[id][in]": "ID"})
    await both("PATCH", f"{path}/ID", {"name": "x"} if path.startswith("/ticketing") else {"first_name": "x"})
    if provider not in {"bamboohr", "hibob"}:
        await both("DELETE", f"{path}/ID")
    model = path[1:].replace("/", "_")
    await both("POST", f"/tools/get_{model[:-1]}", {"arguments": {"id": "ID"}})
    await both("POST", f"/tools/list_{model}", {"arguments": {"filter": {"id": "ID"}}})


def _with(given, one):
    if isinstance(given, dict):
        return {name: _with(value, one) for name, value in given.items()}
    return given.replace("ID", one) if isinstance(given, str) and not given.startswith("acc_") else given


WEB, OPS = "10001", "10000"


@pytest.fixture
async def jira(world):
    """Ids of an issue outside and of a comment on it; the website's project is chosen."""
    listed = (await world.get("/ticketing/tickets", "jira", limit=200)).json()["data"]
    for one in (one for one in listed if one["collection_ids"] == [OPS]):
        comments = (await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": one["id"]})).json()["data"]
        if comments:
            break
    await world.send("PUT", f"/accounts/{world.accounts['jira']}/resources", {"ticketing.collections": {"ids": [WEB]}}, "jira")
    return one["id"], comments[0]["id"], one["number"]


async def test_one_answer_for_what_belongs_to_both(world, jira):
    ticket, comment, _ = jira
    for name in ("filter[ticket_id]", "filter[ticket_id][in]"):
        known = await world.get("/ticketing/comments", "jira", **{name: ticket})
        assert told(known) == told(await world.get("/ticketing/comments", "jira", **{name: "99999999"}))
    known = await world.get("/ticketing/tickets", "jira", **{"filter[parent_id]": ticket})
    assert told(known) == told(await world.get("/ticketing/tickets", "jira", **{"filter[parent_id]": "99999999"}))
    for unknown in (f"99999999:{comment.partition(':')[2]}", f"{ticket}:99999999"):
        for verb, body in (("GET", None), ("PATCH", {"body": "x"}), ("DELETE", None)):
            known = await world.send(verb, f"/ticketing/comments/{comment}", body, "jira")
            assert told(known) == told(await world.send(verb, f"/ticketing/comments/{unknown}", body, "jira"))
    known = await world.send("POST", "/ticketing/comments", {"ticket_id": ticket, "body": "x"}, "jira")
    assert told(known) == told(await world.send("POST", "/ticketing/comments", {"ticket_id": "99999999", "body": "x"}, "jira"))


async def test_the_lookup_of_a_comments_parent_does_not_show_in_the_remaining_rate(world, jira):
    """The example of the attack: a comment outside took two calls from the account, an unknown one took one."""
    ticket, comment, _ = jira
    for verb, body in (("GET", None), ("PATCH", {"body": "x"}), ("DELETE", None)):
        paths = [f"/ticketing/comments/{one}" for one in (f"{ticket}:99999999", comment, f"{ticket}:99999998")]
        answers = [await world.send(verb, path, body, "jira") for path in paths]
        assert cost(*answers[:2]) == cost(*answers[1:]), verb
        assert cost(*answers[:2])["account"] == 1


async def test_what_the_provider_said_of_its_limits_is_not_told_where_there_is_a_boundary(world, jira):
    assert '"provider"' not in (await world.get("/ticketing/tickets", "jira")).headers["ratelimit"]
    await world.send("PUT", f"/accounts/{world.accounts['jira']}/resources", {}, "jira")
    assert '"provider"' in (await world.get("/ticketing/tickets", "jira")).headers["ratelimit"]


async def test_a_number_outside_is_answered_like_one_that_does_not_exist(world, jira):
    *_, number = jira
    known = await world.get("/ticketing/tickets", "jira", **{"filter[number]": number})
    unknown = await world.get("/ticketing/tickets", "jira", **{"filter[number]": "OPS-99999"})
    assert (known.status_code, known.json()["data"]) == (200, [])
    assert known.json() == unknown.json() | {"next_cursor": known.json()["next_cursor"]}
    assert (known.json()["next_cursor"] is None) == (unknown.json()["next_cursor"] is None)


async def test_several_resources_are_refused_when_one_of_them_is_outside(world, jira):
    answer = await world.get(
        "/ticketing/tickets", "jira", **{"filter[collection_ids][in]": f"{WEB},{OPS}", "search": "lawyers"}
    )
    assert told(answer)
    answer = await world.get("/ticketing/tickets", "jira", **{"filter[collection_ids][ne]": WEB, "search": "lawyers"})
    assert (answer.status_code, answer.json()["data"]) == (200, [])


async def test_without_a_boundary_what_is_unknown_is_not_found(world):
    for provider, path in (("jira", "/ticketing/tickets"), ("hubspot", "/crm/contacts")):
        answer = await world.get(f"{path}/{UNKNOWN[provider]}", provider)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_searching_what_the_provider_does_not_narrow_is_refused_before_it_is_asked(world):
    """The example of the review: `search=lawyers` told by a cursor, and by twenty pages, that there was something."""
    await world.send("PUT", f"/accounts/{world.accounts['jira']}/resources", {"ticketing.teams": {"ids": ["1"]}}, "jira")
    for query in ({"search": "lawyers"}, {"search": "zzzz"}, {"sort": "updated_at"}):
        answer = await world.get("/ticketing/tickets", "jira", **query, **{"filter[parent_id]": "10000"})
        assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_filter")
        (name,) = query
        expected = (
            f"ticketing.tickets: `{name}` cannot be applied for this account: this account has a boundary that its provider"
        )
        assert answer.json()["detail"].startswith(expected)
    answer = await world.get("/ticketing/tickets", "jira", **{"remote_query[jql]": "text ~ lawyers"})
    assert told(answer)
    assert told(await world.get("/ticketing/tickets", "jira", include_raw="true"))
    assert told(await world.get("/ticketing/tickets/10000", "jira", include_raw="true"))
    assert await world.reached("jira") == []


async def test_a_record_outside_that_cannot_be_mapped_fails_nothing(world):
    tickets = world.lives["zendesk"].state["tickets"]
    inside = next(one for one in tickets.values() if one["organization_id"])
    home = inside["organization_id"]
    outside = next(one for one in tickets.values() if one["organization_id"] not in {None, home})
    await world.send(
        "PUT", f"/accounts/{world.accounts['zendesk']}/resources", {"ticketing.accounts": {"ids": [str(home)]}}, "zendesk"
    )
    queries = ({"limit": 200}, {"limit": 200, "filter[name][contains]": "the"}, {"filter[parent_id]": str(inside["id"])})
    before = [(await world.get("/ticketing/tickets", "zendesk", **query)).json()["data"] for query in queries]
    outside.update({"subject": {"not": "text"}, "priority": ["nor", "this"], "created_at": "never"})
    assert [(await world.get("/ticketing/tickets", "zendesk", **query)).json()["data"] for query in queries] == before
    for one in (outside["id"], 99999999999):
        assert told(await world.get(f"/ticketing/tickets/{one}", "zendesk"))
    inside.update({"subject": {"not": "text"}})
    answer = await world.get(f"/ticketing/tickets/{inside['id']}", "zendesk")
    assert (answer.status_code, answer.json()["code"]) == (502, "mapping_failed")


async def test_conditions_look_at_no_more_of_a_record_than_the_caller_sees(world):
    people = (await world.get("/hris/employees", "bamboohr", limit=200)).json()["data"]
    one = next(one for one in people if len(set(one["group_ids"])) > 1)
    home, other = one["group_ids"][:2]
    await world.send("PUT", f"/accounts/{world.accounts['bamboohr']}/resources", {"hris.groups": {"ids": [home]}}, "bamboohr")
    everybody = (await world.get("/hris/employees", "bamboohr", limit=200)).json()["data"]
    assert one["id"] in {each["id"] for each in everybody}
    for operator, expected in (("ne", everybody), ("contains", [])):
        query = {f"filter[group_ids][{operator}]": other}
        assert (await world.get("/hris/employees", "bamboohr", limit=200, **query)).json()["data"] == expected
