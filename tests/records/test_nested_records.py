"""A record inside a record is a record of its model: what is hidden of the model, or may not be read, shows nowhere else either.

Attachments in tickets and comments, stages in pipelines: whatever nests is found in the models. Worlds that differ in nothing but
hidden values inside of records give the same answers to the last byte.
"""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.records.every_list import queries_of
from tests.records.two_worlds import comparable, other
from tests.world import catalog, open_world
from unified.models import MODELS, Model
from unified.models.hidden import model_in
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import UNLIMITED, FieldScope, Scope
from unified.store import accounts
from unified.store.accounts import AccountChanges

EVERYTHING = ["none", "personal", "sensitive", "secret"]
WRITING = {"methods": ["read", "write"], "writes": "direct"}


def nesting() -> Iterator[tuple[str, str, str, Model]]:
    """Every provider, model and field with records of another model, and that model."""
    for provider, model_id in catalog().mappings():
        mapping = catalog().compiled(provider, model_id)
        for field in mapping.model.fields:
            inner = model_in(field)
            if inner is not None and field.name in mapping.filled:
                yield provider, model_id, field.name, inner


NESTING = list(nesting())
QUICK = ("jira", "zendesk", "hubspot")
CASES = [pytest.param(*one, id=f"{one[0]}-{one[1]}", marks=() if one[0] in QUICK else pytest.mark.slow) for one in NESTING]
every_case = pytest.mark.parametrize(("provider", "model_id", "field", "inner"), CASES)


@pytest.fixture
async def world(request, tmp_path):
    params = getattr(request.node, "callspec", None)
    provider = params.params["provider"] if params else "zendesk"
    async with open_world(tmp_path, providers=(provider,)) as opened:
        yield opened


class Caller:
    """The holder of a key with a scope, who asks for records in every way."""

    def __init__(self, world, provider, key):
        self.world, self.account = world, {"account_id": world.accounts[provider]}
        self.headers = {"Authorization": f"Bearer {key}"}

    async def ask(self, verb, place, body=None, **query):
        params = {**self.account, **query}
        return await self.world.client.request(verb, place, params=params, json=body, headers=self.headers)

    async def tool(self, name, /, **arguments):
        return await self.ask("POST", f"/tools/{name}", {"arguments": arguments})


async def caller(world, provider, **scope):
    return Caller(world, provider, await world.key(scope={**WRITING, **scope}))


async def found_with(world, provider, model_id, field):
    """What the list is asked with to get records that hold others, and these records."""
    for query in (await queries_of(world, provider))[model_id]:
        answer = await world.get(f"/{model_id.replace('.', '/')}", provider, limit="200", **query)
        records = [one for one in answer.json()["data"] if one[field]]
        if records:
            return query, records
    raise AssertionError(f"no {model_id} of {provider} has {field}")


def drawn(rng, inner):
    """Some of the fields of the records inside, by their full names or for all models."""
    names = [one.name for one in inner.fields if one.name not in {"id", "remote_id"} and one.kind != "map"]
    chosen = rng.sample(names, 2)
    return [name if rng.random() < 0.3 else f"{inner.id}.{name}" for name in chosen]


@every_case
async def test_a_models_hidden_fields_are_hidden_in_records_that_contain_its_records(world, provider, model_id, field, inner):
    rng = random.Random(provider)
    model, path = MODELS[model_id], f"/{model_id.replace('.', '/')}"
    query, records = await found_with(world, provider, model_id, field)
    for _ in range(5):
        hide = drawn(rng, inner)
        scope = Scope(fields=FieldScope(hide=tuple(hide), classes=UNLIMITED.fields.classes))
        below = hidden_fields((scope,), inner)
        narrow = await caller(world, provider, fields={"hide": hide, "classes": EVERYTHING})
        for seen in await every_answer(narrow, model, path, query, records[0]["id"]):
            for one in seen:
                for nested in one.get(field) or ():
                    assert not {name for name in below if nested.get(name) not in (None, [])}, (hide, nested)
        schema = (await narrow.ask("GET", f"{path}/schema")).json()
        if field not in schema["hidden_fields"]:
            properties = schema["json_schema"]["$defs"][inner.struct.__name__]["properties"]
            assert not below & properties.keys()
        for asked in ({"search": "x"}, {"include_raw": "true"}, {f"filter[{field}]": "x"}, {"remote_query[x]": "y"}):
            answer = await narrow.ask("GET", path, **{**query, **asked})
            assert answer.json()["code"] == "field_hidden", (asked, answer.text)


async def every_answer(narrow, model, path, query, record_id):
    """The records in the answers of a list, of a get, and of both as tools."""
    listed = (await narrow.ask("GET", path, **query)).json()
    if listed.get("code") == "field_hidden":
        return []
    got = await narrow.ask("GET", f"{path}/{record_id}")
    filters = {name.removeprefix("filter[").removesuffix("]"): one for name, one in query.items()}
    asked = {"filter": filters} if filters else {}
    tools = [await narrow.tool(f"list_{model.category}_{model.plural}", **asked)]
    tools.append(await narrow.tool(f"get_{model.category}_{model.singular}", id=record_id))
    assert got.status_code == 200, got.text
    found = [listed["data"], [got.json()]]
    for one in tools:
        data = one.json()["result"]["data"] if one.status_code == 200 else []
        found.append(data if isinstance(data, list) else [data])
    return found


@every_case
@pytest.mark.parametrize("limit", ["models", "tags"])
async def test_records_whose_model_may_not_be_read_are_not_shown_in_others(world, provider, model_id, field, inner, limit):
    model, path = MODELS[model_id], f"/{model_id.replace('.', '/')}"
    query, records = await found_with(world, provider, model_id, field)
    apart = set(model.tags) - set(inner.tags)
    if limit == "tags" and not apart:
        pytest.skip("both models have the same tags")
    scope = {"models": [model_id]} if limit == "models" else {"tags": sorted(apart)}
    narrow = await caller(world, provider, fields={"classes": EVERYTHING}, **scope)
    shown = await every_answer(narrow, model, path, query, records[0]["id"])
    assert any(shown)
    assert not any(one.get(field) for seen in shown for one in seen)
    assert field in (await narrow.ask("GET", f"{path}/schema")).json()["hidden_fields"]
    for asked in ({"fields": field}, {f"filter[{field}]": "x"}, {"search": "x"}, {"include_raw": "true"}):
        answer = await narrow.ask("GET", path, **{**query, **asked})
        assert answer.json()["code"] == "field_hidden", (asked, answer.text)
    batch = await narrow.ask("POST", f"{path}/batch", {"items": [{"op": "update", "id": "1", "data": {field: []}}]})
    assert '"data"' not in batch.text
    tools = {one["name"]: one for one in (await narrow.ask("GET", "/tools")).json()["data"]}
    for name, tool in tools.items():
        assert field not in str(tool.get("output_schema", "")), name
    with_both = await caller(world, provider, fields={"classes": EVERYTHING}, models=[model_id, inner.id])
    assert (await with_both.ask("GET", f"{path}/{records[0]['id']}")).json()[field] == records[0][field]


HELD: dict[str, tuple[str, list[str], Any]] = {
    "jira": ("attachments", ["file_name"], ["filename"]),
    "linear": ("attachments", ["file_url"], ["title", "url"]),
    "zendesk": ("comments", ["file_name"], ["attachments.file_name", "attachments.content_url"]),
    "hubspot": ("pipelines", ["probability"], ["stages.metadata.probability"]),
    "pipedrive": ("stages", ["ticketing.attachments.size", "probability"], ["deal_probability"]),
    "close": ("statuses", ["name"], ["label"]),
}
"""Provider → where its stand-in holds nested records, what is hidden of them, and what is changed there."""


@every_case
async def test_worlds_that_differ_in_hidden_values_inside_are_the_same_to_the_last_byte(
    world, provider, model_id, field, inner
):
    if provider not in HELD:
        pytest.skip("the stand-in keeps no such value apart")
    resource, hide, paths = HELD[provider]
    model, path = MODELS[model_id], f"/{model_id.replace('.', '/')}"
    query, records = await found_with(world, provider, model_id, field)
    narrow = await caller(world, provider, fields={"hide": hide, "classes": EVERYTHING})
    here = await told(narrow, model, path, query, records[0]["id"])
    before = (await world.get(f"{path}/{records[0]['id']}", provider)).json()[field]
    held = world.lives[provider].state[resource]
    assert sum(change(one, place.split(".")) for one in held.values() for place in paths)
    assert (await world.get(f"{path}/{records[0]['id']}", provider)).json()[field] != before
    assert await told(narrow, model, path, query, records[0]["id"]) == here


def change(value, steps):
    """Put another content at a place; answers how many values are different."""
    if isinstance(value, list):
        return sum(change(one, steps) for one in value)
    first, *rest = steps
    if not isinstance(value, dict) or value.get(first) is None:
        return 0
    if rest:
        return change(value[first], rest)
    held = value[first]
    value[first] = "0.77" if isinstance(held, str) and held.replace(".", "").isdigit() else other(held, frozenset())
    return 1


async def told(narrow, model, path, query, record_id):
    """Status, bytes and headers of answers, without what differs for every request."""
    filters = {name.removeprefix("filter[").removesuffix("]"): one for name, one in query.items()}
    answers = [
        await narrow.ask("GET", path, **query),
        await narrow.ask("GET", path, **{**query, "limit": "2"}),
        await narrow.ask("GET", path, **{**query, f"filter[{model.fields[7].name}]": "x"}),
        await narrow.ask("GET", f"{path}/{record_id}"),
        await narrow.ask("GET", f"{path}/schema"),
        await narrow.tool(f"list_{model.category}_{model.plural}", **({"filter": filters} if filters else {})),
        await narrow.tool(f"get_{model.category}_{model.singular}", id=record_id),
    ]
    unlike = {"x-request-id", "ratelimit", "ratelimit-policy", "date"}
    return [
        (
            one.status_code,
            _without_chance(one.content),
            {name: value for name, value in one.headers.items() if name not in unlike},
        )
        for one in answers
    ]


def _without_chance(content):
    """The body, but for request ids and sealed cursors, which are new each time."""
    return msgspec.json.encode(comparable(msgspec.json.decode(content)))


async def test_writes_answer_without_what_is_hidden_inside(tmp_path):
    async with open_world(tmp_path, providers=("jira",)) as world:
        _, records = await found_with(world, "jira", "ticketing.tickets", "attachments")
        one = records[0]
        narrow = await caller(world, "jira", fields={"hide": ["file_name", "file_url"]})
        changed = await narrow.ask("PATCH", f"/ticketing/tickets/{one['id']}", {"name": "Changed"})
        assert changed.status_code == 200, changed.text
        many = {"items": [{"op": "update", "id": one["id"], "data": {"name": "Again"}}]}
        batch = (await narrow.ask("POST", "/ticketing/tickets/batch", many)).json()["results"][0]
        tool = (await narrow.tool("update_ticketing_ticket", id=one["id"], name="Once more")).json()["result"]
        for record in (changed.json(), batch["data"], tool["data"]):
            assert record["attachments"]
            assert not [held for held in record["attachments"] if held.get("file_name") or held.get("file_url")]


async def test_the_consent_of_the_owner_holds_inside_records(tmp_path):
    """An owner who agreed to comments did not agree to their files."""
    async with open_world(tmp_path, providers=("zendesk",)) as world:
        query, _ = await found_with(world, "zendesk", "ticketing.comments", "attachments")
        consent = {"methods": ["read"], "models": ["ticketing.comments", "ticketing.tickets"]}
        changes = AccountChanges(consent=consent)
        await accounts.update(world.services.database, world.tenant, world.accounts["zendesk"], changes)
        answer = await world.get("/ticketing/comments", "zendesk", **query)
        assert answer.status_code == 200, answer.text
        assert not any(one["attachments"] for one in answer.json()["data"])
        assert (await world.get("/ticketing/attachments", "zendesk", **query)).json()["code"] == "outside_consent"
