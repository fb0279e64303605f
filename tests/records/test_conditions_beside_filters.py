"""A list under conditions has what the same list without them has, as far as it meets them: whatever the caller filters by."""

import random
from datetime import UTC, datetime

import pytest

from tests.cases import showcase
from tests.sizes import FULL_SIZE
from tests.world import open_client
from unified.models import MODELS
from unified.service.access.conditions.reading import conditions_on, filters_on
from unified.service.records.visibility.boundary.record_limit import filters_test

ROUNDS = 60 if FULL_SIZE else 14
TEXT, ORDERED = ("eq", "ne", "in", "contains"), ("eq", "gt", "gte", "lt", "lte")
LISTS = [
    ("zendesk", "ticketing.tickets", {"status": TEXT[:3], "priority": TEXT[:3], "updated_at": ORDERED, "created_at": ORDERED}),
    ("salesforce", "crm.opportunities", {"close_date": ORDERED, "amount": ORDERED, "stage_name": TEXT, "updated_at": ORDERED}),
    ("hubspot", "crm.opportunities", {"close_date": ORDERED, "amount": ORDERED, "name": TEXT, "contact_ids": TEXT[:1]}),
    ("bamboohr", "hris.employees", {"first_name": TEXT, "hire_date": ORDERED, "employment_status": TEXT[:3]}),
]
TIMES = {("updated_at", "gte"): "updated_after", ("created_at", "lt"): "created_before"}


def drawn(rng, fields, records):
    """Conditions on one or two fields, with values that records have."""
    made = {}
    for name in rng.sample(sorted(fields), rng.randint(1, 2)):
        values = [one for record in records for one in entries(record[name]) if one is not None and "," not in str(one)]
        if values:
            operator = rng.choice(fields[name])
            value = rng.sample(values, min(len(values), 2)) if operator == "in" else rng.choice(values)
            made[name] = {operator: value}
    return made


def entries(value):
    return value if isinstance(value, list) else [value]


def as_query(conditions, rng):
    """The same as parameters of a list."""
    query = {}
    for name, operators in conditions.items():
        for operator, value in operators.items():
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            own = TIMES.get((name, operator)) if rng.random() < 0.5 else None
            query[own or f"filter[{name}]" + ("" if operator == "eq" else f"[{operator}]")] = text
    return query


async def ids(world, client, provider, model, query):
    """The records of a list, page by page; None if it is refused."""
    found, cursor = {}, {}
    while cursor is not None:
        asked = {"account_id": world.accounts[provider], "limit": 200, **query, **cursor}
        page = (await client.get(f"/{model.replace('.', '/')}", params=asked)).json()
        if "data" not in page:
            return None
        found |= {one["id"]: one for one in page["data"]}
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


@pytest.mark.parametrize(("provider", "model", "fields"), showcase(LISTS, of=lambda one: one[0], ids=lambda one: one[0]))
async def test_a_list_has_what_meets_both(world, provider, model, fields):
    rng, compared = random.Random(len(provider)), 0
    records = list((await ids(world, world.client, provider, model, {})).values())
    for _ in range(ROUNDS):
        condition, query = drawn(rng, fields, records), as_query(drawn(rng, fields, records), rng)
        if not condition:
            continue
        key = await world.key(scope={"methods": ["read"], "records": {model: condition}})
        whole = await ids(world, world.client, provider, model, query)
        async with open_client(world.server, key, raises=False) as client:
            narrowed = await ids(world, client, provider, model, query)
        if whole is None or narrowed is None:
            continue
        tests = filters_on(conditions_on({model: condition})[model].tests, datetime.now(UTC).date(), None)
        shown = list((await ids(world, world.client, provider, model, {})).values())
        meets = {one["id"] for one in shown if filters_test(MODELS[model], tests)(one)}
        listed = {one["id"] for one in shown}  # a search of the provider may find more, such as archived records
        assert set(narrowed) & listed == set(whole) & meets & listed, (condition, query)
        compared += 1
    assert compared > ROUNDS // 2
