"""No answer tells what lies outside the chosen resources.

Two worlds differ in nothing but the content of records outside: their texts, numbers, times, people and states; not in which
resource they belong to, nor in how many they are. Every question has the same answer in both, cursors opaque aside, and makes
the same calls of the provider.
"""

from typing import Any

import msgspec
import pytest

from tests.records.two_worlds import Case, answers, as_arguments, changed, questions, words_in
from unified.models import MODELS
from unified.transform.tools import tool_name

pytestmark = pytest.mark.slow

QUESTIONS = 14
"""For one case and one seed."""


def jira_issues(one):
    return one["fields"]["project"]["id"] != "10001"


def case(provider: str, model: str, resource: str, kind: str, ids: list[str], is_outside: Any, kept: str) -> Case:
    return Case(
        provider=provider,
        model=model,
        chosen={kind: ids},
        resource=resource,
        is_outside=is_outside,
        kept=frozenset(kept.split()),
    )


def first(world, provider, resource, test):
    return next(one for one in world.lives[provider].state[resource].values() if test(one))


def jira_projects(world):
    return case("jira", "ticketing.tickets", "issues", "ticketing.collections", ["10001"], jira_issues, "id key project self")


def jira_teams(world):
    """Jira does not say of an issue which team has it: all of them are outside."""
    team = next(iter(world.lives["jira"].state["groups"]))
    return case("jira", "ticketing.tickets", "issues", "ticketing.teams", [team], lambda _: True, "id key project self created")


def jira_users(world):
    team = next(iter(world.lives["jira"].state["groups"].values()))
    return case(
        "jira",
        "ticketing.users",
        "users",
        "ticketing.teams",
        [team["groupId"]],
        lambda one: one["accountId"] not in team["members"],
        "accountId self",
    )


def zendesk_organizations(world):
    home = first(world, "zendesk", "tickets", lambda one: one["organization_id"])["organization_id"]
    return case(
        "zendesk",
        "ticketing.tickets",
        "tickets",
        "ticketing.accounts",
        [str(home)],
        lambda one: one["organization_id"] != home,
        "id url organization_id",
    )


def zendesk_groups(world):
    team = first(world, "zendesk", "tickets", lambda one: one["group_id"])["group_id"]
    return case(
        "zendesk",
        "ticketing.tickets",
        "tickets",
        "ticketing.teams",
        [str(team)],
        lambda one: one["group_id"] != team,
        "id url group_id",
    )


def zendesk_contacts(world):
    home = first(world, "zendesk", "users", lambda one: one["organization_id"])["organization_id"]
    return case(
        "zendesk",
        "ticketing.contacts",
        "users",
        "ticketing.accounts",
        [str(home)],
        lambda one: one["organization_id"] != home and one["role"] == "end-user",
        "id url organization_id role",
    )


def bamboohr_departments(world):
    home = first(world, "bamboohr", "employees", lambda one: one.get("department"))["department"]
    option = next(
        one["id"]
        for lists in world.lives["bamboohr"].state["lists"].values()
        if lists.get("alias") == "department"
        for one in lists["options"]
        if one["name"] == home
    )
    return case(
        "bamboohr",
        "hris.employees",
        "employees",
        "hris.groups",
        [str(option)],
        lambda one: one.get("department") != home,
        "id department division location",
    )


def hibob_sites(world):
    home = first(world, "hibob", "employees", lambda one: one["work"].get("siteId"))["work"]["siteId"]
    return case(
        "hibob",
        "hris.employees",
        "employees",
        "hris.locations",
        [str(home)],
        lambda one: one["work"].get("siteId") != home,
        "id site siteId internal",
    )


def hubspot_contacts(world):
    home = first(world, "hubspot", "contacts", lambda one: one["properties"].get("associatedcompanyid"))
    company = home["properties"]["associatedcompanyid"]
    return case(
        "hubspot",
        "crm.contacts",
        "contacts",
        "crm.accounts",
        [company],
        lambda one: one["properties"].get("associatedcompanyid") != company,
        "id associatedcompanyid hs_object_id archived",
    )


def hubspot_deals(world):
    company = first(world, "hubspot", "deals", lambda one: one["properties"].get("hs_primary_associated_company"))
    company = company["properties"]["hs_primary_associated_company"]
    return case(
        "hubspot",
        "crm.opportunities",
        "deals",
        "crm.accounts",
        [company],
        lambda one: one["properties"].get("hs_primary_associated_company") != company,
        "id hs_primary_associated_company hs_object_id archived",
    )


def salesforce_contacts(world):
    home = first(world, "salesforce", "Contact", lambda one: one["AccountId"])["AccountId"]
    return case(
        "salesforce",
        "crm.contacts",
        "Contact",
        "crm.accounts",
        [home],
        lambda one: one["AccountId"] != home,
        "Id AccountId IsDeleted attributes",
    )


def salesforce_notes(world):
    home = first(world, "salesforce", "Contact", lambda one: one["AccountId"])["AccountId"]
    return case(
        "salesforce",
        "crm.notes",
        "Note",
        "crm.accounts",
        [home],
        lambda one: one["ParentId"] != home,
        "Id ParentId IsDeleted attributes",
    )


CASES = [
    jira_projects,
    jira_teams,
    jira_users,
    zendesk_organizations,
    zendesk_groups,
    zendesk_contacts,
    bamboohr_departments,
    hibob_sites,
    hubspot_contacts,
    hubspot_deals,
    salesforce_contacts,
    salesforce_notes,
]


@pytest.mark.parametrize("make", CASES)
async def test_no_answer_reveals_records_outside(world, make):
    one = make(world)
    path = f"/{one.model.replace('.', '/')}"
    state = world.lives[one.provider].state[one.resource]
    some = [msgspec.to_builtins(record) for record in state.values() if one.is_outside(record)][:8]
    inside = [record for record in state.values() if not one.is_outside(record)][:2]
    words = ["open", "zzzz", *dict.fromkeys(word for record in [*some, *inside] for word in words_in(record))]
    ids = ["99999999", *[key for key, record in state.items() if one.is_outside(record)][:3]]
    queries = list(questions(one, words, ids, seed=len(one.model), count=QUESTIONS))
    tool = tool_name(MODELS[one.model], "list")
    asked = [("GET", path, query) for query in queries]
    asked += [("TOOL", tool, as_arguments(query)) for query in queries[: QUESTIONS // 2]]
    asked += [("GET", f"{path}/{record_id}", None) for record_id in ids]
    asked += [("PATCH", f"{path}/{record_id}", {}) for record_id in ids]
    await choose(world, one)
    here = await answers(world, one, asked)
    assert changed(one, world.lives[one.provider].state)
    there = await answers(world, one, asked)
    for ours, theirs in zip(here, there, strict=True):
        assert ours == theirs
    assert any(status == 200 for *_, status, _, _ in here)


async def choose(world, one: Case) -> None:
    body = {kind: {"ids": ids} for kind, ids in one.chosen.items()}
    answer = await world.send("PUT", f"/accounts/{world.accounts[one.provider]}/resources", body, one.provider)
    assert answer.status_code == 200, answer.text
