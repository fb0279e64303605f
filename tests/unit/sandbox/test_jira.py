"""Jira's stand-in: the habits that its clients rely on."""

import base64
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.world import standins
from unified_sandbox.app import create_sandbox

API = "/rest/api/3"
DOCUMENT = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Hums"}]}]}


@pytest.fixture
async def jira(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("jira"), clock=clock)
    pair = base64.b64encode(b"demo@unified.example:demo-jira-token").decode()
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://sandbox/jira", headers={"authorization": f"Basic {pair}"}
    ) as client:
        yield client


async def search(client, jql, **params):
    """Every issue that a query finds, over all pages."""
    rows, token = [], None
    while True:
        query = {"jql": jql, "maxResults": 100, "fields": "*all", **params} | ({"nextPageToken": token} if token else {})
        answer = await client.get(f"{API}/search/jql", params=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        rows += body["issues"]
        if body["isLast"]:
            assert "nextPageToken" not in body
            return rows
        token = body["nextPageToken"]


async def refused(client, jql):
    answer = await client.get(f"{API}/search/jql", params={"jql": jql})
    assert answer.status_code == 400
    return answer.json()["errorMessages"][0]


async def create(client, **fields):
    known = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "The printer hums"}
    return await client.post(f"{API}/issue", json={"fields": known | fields})


async def test_paging_reaches_every_issue_once(jira):
    rows = await search(jira, 'updated >= "1970-01-01 00:00" order by created desc', fields="created")
    assert len(rows) == len({row["id"] for row in rows}) == 342
    assert {"id", "key", "self", "fields", "expand"} == set(rows[0])
    created = [row["fields"]["created"] for row in rows]
    assert created[0] > created[-1]


async def test_a_search_without_fields_gives_ids_alone(jira):
    body = (await jira.get(f"{API}/search/jql", params={"jql": "project = OPS", "maxResults": 2})).json()
    assert [set(row) for row in body["issues"]] == [{"id"}, {"id"}]
    assert "total" not in body


async def test_a_token_belongs_to_its_query(jira):
    token = (await jira.get(f"{API}/search/jql", params={"jql": "project = OPS", "maxResults": 2})).json()["nextPageToken"]
    answer = await jira.get(f"{API}/search/jql", params={"jql": "project = WEB", "nextPageToken": token})
    assert (answer.status_code, answer.json()["errorMessages"]) == (
        400,
        ["The provided next page token is invalid or expired."],
    )


async def test_times_are_minutes_in_the_zone_of_the_user(jira):
    # 10002 and 10003 changed in the minute 12:00 of Berlin, 11:00 UTC.
    both = await search(jira, 'updated >= "2026-10-31 12:00" and updated < "2026-10-31 12:01"')
    assert {"10002", "10003"} <= {row["id"] for row in both}
    assert (await jira.get(f"{API}/myself")).json()["timeZone"] == "Europe/Berlin"
    assert (await refused(jira, 'updated >= "2026-10-31T12:00:30Z"')).startswith("Date value '2026-10-31T12:00:30Z'")


async def test_conditions_are_joined(jira):
    jql = 'project = "10001" and statusCategory in ("Done") and priority in ("High", "Highest") order by key asc'
    rows = await search(jira, jql)
    assert rows
    for row in rows:
        fields = row["fields"]
        assert (fields["project"]["key"], fields["status"]["statusCategory"]["key"]) == ("WEB", "done")
        assert fields["priority"]["name"] in {"High", "Highest"}
    numbers = [int(row["key"].removeprefix("WEB-")) for row in rows]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("order by created", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("priority = Huge", "The value 'Huge' does not exist for the field 'priority'."),
        ("project = OPS or project = WEB", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'or'."),
        ("project ~ OPS", "The operator '~' is not supported by the 'project' field."),
        ('text ~ "!?"', "The field 'text' does not support searching for an empty string."),
        ("project = OPS order by colour", "Not able to sort using field 'colour'."),
    ],
)
async def test_a_query_that_cannot_be_is_refused(jira, jql, message):
    assert await refused(jira, jql) == message


async def test_quoted_values_stay_values(jira):
    assert await search(jira, 'labels = "x\\" or project = \\"OPS"') == []


async def test_create_names_every_field_that_does_not_hold(jira):
    answer = await create(jira, summary="", description="text", labels=["two words"], colour="red", duedate="soon")
    assert answer.status_code == 400
    assert answer.json() == {
        "errorMessages": [],
        "errors": {
            "summary": "You must specify a summary of the issue.",
            "description": "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
            "labels": "The label 'two words' contains spaces which is invalid.",
            "colour": "Field 'colour' cannot be set. It is not on the appropriate screen, or unknown.",
            "duedate": "Operation value must be a string in the date format yyyy-MM-dd",
        },
    }
    assert (await jira.post(f"{API}/issue", json={"fields": {}})).json()["errors"].keys() == {"project", "issuetype", "summary"}


async def test_a_new_issue_is_changed_and_deleted(jira):
    made = (await create(jira, description=DOCUMENT)).json()
    assert set(made) == {"id", "key", "self"}
    path = f"{API}/issue/{made['key']}"
    assert (await jira.put(path, json={"fields": {"summary": "Quiet", "priority": None}})).status_code == 204
    fields = (await jira.get(path, params={"fields": "summary,priority,status"})).json()["fields"]
    assert (fields["summary"], fields["priority"], fields["status"]["name"]) == ("Quiet", None, "To Do")
    assert (await jira.put(path, json={"fields": {"status": {"id": "3"}}})).status_code == 400
    assert (await jira.delete(path)).status_code == 204
    gone = await jira.get(path)
    assert gone.status_code == 404
    assert gone.json()["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]


async def test_a_status_is_reached_by_a_transition(jira):
    path = f"{API}/issue/{(await create(jira)).json()['id']}"
    offered = (await jira.get(f"{path}/transitions")).json()["transitions"]
    assert "To Do" not in [one["name"] for one in offered]
    done = next(one["id"] for one in offered if one["to"]["name"] == "Done")
    assert (await jira.post(f"{path}/transitions", json={"transition": {"id": done}})).status_code == 204
    fields = (await jira.get(path)).json()["fields"]
    assert (fields["status"]["name"], fields["resolution"]["name"]) == ("Done", "Done")
    assert fields["resolutiondate"] == "2026-11-02T13:00:00.000+0100"
    again = await jira.post(f"{path}/transitions", json={"transition": {"id": done}})
    assert again.json()["errorMessages"] == [f"Transition id '{done}' is not valid for this issue."]
    assert (await jira.post(f"{path}/transitions", json={})).json()["errorMessages"] == ["Missing 'transition' identifier"]


async def test_an_issue_with_children_is_not_deleted_alone(jira):
    answer = await jira.delete(f"{API}/issue/10001")
    assert answer.status_code == 400
    assert "has subtasks" in answer.json()["errorMessages"][0]
    assert (await jira.delete(f"{API}/issue/10001?deleteSubtasks=true")).status_code == 204


async def test_comments_are_paged_and_internal_notes_known(jira):
    path = f"{API}/issue/10000/comment"
    page = (await jira.get(path, params={"startAt": 5, "maxResults": 5})).json()
    assert (page["total"], len(page["comments"]), page["startAt"]) == (7, 2, 5)
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    made = await jira.post(path, params={"expand": "renderedBody"}, json={"body": DOCUMENT, "properties": internal})
    comment = made.json()
    assert (made.status_code, comment["jsdPublic"], comment["renderedBody"]) == (201, False, "<p>Hums</p>")
    assert comment["self"].endswith(f"/issue/10000/comment/{comment['id']}")
    assert (await jira.post(path, json={"body": "text"})).json()["errors"] == {"comment": "Comment body is not valid!"}
    assert (await jira.delete(f"{path}/{comment['id']}")).status_code == 204
    assert (await jira.get(f"{path}/{comment['id']}")).status_code == 404


async def test_projects_are_living_ones_unless_asked(jira):
    living = (await jira.get(f"{API}/project/search")).json()
    assert "OLD" not in [one["key"] for one in living["values"]]
    assert living["isLast"] is True
    params = {"status": ["live", "archived"], "orderBy": "-key", "maxResults": 2}
    page = (await jira.get(f"{API}/project/search", params=params)).json()
    assert [one["key"] for one in page["values"]] == ["НОВ", "WEB"]
    assert (page["total"], page["isLast"]) == (5, False)


async def test_users_hide_addresses_and_groups_need_asking(jira):
    users = (await jira.get(f"{API}/users/search", params={"maxResults": 50})).json()
    assert len(users) == 46
    assert any("emailAddress" not in one for one in users)
    user = (await jira.get(f"{API}/user", params={"accountId": users[0]["accountId"], "expand": "groups"})).json()
    assert user["groups"]["size"] == len(user["groups"]["items"]) == 4
    assert (await jira.get(f"{API}/user", params={"accountId": "nobody"})).status_code == 404


async def test_tokens_of_the_consent_flow_work_and_rotate(jira):
    client = {"client_id": "demo-client", "client_secret": "demo-secret"}
    ask = {"grant_type": "refresh_token", "refresh_token": "demo-jira-refresh", **client}
    answer = (await jira.post("/oauth/token", json=ask)).json()
    headers = {"authorization": f"Bearer {answer['access_token']}"}
    assert (await jira.get(f"{API}/myself", headers=headers)).status_code == 200
    assert answer["refresh_token"] != "demo-jira-refresh"
    assert (await jira.post("/oauth/token", json=ask)).status_code == 400
    wrong = await jira.get(f"{API}/myself", headers={"authorization": "Bearer no"})
    assert wrong.status_code == 401
    assert wrong.json() == {"message": "Client must be authenticated to access this resource.", "status-code": 401}
