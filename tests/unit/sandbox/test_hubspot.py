"""HubSpot's stand-in: the habits that its clients rely on."""

import random
from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.timing import processor_time
from tests.world import standins
from unified_sandbox.app import create_sandbox
from unified_sandbox.registry import discover

OBJECT = "/crm/v3/objects"
STANDIN = discover("hubspot")["hubspot"]
OBJECTS = STANDIN.seed(random.Random("hubspot"))["objects"]


@pytest.fixture
async def hubspot(clock) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_sandbox(standins("hubspot"), clock=clock)
    headers = {"authorization": "Bearer demo-hubspot-access"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox/hubspot", headers=headers) as client:
        yield client


async def everything(client, path, **params):
    rows, after = [], None
    while True:
        query = params | ({"after": after} if after else {})
        body = (await client.get(path, params=query)).json()
        rows += body["results"]
        if "paging" not in body:
            return rows
        after = body["paging"]["next"]["after"]


async def search(client, object_, **body):
    answer = await client.post(f"{OBJECT}/{object_}/search", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def where(name, operator, *values, **more):
    value = {"values": list(values)} if operator in {"IN", "NOT_IN"} else {"value": values[0]} if values else {}
    return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, **value, **more}]}]}


def test_it_is_found_and_starts_quickly():
    with processor_time() as spent:
        create_sandbox({"hubspot": STANDIN}).lives["hubspot"].state  # noqa: B018
    assert spent.seconds < 1


async def test_paging_reaches_every_contact_once(hubspot):
    rows = await everything(hubspot, f"{OBJECT}/contacts", limit=100)
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == 265
    assert ids[-1] == "9007199254740993"
    first = (await hubspot.get(f"{OBJECT}/contacts?limit=1")).json()
    assert first["paging"]["next"] == {
        "after": ids[0],
        "link": f"http://sandbox/hubspot/crm/v3/objects/contacts?limit=1&after={ids[0]}",
    }


async def test_only_default_or_asked_properties_come_back(hubspot):
    plain = (await hubspot.get(f"{OBJECT}/contacts?limit=1")).json()["results"][0]
    assert sorted(plain["properties"]) == sorted(OBJECTS["contacts"]["defaults"])
    asked = (await hubspot.get(f"{OBJECT}/contacts?limit=1&properties=phone,jobtitle&properties=nonsense")).json()
    properties = asked["results"][0]["properties"]
    assert sorted(properties) == ["createdate", "hs_object_id", "jobtitle", "lastmodifieddate", "phone"]
    assert properties["jobtitle"] is None
    assert all(value is None or isinstance(value, str) for value in properties.values())


async def test_a_primary_company_is_linked_twice(hubspot):
    rows = await everything(hubspot, f"{OBJECT}/contacts", limit=100, associations="companies,deals")
    companies = [row["associations"]["companies"]["results"] for row in rows if "companies" in row.get("associations", {})]
    assert [one["type"] for one in companies[0]] == ["contact_to_company", "contact_to_company_unlabeled"]
    assert len({one["id"] for one in companies[0]}) == 1
    assert any("associations" not in row for row in rows)
    assert any(len({one["id"] for one in some}) == 2 for some in companies)


@pytest.mark.parametrize("object_", sorted(OBJECTS))
async def test_every_object_lists_gets_and_searches(hubspot, object_):
    names = ",".join(OBJECTS[object_]["known"])
    row = (await hubspot.get(f"{OBJECT}/{object_}?limit=1&properties={names}")).json()["results"][0]
    got = (await hubspot.get(f"{OBJECT}/{object_}/{row['id']}?properties={names}")).json()
    assert got == row
    assert set(row["properties"]) == set(OBJECTS[object_]["known"])
    found = await search(hubspot, object_, **where("hs_object_id", "EQ", row["id"]), properties=names.split(","))
    assert found["results"] == [row]
    stored = {name: value for name, value in row["properties"].items() if value is not None}
    for name, definition in OBJECTS[object_]["known"].items():
        if name in stored and definition["options"]:
            assert set(stored[name].split(";")) <= {one["value"] for one in definition["options"]}, name


async def test_objects_have_several_names(hubspot):
    paths = ("2-1001", "p_cars", "p48200117_cars", "cars")
    totals = {name: len(await everything(hubspot, f"{OBJECT}/{name}", limit=100)) for name in paths}
    assert set(totals.values()) == {12}
    answer = await hubspot.get(f"{OBJECT}/planes")
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


async def test_a_contact_is_created_changed_cleared_and_archived(hubspot, clock):
    body = {"properties": {"email": "Ada@New.Example", "shoe_size": 41, "newsletter": True, "firstname": "Ada"}}
    answer = await hubspot.post(f"{OBJECT}/contacts", json=body)
    made = answer.json()
    assert answer.status_code == 201
    assert made["createdAt"] == made["updatedAt"] == "2026-11-02T12:00:00.000Z"
    assert made["properties"] == {
        "createdate": made["createdAt"],
        "email": "ada@new.example",
        "firstname": "Ada",
        "hs_object_id": made["id"],
        "lastmodifieddate": made["updatedAt"],
        "newsletter": "true",
        "shoe_size": "41",
    }
    clock.forward(seconds=5)
    path = f"{OBJECT}/contacts/{made['id']}"
    changed = (await hubspot.patch(path, json={"properties": {"firstname": "", "shoe_size": None}})).json()
    assert {"firstname", "shoe_size"}.isdisjoint(changed["properties"])
    assert changed["updatedAt"] == "2026-11-02T12:00:05.000Z"
    by_mail = await hubspot.get(f"{OBJECT}/contacts/ada@new.example?idProperty=email")
    assert by_mail.json()["id"] == made["id"]
    assert (await hubspot.delete(path)).status_code == 204
    gone = await hubspot.get(path)
    assert (gone.status_code, gone.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    archived = (await hubspot.get(f"{path}?archived=true")).json()
    assert (archived["archived"], archived["archivedAt"]) == (True, "2026-11-02T12:00:05.000Z")
    assert made["id"] in {row["id"] for row in await everything(hubspot, f"{OBJECT}/contacts", archived="true")}
    assert (await hubspot.patch(path, json={"properties": {}})).status_code == 404


@pytest.mark.parametrize(
    ("object_", "properties", "code"),
    [
        ("contacts", {"email": "not an address"}, "INVALID_EMAIL"),
        ("contacts", {"nickname": "x"}, "PROPERTY_DOESNT_EXIST"),
        ("contacts", {"loyalty_tier": "tin"}, "INVALID_OPTION"),
        ("contacts", {"hs_object_id": "1"}, "READ_ONLY_VALUE"),
        ("companies", {"numberofemployees": "many"}, "INVALID_LONG"),
        ("deals", {"closedate": "soon"}, "INVALID_DATE"),
        ("notes", {"hs_note_body": "x"}, "REQUIRED_FIELD"),
        ("2-1001", {"year": 2020}, "REQUIRED_FIELD"),
    ],
)
async def test_a_write_that_does_not_hold_names_the_property(hubspot, object_, properties, code):
    answer = await hubspot.post(f"{OBJECT}/{object_}", json={"properties": properties})
    body = answer.json()
    assert (answer.status_code, body["status"], body["category"]) == (400, "error", "VALIDATION_ERROR")
    assert [one["code"] for one in body["errors"]] == [code]
    assert set(body["errors"][0]["context"]["propertyName"]) <= {*properties, "hs_timestamp", "model"}


async def test_a_mail_address_belongs_to_one_contact(hubspot):
    rows = (await hubspot.get(f"{OBJECT}/contacts?limit=2")).json()["results"]
    taken, other = rows[0], rows[1]
    body = {"properties": {"email": taken["properties"]["email"].upper()}}
    for answer in (
        await hubspot.post(f"{OBJECT}/contacts", json=body),
        await hubspot.patch(f"{OBJECT}/contacts/{other['id']}", json=body),
    ):
        assert answer.status_code == 409
        assert answer.json()["message"] == f"Contact already exists. Existing ID: {taken['id']}"
    assert (await hubspot.patch(f"{OBJECT}/contacts/{taken['id']}", json=body)).status_code == 200


async def test_times_are_taken_as_milliseconds_or_text(hubspot):
    for value in ("1767225600000", 1767225600000, "2026-01-01", "2026-01-01T01:00:00+01:00"):
        made = await hubspot.post(f"{OBJECT}/deals", json={"properties": {"dealname": "d", "closedate": value}})
        assert made.json()["properties"]["closedate"] == "2026-01-01T00:00:00.000Z"


async def test_a_deal_closes_with_its_stage(hubspot):
    made = (await hubspot.post(f"{OBJECT}/deals", json={"properties": {"dealstage": "closedwon"}})).json()
    shown = {name: made["properties"][name] for name in ("hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability")}
    assert shown == {"hs_is_closed": "true", "hs_is_closed_won": "true", "hs_deal_stage_probability": "1"}


OPERATORS = {
    ("EQ", ("7",)): [1],
    ("NEQ", ("7",)): [2, 3],
    ("LT", ("8",)): [1],
    ("LTE", ("8",)): [1, 2],
    ("GT", ("8",)): [3],
    ("GTE", ("8",)): [2, 3],
    ("IN", ("7", "30")): [1, 3],
    ("NOT_IN", ("7", "30")): [2],
    ("HAS_PROPERTY", ()): [1, 2, 3],
    ("NOT_HAS_PROPERTY", ()): [4],
}


@pytest.mark.parametrize("case", list(OPERATORS))
async def test_search_compares_numbers_as_numbers(hubspot, case):
    ids = {}
    for n, size in enumerate(("7", "8", "30", None), start=1):
        body = {"properties": {"lastname": "Quxquux", "shoe_size": size}}
        ids[(await hubspot.post(f"{OBJECT}/contacts", json=body)).json()["id"]] = n
    asked = where("shoe_size", case[0], *case[1])
    asked["filterGroups"][0]["filters"].append({"propertyName": "lastname", "operator": "EQ", "value": "QUXQUUX"})
    found = await search(hubspot, "contacts", **asked)
    assert [ids[row["id"]] for row in found["results"]] == OPERATORS[case]
    assert found["total"] == len(OPERATORS[case])


async def test_search_between_tokens_groups_and_query(hubspot):
    between = where("amount", "BETWEEN", "900", highValue="12500")
    found = await search(hubspot, "deals", **between, properties=["amount"], limit=200)
    assert found["total"] > 5
    assert all(900 <= float(row["properties"]["amount"]) <= 12500 for row in found["results"])
    token = await search(hubspot, "companies", **where("name", "CONTAINS_TOKEN", "log*"))
    assert sorted(row["properties"]["name"] for row in token["results"]) == [
        "Blauwater Logistics",
        "Blauwater Logistics 2",
        "Blauwater Logistics 3",
    ]
    query = await search(hubspot, "companies", query="blauwater 2")
    assert [row["properties"]["name"] for row in query["results"]] == ["Blauwater Logistics 2"]
    groups = [{"filters": [{"propertyName": "name", "operator": "EQ", "value": name}]} for name in ("quill & co", "桜井製作所")]
    either = await search(hubspot, "companies", filterGroups=groups)
    assert either["total"] == 2


async def test_search_by_change_walks_in_order(hubspot):
    body = where("lastmodifieddate", "GTE", "1788220800000")  # 2026-09-01
    sorts = [{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}]
    first = await search(hubspot, "contacts", **body, sorts=sorts, limit=20)
    rows, after = first["results"], first["paging"]["next"]["after"]
    assert after == "20"
    second = await search(hubspot, "contacts", **body, sorts=sorts, limit=200, after=after)
    rows += second["results"]
    stamps = [row["updatedAt"] for row in rows]
    assert len(rows) == first["total"]
    assert stamps == sorted(stamps)
    assert min(stamps) >= "2026-09-01"
    down = await search(hubspot, "contacts", sorts=["-lastname"], properties=["lastname"], limit=3)
    assert down["results"][0]["properties"]["lastname"].lower() >= down["results"][1]["properties"]["lastname"].lower()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"limit": 201}, "Invalid limit: the highest is 200"),
        ({"limit": 200, "after": "9900"}, "The total of results that can be paged through is 10000"),
        ({"sorts": ["a", "b"]}, "Only one sort is allowed"),
        (
            where("nonsense", "EQ", "1"),
            "There was a problem with the request: property nonsense does not exist on contacts",
        ),
        (where("email", "EQ"), "EQ on email is missing a value"),
        (where("email", "IN"), "IN needs a list in 'values'"),
        ({"filterGroups": [{"filters": []}] * 6}, "Too many filters: 5 groups, 6 a group, 18 in all"),
    ],
)
async def test_a_search_that_cannot_be_is_a_400(hubspot, body, message):
    answer = await hubspot.post(f"{OBJECT}/contacts/search", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_list_limits(hubspot):
    answer = await hubspot.get(f"{OBJECT}/contacts?limit=101")
    assert (answer.status_code, answer.json()["message"]) == (400, "Invalid limit: the highest is 100")


async def test_batches(hubspot):
    inputs = [{"properties": {"name": f"Batch {n}"}} for n in range(3)]
    made = await hubspot.post(f"{OBJECT}/companies/batch/create", json={"inputs": inputs})
    assert (made.status_code, made.json()["status"], len(made.json()["results"])) == (201, "COMPLETE", 3)
    ids = [{"id": row["id"]} for row in made.json()["results"]]
    changes = [one | {"properties": {"city": "Лев"}} for one in ids] + [{"id": "1", "properties": {}}]
    changed = await hubspot.post(f"{OBJECT}/companies/batch/update", json={"inputs": changes})
    assert (changed.status_code, changed.json()["numErrors"]) == (207, 1)
    read = await hubspot.post(f"{OBJECT}/companies/batch/read", json={"inputs": ids, "properties": ["city"]})
    assert [row["properties"]["city"] for row in read.json()["results"]] == ["Лев"] * 3
    assert (await hubspot.post(f"{OBJECT}/companies/batch/archive", json={"inputs": ids})).status_code == 204
    read = await hubspot.post(f"{OBJECT}/companies/batch/read", json={"inputs": ids})
    assert (read.status_code, read.json()["results"]) == (207, [])
    many = await hubspot.post(f"{OBJECT}/companies/batch/create", json={"inputs": inputs * 34})
    assert (many.status_code, many.json()["message"]) == (400, "Expected 1 to 100 inputs, got 102")


async def test_a_batch_with_one_bad_input_creates_nothing(hubspot):
    before = (await search(hubspot, "contacts"))["total"]
    company = (await hubspot.post(f"{OBJECT}/companies", json={"properties": {"name": "New"}})).json()["id"]
    links = [{"to": {"id": company}, "types": [{"associationTypeId": 1}]}]
    inputs = [{"properties": {"email": "one@new.example"}, "associations": links}, {"properties": {"email": "one@new.example"}}]
    answer = await hubspot.post(f"{OBJECT}/contacts/batch/create", json={"inputs": inputs})
    assert answer.status_code == 409
    assert (await search(hubspot, "contacts"))["total"] == before
    left = await hubspot.get(f"/crm/v4/objects/companies/{company}/associations/contacts")
    assert left.json() == {"results": []}


async def test_upsert_by_mail(hubspot):
    one = {"idProperty": "email", "id": "up@new.example", "properties": {"firstname": "Up"}}
    path = f"{OBJECT}/contacts/batch/upsert"
    first, second = [(await hubspot.post(path, json={"inputs": [one]})).json()["results"][0] for _ in range(2)]
    assert (first["new"], second["new"], first["id"]) == (True, False, second["id"])


async def test_links_are_made_seen_from_both_sides_and_taken_away(hubspot):
    (contact,) = (await hubspot.get(f"{OBJECT}/contacts?limit=1")).json()["results"]
    company = (await hubspot.post(f"{OBJECT}/companies", json={"properties": {"name": "New"}})).json()
    links = f"/crm/v4/objects/contacts/{contact['id']}/associations"
    put = await hubspot.put(f"{links}/default/companies/{company['id']}")
    assert (put.status_code, put.json()["results"][0]["associationSpec"]["associationTypeId"]) == (200, 279)
    seen = (await hubspot.get(f"/crm/v4/objects/companies/{company['id']}/associations/contacts")).json()
    assert seen["results"] == [
        {
            "toObjectId": int(contact["id"]),
            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None}],
        }
    ]
    primary = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    put = await hubspot.put(f"{links}/companies/{company['id']}", json=primary)
    assert put.status_code == 201
    rows = (await hubspot.get(f"{links}/companies")).json()["results"]
    assert [row["toObjectId"] for row in rows if row["associationTypes"][0]["label"] == "Primary"] == [int(company["id"])]
    assert len(rows) == 2
    path = f"{OBJECT}/contacts/{contact['id']}?properties=associatedcompanyid"
    assert (await hubspot.get(path)).json()["properties"]["associatedcompanyid"] == company["id"]
    assert (await hubspot.delete(f"{links}/companies/{company['id']}")).status_code == 204
    assert (await hubspot.get(path)).json()["properties"]["associatedcompanyid"] is None
    assert (await hubspot.get(f"/crm/v4/objects/companies/{company['id']}/associations/contacts")).json() == {"results": []}
    assert (await hubspot.get("/crm/v4/objects/contacts/1/associations/companies")).status_code == 404


async def test_links_in_batches(hubspot):
    notes = (await hubspot.get(f"{OBJECT}/notes?limit=2")).json()["results"]
    deal = (await hubspot.get(f"{OBJECT}/deals?limit=1")).json()["results"][0]["id"]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 214}]
    inputs = [{"from": {"id": note["id"]}, "to": {"id": deal}, "types": types} for note in notes]
    made = await hubspot.post("/crm/v4/associations/notes/deals/batch/create", json={"inputs": inputs})
    assert made.status_code == 201
    ids = [{"id": note["id"]} for note in notes]
    read = await hubspot.post("/crm/v4/associations/notes/deals/batch/read", json={"inputs": ids})
    assert all(int(deal) in [to["toObjectId"] for to in row["to"]] for row in read.json()["results"])
    gone = [{"from": {"id": note["id"]}, "to": [{"id": deal}]} for note in notes]
    assert (await hubspot.post("/crm/v4/associations/notes/deals/batch/archive", json={"inputs": gone})).status_code == 204
    wrong = [{"from": ids[0], "to": {"id": deal}, "types": [{"associationTypeId": 1}]}]
    answer = await hubspot.post("/crm/v4/associations/notes/deals/batch/create", json={"inputs": wrong})
    assert answer.json()["message"] == "Invalid association types ['1']; known: [214]"


async def test_a_note_is_created_with_its_links(hubspot):
    (contact,) = (await hubspot.get(f"{OBJECT}/contacts?limit=1")).json()["results"]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
    body = {
        "properties": {"hs_note_body": "<p>Hi</p>", "hs_timestamp": "2026-11-02T00:00:00Z"},
        "associations": [{"to": {"id": contact["id"]}, "types": types}],
    }
    note = (await hubspot.post(f"{OBJECT}/notes", json=body)).json()
    shown = (await hubspot.get(f"{OBJECT}/notes/{note['id']}?associations=contacts")).json()
    assert shown["associations"] == {"contacts": {"results": [{"id": contact["id"], "type": "note_to_contact"}]}}
    found = await search(hubspot, "notes", **where("associations.contact", "EQ", contact["id"]))
    assert note["id"] in {row["id"] for row in found["results"]}


async def test_the_account_describes_itself(hubspot):
    properties = (await hubspot.get("/crm/v3/properties/contacts")).json()["results"]
    custom = {one["name"] for one in properties if not one["hubspotDefined"]}
    assert custom == {"shoe_size", "loyalty_tier", "favourite_colours", "newsletter", "member_since", "vat_number"}
    new = {"name": "hat", "label": "Hat", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    assert (await hubspot.post("/crm/v3/properties/contacts", json=new)).status_code == 201
    assert (await hubspot.post("/crm/v3/properties/contacts", json=new)).status_code == 409
    made = await hubspot.post(f"{OBJECT}/contacts", json={"properties": {"hat": "top"}})
    assert made.json()["properties"]["hat"] == "top"
    pipelines = (await hubspot.get("/crm/v3/pipelines/deals")).json()["results"]
    assert [one["label"] for one in pipelines] == ["Sales Pipeline", "Renewals"]
    assert pipelines[0]["stages"][5]["metadata"] == {"isClosed": "true", "probability": "1"}
    assert (await hubspot.get("/crm/v3/pipelines/contacts")).json() == {"results": []}
    owners = await everything(hubspot, "/crm/v3/owners", limit=2)
    assert len(owners) == 6
    one = (await hubspot.get(f"/crm/v3/owners/{owners[0]['userId']}?idProperty=userId")).json()
    assert one == owners[0]
    assert (await hubspot.get("/crm/v3/owners?archived=true")).json()["results"][0]["userId"] is None
    assert (await hubspot.get("/crm/v3/schemas")).json()["results"][0]["fullyQualifiedName"] == "p48200117_cars"
    assert (await hubspot.get("/account-info/v3/details")).json()["portalId"] == 48200117


async def test_errors_have_hubspots_shape(hubspot):
    answer = await hubspot.get(f"{OBJECT}/contacts", headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    await hubspot.post("http://sandbox/_sandbox/tokens", json={"provider": "hubspot", "expire": True})
    answer = await hubspot.get(f"{OBJECT}/contacts")
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    fault = {"provider": "hubspot", "match": "GET /crm/*", "status": 429}
    await hubspot.post("http://sandbox/_sandbox/faults", json=fault)
    limited = await hubspot.get(f"{OBJECT}/contacts")
    assert (limited.status_code, limited.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert limited.headers["x-hubspot-ratelimit-remaining"] == "0"
    assert limited.headers["x-hubspot-ratelimit-max"] == "190"


async def test_a_refresh_answers_in_hubspots_form(hubspot):
    client = {"client_id": "demo-client", "client_secret": "demo-secret", "grant_type": "refresh_token"}
    good = await hubspot.post("/oauth/v1/token", data=client | {"refresh_token": "demo-hubspot-refresh"})
    assert good.json() | {"access_token": ""} == {
        "access_token": "",
        "token_type": "bearer",
        "expires_in": 1800,
        "refresh_token": "demo-hubspot-refresh",
        "hub_id": 48200117,
        "scopes": [],
    }
    bad = await hubspot.post("/oauth/v1/token", data=client | {"refresh_token": "x"})
    assert (bad.status_code, bad.json()["status"], bad.json()["error"]) == (400, "BAD_REFRESH_TOKEN", "invalid_grant")


async def test_a_planted_record_is_filled_in(hubspot):
    record = {"properties": {"email": "planted@post.example", "lastname": "Größe"}}
    answer = await hubspot.put("http://sandbox/_sandbox/hubspot/contacts/90000000000000001", json=record)
    assert answer.status_code == 200
    shown = (await hubspot.get(f"{OBJECT}/contacts/90000000000000001")).json()
    assert shown["properties"] == {
        "createdate": "2026-11-01T00:00:00.000Z",
        "email": "planted@post.example",
        "firstname": None,
        "hs_object_id": "90000000000000001",
        "lastmodifieddate": "2026-11-01T00:00:00.000Z",
        "lastname": "Größe",
    }


async def test_a_company_has_one_parent(hubspot):
    first, second, third = ((await hubspot.get(f"{OBJECT}/companies?limit=5")).json()["results"])[2:5]
    link = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 14}]
    path = f"/crm/v4/objects/companies/{first['id']}/associations/companies"
    assert (await hubspot.put(f"{path}/{second['id']}", json=link)).status_code == 201
    assert (await hubspot.put(f"{path}/{third['id']}", json=link)).status_code == 201
    query = {"properties": "hs_parent_company_id", "associations": "companies"}
    child = (await hubspot.get(f"{OBJECT}/companies/{first['id']}", params=query)).json()
    assert child["properties"]["hs_parent_company_id"] == third["id"]
    assert child["associations"]["companies"]["results"] == [{"id": third["id"], "type": "child_to_parent_company"}]
    parent = (await hubspot.get(f"{OBJECT}/companies/{third['id']}", params=query)).json()
    assert parent["associations"]["companies"]["results"] == [{"id": first["id"], "type": "parent_to_child_company"}]
    await hubspot.delete(f"{path}/{third['id']}")
    child = (await hubspot.get(f"{OBJECT}/companies/{first['id']}", params=query)).json()
    assert child["properties"]["hs_parent_company_id"] is None


async def test_a_lead_needs_a_contact_and_shows_it(hubspot):
    contact = await search(hubspot, "contacts", limit=1, properties=["firstname"])
    body = {"properties": {"hs_lead_name": "Looms"}}
    refused = await hubspot.post(f"{OBJECT}/leads", json=body)
    assert refused.status_code == 400
    assert refused.json()["message"] == "A lead must be associated with a contact"
    one = contact["results"][0]
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 578}]
    made = await hubspot.post(f"{OBJECT}/leads", json=body | {"associations": [{"to": {"id": one["id"]}, "types": types}]})
    assert made.status_code == 201
    assert made.json()["properties"]["hs_primary_contact_id"] == one["id"]
    assert made.json()["properties"]["hs_associated_contact_firstname"] == one["properties"]["firstname"]


async def test_a_deal_repeats_its_primary_company(hubspot):
    rows = await everything(
        hubspot, f"{OBJECT}/deals", limit=100, properties="hs_primary_associated_company", associations="companies"
    )
    pairs = [
        (row["properties"]["hs_primary_associated_company"], one["id"])
        for row in rows
        for one in row.get("associations", {}).get("companies", {}).get("results", [])
        if one["type"] == "deal_to_company"
    ]
    assert pairs
    assert all(held == linked for held, linked in pairs)


async def test_a_deal_says_when_it_came_to_its_stage(hubspot, clock):
    deal = await search(hubspot, "deals", limit=1, **where("dealstage", "EQ", "qualifiedtobuy"))
    path = f"{OBJECT}/deals/{deal['results'][0]['id']}"
    before = (await hubspot.patch(path, json={"properties": {"amount": "10"}})).json()["properties"]
    clock.forward(seconds=60)
    after = (await hubspot.patch(path, json={"properties": {"dealstage": "closedlost"}})).json()["properties"]
    assert before["hs_v2_date_entered_current_stage"] < after["hs_v2_date_entered_current_stage"]
    assert after["hs_is_closed_lost"] == "true"
    assert after["hs_projected_amount"] == "0"


async def test_the_types_of_links_have_labels(hubspot):
    labels = (await hubspot.get("/crm/v4/associations/contacts/companies/labels")).json()["results"]
    assert [(one["typeId"], one["label"]) for one in labels] == [(1, "Primary"), (279, None)]


async def test_an_email_takes_its_ends_from_the_headers(hubspot):
    headers = (
        '{"from": {"email": "a@x.example", "firstName": "Ada"}, "to": [{"email": "b@x.example"}, {"email": "c@x.example"}]}'
    )
    body = {"properties": {"hs_timestamp": "2026-11-01T09:00:00Z", "hs_email_headers": headers}}
    made = (await hubspot.post(f"{OBJECT}/email", json=body)).json()["properties"]
    assert made["hs_email_from_firstname"] == "Ada"
    assert made["hs_email_to_email"] == "b@x.example;c@x.example"
    body["properties"]["hs_email_headers"] = "{"
    assert (await hubspot.post(f"{OBJECT}/emails", json=body)).status_code == 400


async def test_a_secondary_mail_address_is_found_by_token(hubspot):
    rows = await everything(hubspot, f"{OBJECT}/contacts", limit=100, properties="hs_additional_emails")
    one = next(row for row in rows if row["properties"]["hs_additional_emails"])
    body = where("hs_additional_emails", "CONTAINS_TOKEN", one["properties"]["hs_additional_emails"])
    assert [row["id"] for row in (await search(hubspot, "contacts", **body))["results"]] == [one["id"]]


async def test_tickets_are_an_object_like_others(hubspot):
    schema = (await hubspot.get("/crm/v3/schemas/tickets")).json()
    assert (schema["primaryDisplayProperty"], schema["objectTypeId"]) == ("subject", "0-5")
    pipelines = (await hubspot.get("/crm/v3/pipelines/tickets")).json()["results"]
    assert [stage["metadata"]["ticketState"] for stage in pipelines[0]["stages"]] == ["OPEN", "OPEN", "OPEN", "CLOSED"]
    assert len(await everything(hubspot, f"{OBJECT}/tickets", limit=10)) == 24


@pytest.mark.parametrize("object_", ["contacts", "companies", "deals", "calls"])
async def test_archived_records_have_their_own_list(hubspot, object_):
    (gone,) = (await hubspot.get(f"{OBJECT}/{object_}?archived=true")).json()["results"]
    assert gone["archived"] is True
    assert (await hubspot.get(f"{OBJECT}/{object_}/{gone['id']}")).status_code == 404
