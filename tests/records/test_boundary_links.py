"""Inside a boundary no write names a record outside: not by a parent, nor by any other field that names such a record.

One outside and one that does not exist are refused alike, so that the refusal does not tell which it is.
"""

import pytest

from tests.cases import showcase
from tests.conformance.subjects import Subject, scenario
from tests.records.test_boundary_writes import SCOPE, do, every, path_of, written
from tests.world import PROVIDERS, catalog
from unified.models import MODELS
from unified.models.containment import containment_rule
from unified.models.registry import RESOURCES

OFFERED = [name for name in catalog().mappings() if name[0] in PROVIDERS]  # the others have no stand-in to ask


def links():
    """Every writable field of every mapping that names records which a boundary judges, and are none of its resources."""
    for provider, model in (one for one in OFFERED if one[0] in PROVIDERS):
        mapping = catalog().compiled(provider, model)
        methods = [one for one in ("create", "update") if one in mapping.methods]
        for resource in sorted(RESOURCES):
            if (provider, resource) not in OFFERED or containment_rule(model, resource) is None:
                continue
            for field in MODELS[model].fields:
                judged = field.reference not in {None, resource} and containment_rule(field.reference, resource) is not None
                if judged and any(field.name in mapping.write_calls.writable(one) for one in methods):
                    yield provider, model, resource, field


async def inside_and_outside(world, provider, model, resource):
    """A chosen resource, and ids of a model's records inside and outside; Nones where the stand-in has none of them."""
    rule = containment_rule(model, resource)
    records = await every(world, path_of(model), provider) if "list" in catalog().compiled(provider, model).methods else []
    for name in rule.fields:
        for one in records:
            places = one[name] if isinstance(one[name], list) else [one[name]]
            for other in records:
                others = other[name] if isinstance(other[name], list) else [other[name]]
                if places and others and places[0] and others[0] and not {*places} & {*others}:
                    return places[0], one["id"], other["id"]
    return None, None, None


@pytest.mark.slow
@pytest.mark.parametrize(
    "provider",
    showcase(sorted({one for one, *_ in links()}), str),
)
async def test_no_write_names_a_record_outside_and_one_outside_is_refused_like_an_unknown_one(world, provider):
    for _, model, resource, field in (one for one in links() if one[0] == provider):
        if (provider, field.reference) not in OFFERED or not containment_rule(field.reference, resource).fields:
            continue
        chosen, mine, outside = await inside_and_outside(world, provider, field.reference, resource)
        if chosen is None:
            continue
        unknown = unknown_like(outside)
        headers = {"direct": await world.key(scope={**SCOPE, "resources": {resource: {"ids": [chosen]}}, "writes": "direct"})}
        before = len(await written(world, provider))
        refused = [
            await refusal(world, headers, provider, model, resource, chosen, field, one, mine) for one in (outside, unknown)
        ]
        assert refused[0] == refused[1], (model, field.name, refused)
        assert all(code == "outside_resources" for one in refused for _, code, _ in one), (model, field.name, refused)
        assert len(await written(world, provider)) == before, (model, field.name)
        sent = field.reference == model or scenario(Subject(provider=provider, model=model)).get("create")
        assert refused[0] or not sent, (model, field.name, "no write was tried")


def unknown_like(record_id):
    """An id of the same form that no record has; the last part of a composite one may be a short number."""
    head, separator, last = record_id.rpartition(":")
    kept = last[:-3] if len(last) > len("999") else ""
    return head + separator + kept + ("999" if not last.endswith("999") else "998")


async def refusal(world, keys, provider, model, resource, chosen, field, named, mine):
    """What is answered to writes, by each face, that name a record in a field; the writes are fit otherwise."""
    mapping, found = catalog().compiled(provider, model), []
    body = {field.name: [named] if field.is_list else named}
    base = dict(scenario(Subject(provider=provider, model=model)).get("create", {}))
    base.pop("remote_fields", None)
    for one in containment_rule(model, resource).fields:
        if one in mapping.write_calls.writable("create"):
            is_list = next(known.is_list for known in MODELS[model].fields if known.name == one)
            base = {**base, one: [chosen] if is_list else chosen}
    for face in ("rest", "batch", "tool"):
        if field.name in mapping.write_calls.writable("create") and base:
            found.append(("create", *await told(world, face, keys, provider, model, "create", None, {**base, **body})))
        if field.name in mapping.write_calls.writable("update") and field.reference == model:
            found.append(("update", *await told(world, face, keys, provider, model, "update", mine, body)))
    return [(method, code, detail) for method, code, detail in found]


async def told(world, face, keys, provider, model, method, record_id, body):
    _, answer = await do(world, face, keys, provider, model, method, record_id, body)
    return answer.get("code"), answer.get("detail")
