"""Salesforce's stand-in: the habits that its clients rely on."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.timing import processor_time
from tests.world import standins
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

STANDIN = discover("salesforce")["salesforce"]
BIG = 90071992547409931
"""More digits than a double holds."""
ROOT = "/services/data/v62.0"
OBJECTS = f"{ROOT}/sobjects"


@pytest.fixture
async def salesforce(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("salesforce"), clock=clock)
    headers = {"authorization": "Bearer demo-salesforce-access"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/salesforce", headers=headers) as client:
        yield client


async def ask(client, soql, resource="query", **headers):
    answer = await client.get(f"{ROOT}/{resource}", params={"q": soql}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(client, soql):
    answer = await client.get(f"{ROOT}/query", params={"q": soql})
    assert answer.status_code == 400, answer.text
    return answer.json()[0]


def test_it_is_found_and_starts_quickly():
    assert discover()["salesforce"] is STANDIN
    with processor_time() as spent:
        create_sandbox({"salesforce": STANDIN}).lives["salesforce"].state  # noqa: B018
    assert spent.seconds < 1


def test_the_three_last_letters_of_an_id_tell_its_case():
    state = create_sandbox({"salesforce": STANDIN}).lives["salesforce"].state
    ids = {name: list(rows)[6] for name, rows in state.items() if len(rows) > 6}
    assert [ids[name] for name in ("Contact", "Lead", "CaseStatus", "Car__c")] == [
        "003Ax0000000007IAA",
        "00QAx0000000007MAA",
        "0BJAx0000000007OAA",
        "a00Ax0000000007IAA",
    ]


async def test_next_records_url_is_a_path_and_reaches_every_contact_once(salesforce):
    page = await ask(salesforce, "SELECT Id FROM Contact ORDER BY Id", **{"Sforce-Query-Options": "batchSize=20"})
    assert (page["totalSize"], page["done"], len(page["records"])) == (259, False, 200)  # the smallest batch is 200
    assert page["nextRecordsUrl"].startswith(f"{ROOT}/query/")
    rest = (await salesforce.get(page["nextRecordsUrl"], headers={"Sforce-Query-Options": "batchSize=200"})).json()
    assert rest["done"] is True
    assert "nextRecordsUrl" not in rest
    assert len({row["Id"] for row in page["records"] + rest["records"]}) == 259
    gone = await salesforce.get(f"{ROOT}/query/0r8Ax9999999999-200")
    assert gone.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


async def test_only_selected_fields_come_back_with_their_own_spelling(salesforce):
    row = (await ask(salesforce, "select name, id from account limit 1"))["records"][0]
    assert list(row) == ["attributes", "Name", "Id"]
    assert row["attributes"] == {"type": "Account", "url": f"{OBJECTS}/Account/{row['Id']}"}


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("Name = 'ALDER & FINCH'", 1),
        ("Name LIKE '%\\_%'", 0),
        ("NumberOfEmployees >= 3 AND (Type = 'Partner' OR Type = null)", 29),
        ("NOT (Type = null)", 48),
        ("Type NOT IN ('Partner', 'Prospect')", 31),
        ("CreatedDate >= 2026-10-10T00:00:00Z", 3),
        ("CreatedDate >= 2026-10-10T02:00:00+02:00", 3),
        ("Id = null", 0),
        ("Id IN ('001Ax0000000001', '001Ax0000000002IAA')", 2),
    ],
)
async def test_conditions(salesforce, where, count):
    assert (await ask(salesforce, f"SELECT Id FROM Account WHERE {where}"))["totalSize"] == count


async def test_order_puts_nulls_first_unless_asked_otherwise(salesforce):
    first = (await ask(salesforce, "SELECT AnnualRevenue FROM Account ORDER BY AnnualRevenue LIMIT 1"))["records"][0]
    assert first["AnnualRevenue"] is None
    rows = (await ask(salesforce, "SELECT AnnualRevenue FROM Account ORDER BY AnnualRevenue DESC NULLS LAST, Id"))["records"]
    values = [row["AnnualRevenue"] for row in rows]
    assert values[-1] is None
    assert values[:-1] == sorted(values[:-1], reverse=True)


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'O'Neil'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Type = 'b' OR Id = null", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY"),
        ("SELECT Id, Nonsense FROM Account", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE OwnerId LIKE 'a%'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE OwnerId = 'me'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"),
    ],
)
async def test_unknown_queries_are_refused(salesforce, soql, code):
    assert (await refusal(salesforce, soql))["errorCode"] == code


async def test_deleted_and_archived_records_are_in_query_all_only(salesforce):
    soql = "SELECT Id FROM Task"
    plain, everything = await ask(salesforce, soql), await ask(salesforce, soql, "queryAll")
    deleted = await ask(salesforce, "SELECT Id FROM Task WHERE IsDeleted = true", "queryAll")
    assert (plain["totalSize"], everything["totalSize"], deleted["totalSize"]) == (141, 150, 3)


async def test_a_record_from_creation_to_the_recycle_bin(salesforce, clock):
    made = await salesforce.post(f"{OBJECTS}/Contact", json={"FirstName": "Ada", "LastName": "L", "Badge_Number__c": BIG})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "success": True, "errors": []}
    path = f"{OBJECTS}/Contact/{made.json()['id']}"
    clock.forward(seconds=60)
    changed = await salesforce.patch(path, json={"LastName": "Lovelace"})
    assert (changed.status_code, changed.content) == (204, b"")
    record = (await salesforce.get(path)).json()
    assert (record["Name"], record["Badge_Number__c"]) == ("Ada Lovelace", BIG)
    assert (record["CreatedDate"], record["SystemModstamp"]) == ("2026-11-02T12:00:00.000+0000", "2026-11-02T12:01:00.000+0000")
    short = await salesforce.get(f"{OBJECTS}/contact/{record['Id'][:15]}?fields=Name")
    assert list(short.json()) == ["attributes", "Name"]
    assert (await salesforce.delete(path)).status_code == 204
    assert (await salesforce.get(path)).json()[0]["errorCode"] == "NOT_FOUND"
    assert (await salesforce.delete(path)).json()[0]["errorCode"] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({}, "REQUIRED_FIELD_MISSING", ["LastName"]),
        ({"LastName": "x", "Nonsense": 1}, "INVALID_FIELD", None),
        ({"LastName": "x", "Name": "y"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Name"]),
        ({"LastName": "x" * 81}, "STRING_TOO_LONG", ["LastName"]),
        ({"LastName": "x", "Email": "nowhere"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ({"LastName": "x", "AccountId": ["a", "b"]}, "JSON_PARSER_ERROR", ["AccountId"]),
        ({"LastName": "x", "AccountId": "acme"}, "MALFORMED_ID", ["AccountId"]),
        ({"LastName": "x", "AccountId": "003Ax0000000001IAA"}, "FIELD_INTEGRITY_EXCEPTION", ["AccountId"]),
        ({"LastName": "x", "AccountId": "001Ax0000009999IAA"}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
        ({"LastName": "x", "Birthdate": "10.12.1815"}, "JSON_PARSER_ERROR", ["Birthdate"]),
    ],
)
async def test_a_body_that_does_not_fit_is_refused(salesforce, body, code, fields):
    answer = await salesforce.post(f"{OBJECTS}/Contact", json=body)
    (error,) = answer.json()
    assert (answer.status_code, error["errorCode"], error.get("fields")) == (400, code, fields)


async def test_a_stage_closes_an_opportunity(salesforce):
    body = {"Name": "Cranes", "StageName": "Closed Won", "CloseDate": "2026-12-31", "Amount": 10}
    made = (await salesforce.post(f"{OBJECTS}/Opportunity", json=body)).json()
    record = (await salesforce.get(f"{OBJECTS}/Opportunity/{made['id']}")).json()
    assert [record[name] for name in ("IsClosed", "IsWon", "Probability", "ExpectedRevenue")] == [True, True, 100, 10]
    changed = await salesforce.patch(f"{OBJECTS}/Opportunity/{made['id']}", json={"ContactId": "003Ax0000000001IAA"})
    assert changed.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


async def test_a_collection_answers_200_for_a_refusal_and_keeps_nothing(salesforce):
    meeting = {"attributes": {"type": "Event"}, "StartDateTime": "2026-11-05T09:00:00Z", "DurationInMinutes": 30}
    broken = {"attributes": {"type": "Task"}, "TaskSubtype": "Message"}
    before = (await ask(salesforce, "SELECT Id FROM Event"))["totalSize"]
    body = {"allOrNone": True, "records": [meeting, broken]}
    answer = await salesforce.post(f"{ROOT}/composite/sobjects", json=body)
    codes = [entry["errors"][0]["statusCode"] for entry in answer.json()]
    assert (answer.status_code, codes) == (
        200,
        ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
    )
    assert (await ask(salesforce, "SELECT Id FROM Event"))["totalSize"] == before
    (made,) = (await salesforce.post(f"{ROOT}/composite/sobjects", json={"records": [meeting]})).json()
    (empty,) = (
        await salesforce.post(f"{ROOT}/composite/sobjects", json={"records": [{"attributes": {"type": "Lead"}}]})
    ).json()
    assert empty["errors"][0]["fields"] == ["LastName", "Company"]
    record = (await salesforce.get(f"{OBJECTS}/Event/{made['id']}")).json()
    assert record["EndDateTime"] == "2026-11-05T09:30:00.000+0000"


async def test_search_finds_words_in_any_text(salesforce):
    params = {"q": "willow hot", "sobject": "Account", "Account.fields": "Id,Name", "Account.where": "Type = 'Partner'"}
    found = (await salesforce.get(f"{ROOT}/parameterizedSearch", params=params)).json()["searchRecords"]
    assert found
    assert all(row["Name"].startswith("Willow Court Hotels") for row in found)
    short = await salesforce.get(f"{ROOT}/parameterizedSearch", params={"q": "w"})
    assert (short.status_code, short.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")


async def test_describe_tells_types_and_choices(salesforce):
    fields = {one["name"]: one for one in (await salesforce.get(f"{OBJECTS}/Account/describe")).json()["fields"]}
    assert [one["value"] for one in fields["Region__c"]["picklistValues"]] == ["North", "South", "East", "West"]
    assert (fields["Region__c"]["custom"], fields["Name"]["nillable"], fields["ParentId"]["referenceTo"]) == (
        True,
        False,
        ["Account"],
    )


async def test_the_token_answer_has_no_lifetime(salesforce):
    form = {
        "grant_type": "refresh_token",
        "refresh_token": "demo-salesforce-refresh",
        "client_id": "demo-client",
        "client_secret": "demo-secret",
    }
    body = (await salesforce.post("/services/oauth2/token", data=form)).json()
    assert "expires_in" not in body
    assert body["instance_url"] == "http://sandbox/salesforce"


async def test_a_session_that_ended_and_a_spent_budget(salesforce, clock):
    answer = await salesforce.get(f"{ROOT}/limits", headers={"authorization": "Bearer nobody"})
    assert (answer.status_code, answer.json()) == (
        401,
        [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
    )
    assert STANDIN.refuse(429, "rate_limited", "").status == 403
    assert (await salesforce.get(f"{ROOT}/limits")).headers["sforce-limit-info"].endswith("/15000")
