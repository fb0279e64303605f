"""No answer tells what records hold that do not meet the conditions of a scope.

Two worlds differ in nothing but the content of these records, apart from what makes them lie outside. Every question has the same
answer in both, cursors opaque aside, and makes the same calls of the provider.
"""

import msgspec
import pytest

from tests.cases import showcase
from tests.records.two_worlds import Case, answers, as_arguments, changed, questions, words_in
from tests.sizes import FULL_SIZE
from tests.world import open_client
from unified.models import MODELS
from unified.transform.tools import tool_name

QUESTIONS = 60 if FULL_SIZE else 9
CALLS = {"methods": ["read", "write", "custom"], "writes": "direct"}


class Limited(msgspec.Struct, frozen=True, kw_only=True):
    """A condition, and where the provider's stand-in keeps what it is on."""

    provider: str
    model: str
    resource: str
    key: str
    """What of a record of the stand-in is its id."""
    condition: dict
    kept: str

    def __str__(self) -> str:
        return f"{self.provider}-{self.model}-{next(iter(self.condition))}"


CASES = [
    Limited(
        provider="zendesk",
        model="ticketing.tickets",
        resource="tickets",
        key="id",
        condition={"status": "open"},
        kept="id url status custom_status_id",
    ),
    Limited(
        provider="zendesk",
        model="ticketing.tickets",
        resource="tickets",
        key="id",
        condition={"status": {"in": ["open", "in_progress"]}, "priority": {"ne": "low"}},
        kept="id url status custom_status_id priority created_at updated_at",
    ),
    Limited(
        provider="bamboohr",
        model="hris.employees",
        resource="employees",
        key="id",
        condition={"department_name": "Engineering"},
        kept="id employeeId department",
    ),
    Limited(
        provider="hubspot",
        model="crm.opportunities",
        resource="deals",
        key="id",
        condition={"amount": {"gte": 20000}},
        kept="id amount hs_object_id archived",
    ),
    Limited(
        provider="hubspot",
        model="crm.contacts",
        resource="contacts",
        key="id",
        condition={"title": {"contains": "e"}},
        kept="id jobtitle hs_object_id archived",
    ),
    Limited(
        provider="salesforce",
        model="crm.opportunities",
        resource="Opportunity",
        key="Id",
        condition={"close_date": {"gte": "2026-11-01"}},
        kept="Id CloseDate IsDeleted attributes",
    ),
]


async def ids_that_meet(world, one, client):
    found, cursor = set(), {}
    while cursor is not None:
        asked = {"account_id": world.accounts[one.provider], "limit": 200, **cursor}
        page = (await client.get(f"/{one.model.replace('.', '/')}", params=asked)).json()
        assert "data" in page, page
        found |= {record["id"] for record in page["data"]}
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


@pytest.mark.parametrize("one", showcase(CASES, of=lambda one: one.provider))
async def test_no_answer_reveals_records_that_do_not_meet_a_condition(world, one):
    key = await world.key(scope={**CALLS, "records": {one.model: one.condition}})
    async with open_client(world.server, key, raises=False) as client:
        inside = await ids_that_meet(world, one, client)
        case = Case(
            provider=one.provider,
            model=one.model,
            chosen={},
            resource=one.resource,
            is_outside=lambda record: str(record[one.key]) not in inside,
            kept=frozenset(one.kept.split()),
        )
        limited = msgspec.structs.replace(world, client=client)
        asked = asked_of(world, case)
        here = await answers(limited, case, asked)
        assert changed(case, world.lives[one.provider].state)
        there = await answers(limited, case, asked)
        for ours, theirs in zip(here, there, strict=True):
            assert ours == theirs
        assert inside == await ids_that_meet(world, one, client)
        assert any(status == 200 for *_, status, _, _ in here)


def asked_of(world, case):
    """Lists, tools, single records and writes, of what lies outside and inside and of what does not exist."""
    path = f"/{case.model.replace('.', '/')}"
    state = world.lives[case.provider].state[case.resource]
    some = [msgspec.to_builtins(record) for record in state.values() if case.is_outside(record)][:8]
    inside = [record for record in state.values() if not case.is_outside(record)][:2]
    words = ["open", "zzzz", *dict.fromkeys(word for record in [*some, *inside] for word in words_in(record))]
    ids = ["99999999", *[str(key) for key, record in state.items() if case.is_outside(record)][:3]]
    queries = list(questions(case, words, ids, seed=len(case.model), count=QUESTIONS))
    tool = tool_name(MODELS[case.model], "list")
    asked = [("GET", path, query) for query in queries]
    asked += [("TOOL", tool, as_arguments(query)) for query in queries[: QUESTIONS // 2]]
    asked += [("GET", f"{path}/{record_id}", None) for record_id in ids]
    asked += [(verb, f"{path}/{record_id}", {}) for verb in ("PATCH", "DELETE") for record_id in ids]
    return asked
