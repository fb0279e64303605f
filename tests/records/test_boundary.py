"""The boundary of an account: what its owner did not choose is not listed, not given, not written, not even hinted at."""

from urllib.parse import unquote_plus

import msgspec
import pytest

from unified.models import MODELS
from unified.models.containment import containment_rule
from unified.service.records.visibility.boundary import membership

WEB, OPS = "10001", "10000"


async def choose(world, provider, **chosen):
    body = {model.replace("__", "."): {"ids": ids} for model, ids in chosen.items()}
    answer = await world.send("PUT", f"/accounts/{world.accounts[provider]}/resources", body, provider)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def every(world, path, provider, **query):
    """All records of a list, page by page."""
    found, cursor = [], {}
    while cursor is not None:
        page = (await world.get(path, provider, limit=200, **query, **cursor)).json()
        assert "data" in page, page
        found += page["data"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


def refused(answer):
    return (answer.status_code, answer.json()["code"]) == (403, "outside_resources")


async def sent(world, provider):
    return [f"{one['method']} {one['path']}" for one in await world.reached(provider)]


async def test_no_boundary_until_someone_chooses(world):
    path = f"/accounts/{world.accounts['jira']}/resources"
    assert (await world.get(path, "jira")).json() == {}
    assert await choose(world, "jira", ticketing__collections=[WEB]) == {"ticketing.collections": {"ids": [WEB]}}
    assert (await world.get(path, "jira")).json() == {"ticketing.collections": {"ids": [WEB]}}
    assert await choose(world, "jira") == {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ticketing.accounts": {"ids": ["1"]}}, "/ticketing.accounts"),
        ({"ticketing.tickets": {"ids": ["1"]}}, "/ticketing.tickets"),
        ({"nonsense": {"ids": ["1"]}}, "/nonsense"),
        ({"ticketing.collections": {"ids": [""]}}, "/ticketing.collections/ids"),
        ({"ticketing.collections": {"ids": ["1"] * 501}}, "/ticketing.collections/ids"),
        ({"ticketing.collections": {"ids": ["a\u202eb"]}}, "/ticketing.collections/ids"),
        ({"ticketing.collections": {"ids": [1]}}, "/*/ids/0"),
        ({"ticketing.collections": {}}, "/*"),
        ({"ticketing.collections": {"ids": ["1"], "more": 1}}, "/*/more"),
    ],
)
async def test_what_cannot_be_chosen_is_refused_by_name(world, body, pointer):
    answer = await world.send("PUT", f"/accounts/{world.accounts['jira']}/resources", body, "jira")
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_lists_are_narrowed_by_the_provider_and_checked_here(world):
    before = await every(world, "/ticketing/tickets", "jira")
    await choose(world, "jira", ticketing__collections=[WEB])
    after = await every(world, "/ticketing/tickets", "jira")
    assert [one["id"] for one in after] == [one["id"] for one in before if one["collection_ids"] == [WEB]]
    assert 0 < len(after) < len(before)
    assert f'project = "{WEB}"' in unquote_plus((await world.reached("jira"))[-1]["query"])
    warnings = (await world.get("/ticketing/tickets", "jira")).json()["meta"]["warnings"]
    assert [one["code"] for one in warnings] == ["withheld"], "the list itself is whole"


async def test_fields_that_judge_are_not_given_when_others_were_asked_for(world):
    await choose(world, "jira", ticketing__collections=[WEB])
    page = (await world.get("/ticketing/tickets", "jira", fields="name")).json()["data"]
    assert page
    assert all(one.keys() == {"id", "name"} for one in page)


async def test_lists_that_the_provider_cannot_narrow_are_narrowed_here_and_say_so(world):
    chosen = {one["id"] for one in (await every(world, "/ticketing/teams", "zendesk"))[:2]}
    await choose(world, "zendesk", ticketing__teams=sorted(chosen))
    answer = (await world.get("/ticketing/teams", "zendesk")).json()
    assert {one["id"] for one in answer["data"]} == chosen
    assert [one["code"] for one in answer["meta"]["warnings"]] == ["narrowed_here"]


async def test_custom_fields_that_are_left_out_are_said_wherever_they_are_asked_for(world):
    """It is said for every record, so that it says nothing of what one holds."""
    said = "custom_fields: left out within chosen resources, as no one knows whether a value names another one"

    async def warned(path, **query):
        answer = await world.get(path, "jira", **query)
        assert answer.status_code == 200, answer.text
        found = [one["message"] for one in answer.json().get("meta", {}).get("warnings", ()) if one["code"] == "withheld"]
        return found or [one for one in [answer.headers.get("unified-warning", "")] if "withheld" in one]

    whole = (await every(world, "/ticketing/tickets", "jira"))[0]
    assert await warned("/ticketing/tickets") == []
    await choose(world, "jira", ticketing__collections=whole["collection_ids"])
    one = f"/ticketing/tickets/{whole['id']}"
    assert await warned("/ticketing/tickets") == [said]
    assert await warned("/ticketing/tickets", fields="name,custom_fields") == [said]
    assert await warned("/ticketing/tickets", fields="name") == []
    assert [said in text for text in await warned(one)] == [True]
    assert await warned(one, fields="name") == []
    assert await warned("/ticketing/tags") == [], "tags have no custom fields at Jira"


async def test_a_page_is_full_although_records_were_left_out(world):
    await choose(world, "zendesk", ticketing__teams=[(await every(world, "/ticketing/teams", "zendesk"))[0]["id"]])
    all_of_it = await every(world, "/ticketing/tickets", "zendesk")
    page = (await world.get("/ticketing/tickets", "zendesk", limit=3)).json()
    assert [one["id"] for one in page["data"]] == [one["id"] for one in all_of_it[:3]]


async def test_a_record_outside_is_refused_and_one_inside_is_given(world):
    tickets = await every(world, "/ticketing/tickets", "jira")
    inside = next(one for one in tickets if one["collection_ids"] == [WEB])
    outside = next(one for one in tickets if one["collection_ids"] == [OPS])
    await choose(world, "jira", ticketing__collections=[WEB])
    assert (await world.get(f"/ticketing/tickets/{inside['id']}", "jira")).json()["id"] == inside["id"]
    assert refused(await world.get(f"/ticketing/tickets/{outside['id']}", "jira"))
    assert refused(await world.get(f"/ticketing/tickets/{outside['id']}", "jira", fields="name"))
    answer = await world.get(f"/ticketing/tickets/{outside['id']}", "jira")
    assert outside["name"] not in answer.text


async def test_a_resource_outside_is_refused_before_anything_is_asked(world):
    await choose(world, "jira", ticketing__collections=[WEB])
    assert refused(await world.get(f"/ticketing/collections/{OPS}", "jira"))
    assert refused(await world.get("/ticketing/tickets", "jira", **{"filter[collection_ids]": OPS}))
    assert await sent(world, "jira") == []


async def test_an_empty_choice_allows_nothing(world):
    await choose(world, "jira", ticketing__collections=[])
    assert await every(world, "/ticketing/tickets", "jira") == []
    assert await every(world, "/ticketing/collections", "jira") == []


@pytest.fixture
async def commented(world):
    """Ids of tickets with comments: one inside the website's project, one outside."""
    found = {}
    for one in await every(world, "/ticketing/tickets", "jira"):
        place = "inside" if one["collection_ids"] == [WEB] else "outside"
        if (
            place not in found
            and (await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": one["id"]})).json()["data"]
        ):
            found[place] = one["id"]
        if len(found) == 2:
            break
    return found


async def test_comments_belong_where_their_ticket_belongs(world, commented):
    inside, outside = commented["inside"], commented["outside"]
    theirs = (await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": outside})).json()["data"]
    await choose(world, "jira", ticketing__collections=[WEB])
    page = (await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": inside})).json()["data"]
    assert page
    assert all(one["ticket_id"] == inside for one in page)
    assert refused(await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": outside}))
    assert refused(await world.get(f"/ticketing/comments/{theirs[0]['id']}", "jira"))
    assert refused(await world.send("POST", "/ticketing/comments", {"ticket_id": outside, "body": "x"}, "jira"))
    assert refused(await world.send("PATCH", f"/ticketing/comments/{theirs[0]['id']}", {"body": "x"}, "jira"))
    assert (await world.send("POST", "/ticketing/comments", {"ticket_id": inside, "body": "x"}, "jira")).status_code == 201
    writes = [one for one in await sent(world, "jira") if not one.startswith("GET")]
    assert len(writes) == 1


async def test_writes_neither_reach_outside_nor_move_a_record_in_or_out(world):
    tickets = await every(world, "/ticketing/tickets", "jira")
    outside = next(one["id"] for one in tickets if one["collection_ids"] == [OPS])
    await choose(world, "jira", ticketing__collections=[WEB])
    assert refused(await world.send("PATCH", f"/ticketing/tickets/{outside}", {"name": "x"}, "jira"))
    assert refused(await world.send("DELETE", f"/ticketing/tickets/{outside}", None, "jira"))
    assert refused(await world.send("POST", "/ticketing/tickets", {"name": "x", "collection_ids": [OPS]}, "jira"))
    assert refused(await world.send("POST", "/ticketing/tickets", {"name": "x"}, "jira"))
    assert not [one for one in await sent(world, "jira") if not one.startswith("GET")]
    made = await world.send("POST", "/ticketing/tickets", {"name": "x", "collection_ids": [WEB]}, "jira")
    assert made.json()["collection_ids"] == [WEB]


async def test_a_ticket_cannot_be_moved_to_another_organisation_nor_out_of_all(world):
    tickets = await every(world, "/ticketing/tickets", "zendesk")
    mine = next(one for one in tickets if one["account_id"] and one["status"] == "open")
    other = next(one["account_id"] for one in tickets if one["account_id"] not in {None, mine["account_id"]})
    await choose(world, "zendesk", ticketing__accounts=[mine["account_id"]])
    for account in (other, None):
        assert refused(await world.send("PATCH", f"/ticketing/tickets/{mine['id']}", {"account_id": account}, "zendesk"))
    answer = await world.send("PATCH", f"/ticketing/tickets/{mine['id']}", {"priority": "low"}, "zendesk")
    assert answer.status_code == 200, answer.text
    assert [one for one in await sent(world, "zendesk") if one.startswith(("PUT", "POST"))] == [
        f"PUT /api/v2/tickets/{mine['id']}"
    ]


async def test_a_batch_is_checked_write_by_write(world):
    tickets = await every(world, "/ticketing/tickets", "jira")
    outside = next(one["id"] for one in tickets if one["collection_ids"] == [OPS])
    await choose(world, "jira", ticketing__collections=[WEB])
    items = [{"op": "create", "data": {"name": "x", "collection_ids": [WEB]}}, {"op": "delete", "id": outside}]
    results = (await world.send("POST", "/ticketing/tickets/batch", {"items": items}, "jira")).json()["results"]
    assert [one["status"] for one in results] == [201, 403]
    assert results[1]["error"]["code"] == "outside_resources"


async def test_expanding_what_lies_outside_gives_nothing(world):
    contacts = await every(world, "/ticketing/contacts", "zendesk")
    ticket = next(one for one in await every(world, "/ticketing/tickets", "zendesk") if one["contact_id"] and one["account_id"])
    home = next(one["account_id"] for one in contacts if one["id"] == ticket["contact_id"])
    await choose(world, "zendesk", ticketing__accounts=[ticket["account_id"]])
    answer = await world.get(f"/ticketing/tickets/{ticket['id']}", "zendesk", expand="contact")
    assert (answer.json()["contact"] is not None) == (home == ticket["account_id"])
    await choose(world, "zendesk", ticketing__accounts=[])
    assert refused(await world.get(f"/ticketing/tickets/{ticket['id']}", "zendesk", expand="contact"))


async def test_what_a_record_names_of_the_outside_is_left_out(world):
    people = await every(world, "/hris/employees", "hibob")
    both = next(one for one in people if one["department_id"] and one["group_ids"])
    await choose(world, "hibob", hris__groups=[both["department_id"]])
    for one in await every(world, "/hris/employees", "hibob"):
        named = {*one["group_ids"], one["department_id"], one["team_id"]} - {None}
        assert named == {both["department_id"]}


@pytest.mark.parametrize("provider", ["bamboohr", "hibob"])
async def test_time_off_belongs_where_its_employee_belongs(world, provider):
    people = await every(world, "/hris/employees", provider)
    home = next(one["department_id"] for one in people if one["department_id"])
    everything = await every(world, "/hris/time_off_requests", provider)
    known = {one["id"] for one in people}
    for former in {one["employee_id"] for one in everything} - known:
        people.append((await world.get(f"/hris/employees/{former}", provider)).json())
    inside = {one["id"] for one in people if home in {one["department_id"], one["team_id"], *one["group_ids"]}}
    await choose(world, provider, hris__groups=[home])
    seen = await every(world, "/hris/time_off_requests", provider)
    assert {one["id"] for one in seen} == {one["id"] for one in everything if one["employee_id"] in inside}
    assert len(seen) < len(everything)


@pytest.mark.parametrize("provider", ["hubspot", "salesforce"])
async def test_deals_and_contacts_belong_to_their_company(world, provider):
    deals = await every(world, "/crm/opportunities", provider)
    home = next(one["account_id"] for one in deals if one["account_id"])
    await choose(world, provider, crm__accounts=[home])
    seen = await every(world, "/crm/opportunities", provider)
    assert [one["id"] for one in seen] == [one["id"] for one in deals if one["account_id"] == home]
    for one in await every(world, "/crm/contacts", provider):
        assert home in {one["account_id"], *one["account_ids"]}
    assert {one["id"] for one in await every(world, "/crm/accounts", provider)} == {home}


async def test_what_cannot_be_placed_is_not_given(world):
    home = (await every(world, "/crm/accounts", "hubspot"))[0]["id"]
    await choose(world, "hubspot", crm__accounts=[home])
    assert refused(await world.get("/crm/custom_objects/cars", "hubspot"))
    assert refused(await world.get("/crm/associations", "hubspot", **{"filter[source_object]": "contacts"}))


async def test_the_pass_through_and_unchanged_requests_are_refused(world):
    await choose(world, "jira", ticketing__collections=[WEB])
    assert refused(await world.get("/proxy/rest/api/3/project", "jira"))
    assert refused(await world.get("/ticketing/tickets", "jira", **{"remote_query[jql]": "project = OPS"}))
    body = {"name": "x", "collection_ids": [WEB], "remote_fields": {"fields": {"project": {"id": OPS}}}}
    assert refused(await world.send("POST", "/ticketing/tickets", body, "jira"))
    assert await sent(world, "jira") == []


async def test_a_scope_narrows_the_boundary_further_and_never_widens_it(world):
    await choose(world, "jira", ticketing__collections=[WEB])
    for ids, expected in (([WEB], {WEB}), ([OPS], set()), ([WEB, OPS], {WEB})):
        key = await world.key(scope={"resources": {"ticketing.collections": {"ids": ids}}})
        params = {"account_id": world.accounts["jira"]}
        answer = await world.client.get("/ticketing/collections", params=params, headers={"Authorization": f"Bearer {key}"})
        assert {one["id"] for one in answer.json()["data"]} == expected


async def test_a_cursor_does_not_outlive_a_narrower_choice(world):
    await choose(world, "jira", ticketing__collections=[WEB, OPS])
    cursor = (await world.get("/ticketing/tickets", "jira", limit=2)).json()["next_cursor"]
    await choose(world, "jira", ticketing__collections=[WEB])
    answer = await world.get("/ticketing/tickets", "jira", limit=2, cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.slow
async def test_too_many_to_look_up_is_refused_with_the_filter_that_helps(world, monkeypatch):
    home = next(one["department_id"] for one in await every(world, "/hris/employees", "hibob") if one["department_id"])
    await choose(world, "hibob", hris__groups=[home])
    monkeypatch.setattr(membership, "MAX_PARENTS", 2)
    answer = await world.get("/hris/time_off_requests", "hibob", limit=200)
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_filter")
    assert answer.json()["detail"].endswith("belong to more than 2 others: name one, as filter[employee_id]")


class TestWithAFewCallsAnHour:
    @pytest.fixture
    def more_settings(self):
        return {"rate_limit_account": "4/hour"}

    async def test_looking_up_where_a_record_belongs_takes_nothing_from_the_limits(self, world):
        tickets = (await world.get("/ticketing/tickets", "jira", limit=200)).json()["data"]
        inside = next(one["id"] for one in tickets if one["collection_ids"] == [WEB])
        outside = next(one["id"] for one in tickets if one["collection_ids"] == [OPS])
        await choose(world, "jira", ticketing__collections=[WEB])
        answers = [
            (await world.get("/ticketing/comments", "jira", **{"filter[ticket_id]": one})).status_code
            for one in (inside, outside, "99999999", inside)
        ]
        assert answers == [200, 403, 403, 429]


async def test_look_ups_make_only_the_calls_that_they_need(world):
    home = next(one["department_id"] for one in await every(world, "/hris/employees", "hibob") if one["department_id"])
    await choose(world, "hibob", hris__groups=[home])
    known = len(await world.reached("hibob"))
    assert (await world.get("/hris/time_off_requests", "hibob", limit=50)).status_code == 200
    paths = [one["path"] for one in (await world.reached("hibob"))[known:]]
    assert len(paths) > 10
    assert not [one for one in paths if one.endswith("/company/people/fields")]


def test_every_reference_to_a_resource_takes_part():
    resources = [one.id for one in MODELS.values() if one.is_resource]
    for model in MODELS.values():
        for field in model.fields:
            if field.reference in resources and field.reference != model.id:
                assert field.name in containment_rule(model.id, field.reference).fields


def test_a_comment_belongs_to_its_ticket_and_not_to_its_author():
    found = containment_rule("ticketing.comments", "ticketing.collections")
    assert found.fields == ()
    assert [msgspec.structs.asdict(one) for one in found.parents] == [{"field": "ticket_id", "model": "ticketing.tickets"}]
    assert containment_rule("ticketing.users", "ticketing.collections") is None
    assert containment_rule("hris.employees", "ticketing.collections") is None
    assert [one.field for one in containment_rule("hris.time_off_requests", "hris.locations").parents] == ["employee_id"]
