"""A hidden value is read off nothing else of its record: no id, no URL, no reference, no record inside, and no answer at all.

What a record holds is read with a key that sees everything. A key that hides some of its fields gets the same lists; where the
mapping makes ids of what is hidden, the records are refused instead.
"""

import random
import re

import pytest

from tests.cases import QUICK
from tests.records.every_list import pages, queries_of, texts
from tests.world import PROVIDERS, catalog, open_world
from unified.models import MODELS
from unified.models.hidden import model_in
from unified.service.access.scope.field_rules import hidden_fields
from unified.service.access.scope.scopes import UNLIMITED, FieldScope, Scope
from unified.service.records.visibility.hiding import hidden_of

SEEN = {"id", "remote_id"}
EVERYTHING = ["none", "personal", "sensitive", "secret"]


@pytest.fixture
async def world(request, tmp_path):
    provider = request.node.callspec.params["provider"]
    async with open_world(tmp_path, providers=(provider,)) as opened:
        yield opened


def by_provider():
    return [pytest.param(one, marks=() if one in QUICK else pytest.mark.slow) for one in PROVIDERS]


@pytest.mark.parametrize("provider", by_provider())
async def test_nothing_of_a_record_reveals_its_hidden_fields(world, provider):
    rng = random.Random(provider)
    queries = await queries_of(world, provider)
    whole = [(one, answer.json()["data"]) async for one, _, answer in pages(world, provider, world.admin_key, queries)]
    refused = shown = 0
    for draw in range(6):
        hide = drawn(rng, [one.model for one, _ in whole], only_references=draw % 2 == 0)
        key = await world.key(scope={"fields": {"hide": hide, "classes": EVERYTHING}})
        answers = [answer async for _, _, answer in pages(world, provider, key, queries)]
        for (mapping, records), answer in zip(whole, answers, strict=True):
            if answer.status_code == 200:
                shown += 1
                usual = common_words(records)
                for record, seen in zip(records, answer.json()["data"], strict=True):
                    assert not told(mapping.model, record, seen, hide) - usual, (mapping.model.id, hide)
            else:
                refused += 1
                assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden"), answer.text
    assert shown > refused


def drawn(rng, models, *, only_references):
    """Fields of some models, by their full names, or for all models."""
    names = [(model.id, one.name) for model in models for one in model.fields if one.reference or not only_references]
    chosen = rng.sample(names, min(4, len(names)))
    return [name if rng.random() < 0.3 else f"{model}.{name}" for model, name in chosen]


def common_words(records):
    """What stands in the URL of every record, and so tells nothing of one."""
    found = [set(re.split(r"[:/?=&#]+", one["web_url"] or "")) for one in records]
    return set.intersection(*found) if len(found) > 1 else set()


def told(model, record, seen, hide):
    """The values of hidden fields, in the record or those inside of it, that the caller sees all the same."""
    hidden = hidden_fields((scope_of(hide),), model, but=frozenset({"web_url"}))
    hidden -= {"custom_fields", "mapped_fields", "remote_data"}
    found = values(record, hidden)
    for field in model.fields:
        inner = model_in(field)
        if inner is not None and field.name not in hidden:
            below = hidden_fields((scope_of(hide),), inner) - {"custom_fields", "mapped_fields", "remote_data"}
            for one in record[field.name]:
                found |= values(one, below)
    plain = {one for name, value in record.items() if name not in SEEN | hidden | {"web_url"} for one in texts(value)}
    apart = found - plain - {record["id"]} - {record["remote_id"]}
    words = {part for text in texts(seen) for part in (text, *re.split(r"[:/?=&#]+", text))}
    return apart & words


def values(record, names):
    return {one for name in names for one in texts(record.get(name)) if len(one) > 3}


def scope_of(hide):
    return Scope(fields=FieldScope(hide=tuple(hide), classes=UNLIMITED.fields.classes))


@pytest.mark.parametrize("provider", by_provider())
async def test_records_whose_ids_reveal_a_hidden_field_are_refused_and_not_offered(world, provider):
    """By every way that records come; the refusal names the field. Data of the demo shows that ids tell it."""
    before = len(await world.reached(provider))
    for mapping in catalog().offered(provider):
        named = {one.name: one for one in mapping.model.fields}
        for name in sorted(mapping.revealed.by_id & named.keys()):
            scope = {"fields": {"hide": [f"{mapping.model.id}.{name}"], "classes": EVERYTHING}, "methods": ["read"]}
            headers = {"Authorization": f"Bearer {await world.key(scope=scope)}"}
            account, path = {"account_id": world.accounts[provider]}, f"/{mapping.model.id.replace('.', '/')}"
            for place in (path, f"{path}/1"):
                answer = await world.client.get(place, params=account, headers=headers)
                if answer.json()["code"] == "not_supported":
                    continue
                assert (answer.status_code, answer.json()["code"]) == (403, "field_hidden"), answer.text
                assert name in answer.json()["detail"]
            schema = (await world.client.get(f"{path}/schema", params=account, headers=headers)).json()
            assert (schema["methods"], schema["filters"], schema["expand"]) == ([], [], [])
            tools = (await world.client.get("/tools", params=account, headers=headers)).text
            assert f"_{mapping.model.category}_{mapping.model.plural}" not in tools
    assert len(await world.reached(provider)) == before


def test_by_default_no_ids_tell_what_is_hidden():
    """The classes that a key does not see unless it is granted them make no model unreachable."""
    for provider, model_id in catalog().mappings():
        for classes in (("none", "personal"), ("none", "personal", "sensitive")):
            scope = Scope(fields=FieldScope(classes=classes))
            assert hidden_of(catalog(), catalog().compiled(provider, model_id), (scope,)).in_ids == (), (provider, model_id)


def test_composite_ids_tell_their_parts_and_hiding_a_url_closes_nothing():
    known = {(provider, model): catalog().compiled(provider, model).revealed.by_id for provider, model in catalog().mappings()}
    composite = [key for key in known if catalog().compiled(*key).id_template is not None]
    for provider, model in composite:
        parts = set(catalog().compiled(provider, model).id_template.names()) & {one.name for one in MODELS[model].fields}
        assert parts <= known[provider, model]
    scope = scope_of(["web_url"])
    assert not any(hidden_of(catalog(), catalog().compiled(*key), (scope,)).in_ids for key in known)
