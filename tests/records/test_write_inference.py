"""No answer to a write tells what the writer must not know: hidden fields, and records outside the chosen resources.

Two worlds differ in nothing else. The same writes, one at a time, in batches, by an external key, with versions, and asked for
where a person approves them, have the same answers in both, headers included, and make the same calls of the provider.
"""

import copy
import random
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.records.test_boundary_inference import CASES, choose
from tests.records.test_hidden_field_inference import HELD, as_given, hidden_paths, put
from tests.records.two_worlds import changed, words_in
from tests.sizes import examples
from unified.models import MODELS
from unified.service.access.scope.scopes import UNLIMITED, FieldScope, Scope
from unified.transform.tools import tool_name

WRITES = examples(10)
TODAY = datetime.now(UTC)
DAYS = "|".join(f"{TODAY + timedelta(days=one):%Y-%m-%d}" for one in (-1, 0, 1))
"""The days of what happens while the test runs; an approval ends an hour later, which may be tomorrow."""
CHANCE = re.compile(rf"(req|apr)_\w+|({DAYS})T[\d:.]+Z?|20\d{{13,}}|sha256:[0-9a-f]{{64}}".encode())
"""What differs by chance: ids of requests and approvals, the time of a change, and digests of the same."""
TOLD = ("etag", "unified-warning", "content-length", "retry-after", "location", "idempotent-replayed")
"""Headers that say something of the answer; the length is that of the body without what differs by chance."""


def bodies(model, words, rng):
    """Random bodies of a model: most are refused, and some are sent."""
    fields = [one for one in MODELS[model].fields if one.access in {"c", "rw", "w"}]
    body = {}
    for one in rng.sample(fields, min(len(fields), rng.choice([0, 1, 1, 1, 2]))):
        kind, word = str(one.kind), rng.choice(words)
        values = {
            "boolean": [True],
            "number": [7],
            "integer": [7],
            "date": ["2027-01-05"],
            "datetime": ["2027-01-05T00:00:00Z"],
        }
        value = rng.choice(list(one.enum)) if one.enum else rng.choice(values.get(kind, [word]))
        body[one.name] = None if rng.random() < 0.15 else [value] if one.is_list and not one.nested else value
        if one.name == "emails":
            body[one.name] = [{"email": f"{word.replace(' ', '.')}@new.example"}]
    return body


def writes(case_model, words, ids, rng, count):
    """Random writes: method, path, query, headers and body."""
    path = f"/{case_model.replace('.', '/')}"
    for _ in range(count):
        body, one = bodies(case_model, words, rng), rng.choice(ids)
        headers = {"If-Match": rng.choice(['"0"', "*", '"7"'])} if rng.random() < 0.2 else {}
        kind = rng.choice(["PATCH", "PATCH", "PATCH", "POST", "DELETE", "PUT", "batch", "batch", "tool"])
        if kind == "PATCH":
            yield "PATCH", f"{path}/{one}", {}, headers, body
        elif kind == "DELETE":
            yield "DELETE", f"{path}/{one}", {}, headers, None
        elif kind == "POST":
            yield "POST", path, {}, {}, body
        elif kind == "PUT":
            by = rng.choice(["email", "external_id", "name", "id"])
            given = {"emails": [{"email": rng.choice([word for word in words if "@" in word] or ["a@b.example"])}]}
            yield "PUT", path, {"by": by}, {}, {**body, **given}
        elif kind == "batch":
            acts = [{"op": "update", "id": rng.choice(ids), "data": body}, {"op": "delete", "id": rng.choice(ids)}]
            yield "POST", f"{path}/batch", {}, {}, {"items": acts}
        else:
            yield "POST", f"/tools/{tool_name(MODELS[case_model], 'update')}", {}, {}, {"arguments": {"id": one, **body}}


def plain_updates(model, ids):
    """Updates of one text each, of which some are done whatever is hidden."""
    path = f"/{model.replace('.', '/')}"
    names = [
        one.name
        for one in MODELS[model].fields
        if str(one.kind) == "string" and one.access == "rw" and not (one.enum or one.is_list)
    ]
    for number, name in enumerate(names[:8]):
        yield "PATCH", f"{path}/{ids[number % len(ids)]}", {}, {}, {name: f"Quiet {number}"}


async def told(world, provider, asked, headers):
    found, account = [], {"account_id": world.accounts[provider]}
    for method, path, query, more, body in asked:
        before = len(await world.reached(provider))
        answer = await world.client.request(method, path, params={**account, **query}, json=body, headers={**headers, **more})
        calls = [(one["method"], one["path"]) for one in (await world.reached(provider))[before:]]
        content = CHANCE.sub(b"", answer.content)
        shown = {name: answer.headers[name] for name in TOLD if name in answer.headers and name != "content-length"}
        found.append((method, path, query, body, answer.status_code, content, shown, len(calls)))
        if answer.status_code == 202:
            approval = answer.json()["approval"]["id"]
            seen = await world.client.get(f"/approvals/{approval}", headers=headers)
            found.append((seen.status_code, CHANCE.sub(b"", seen.content)))
    return found


async def in_both(world, provider, asked, headers, change):
    """Make the writes in a world as it is and in one that was changed, and return both lists of answers."""
    live = world.lives[provider].state
    before = copy.deepcopy(dict(live))
    here = await told(world, provider, asked, headers)
    live.clear()
    live.update(copy.deepcopy(before))
    assert change(live)
    return here, await told(world, provider, asked, headers)


@pytest.mark.takes(seconds=60)  # several dozen writes, most of which read first
@pytest.mark.parametrize("policy", ["direct", "approve"])
@pytest.mark.parametrize(("provider", "model", "resource", "names"), HELD)
async def test_no_write_reveals_a_hidden_field(world, provider, model, resource, names, policy):
    rng = random.Random(provider + model + policy)
    state = world.lives[provider].state
    hide = tuple(f"{model}.{name}" for name in rng.sample(names.split(), 3))
    scope = Scope(methods=("read", "write"), fields=FieldScope(hide=hide, classes=UNLIMITED.fields.classes), writes="direct")
    paths = hidden_paths(provider, model, scope)
    words = ["open", *dict.fromkeys(word for record in list(state[resource].values())[:6] for word in words_in(record))]
    ids = list(state[resource])[1:4]
    asked = [*plain_updates(model, ids), *writes(model, words, [*ids, "99999999"], rng, WRITES)]
    headers = {"Authorization": f"Bearer {await world.key(scope=as_given(scope) | {'writes': policy})}"}
    here, there = await in_both(
        world,
        provider,
        asked,
        headers,
        lambda live: sum(put(record, path) for record in live[resource].values() for path in paths),
    )
    for ours, theirs in zip(here, there, strict=True):
        assert ours == theirs
    assert any(calls for *_, calls in here if isinstance(calls, int)), "some reach the provider"


@pytest.mark.takes(seconds=60)  # several dozen writes, most of which read first
@pytest.mark.parametrize("policy", ["direct", "approve"])
@pytest.mark.parametrize("make", CASES)
async def test_no_write_reveals_records_outside(world, make, policy):
    one = make(world)
    rng = random.Random(one.model + policy)
    state = world.lives[one.provider].state[one.resource]
    outside = [(key, record) for key, record in state.items() if one.is_outside(record)]
    inside = [(key, record) for key, record in state.items() if not one.is_outside(record)]
    words = ["open", *dict.fromkeys(word for _, record in [*outside[:6], *inside[:2]] for word in words_in(record))]
    ids = [*[key for key, _ in outside[:3]], *[key for key, _ in inside[:2]], "99999999"]
    asked = list(writes(one.model, words, ids, rng, WRITES))
    await choose(world, one)
    classes = list(UNLIMITED.fields.classes)
    key = await world.key(scope={"methods": ["read", "write"], "fields": {"classes": classes}, "writes": policy})
    here, there = await in_both(world, one.provider, asked, {"Authorization": f"Bearer {key}"}, lambda live: changed(one, live))
    for ours, theirs in zip(here, there, strict=True):
        assert ours == theirs
