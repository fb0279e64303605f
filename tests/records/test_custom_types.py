"""Custom fields have the types that the provider's own definitions say, when they are read and after they are written back."""

from datetime import date, datetime
from typing import Any

import pytest

from tests.world import PROVIDERS, catalog, open_world
from unified.models import MODELS

FITS = {
    "boolean": lambda one: isinstance(one, bool),
    "integer": lambda one: isinstance(one, int) and not isinstance(one, bool),
    "number": lambda one: isinstance(one, int | float) and not isinstance(one, bool),
    "date": lambda one: date.fromisoformat(one).isoformat() == one,
    "datetime": lambda one: one.endswith("Z") and datetime.fromisoformat(one) is not None,
    "multiselect": lambda one: isinstance(one, list),
}
"""Types of definitions of which a value has one form in JSON."""
DEFINED = [
    (provider, model_id)
    for provider, model_id in catalog().mappings()
    if provider in PROVIDERS
    and catalog().compiled(provider, model_id).definitions is not None
    and not MODELS[model_id].path_parameters
    and any(field.name == "custom_fields" for field in MODELS[model_id].fields)
]
UNTYPED = {
    ("attio", "multiselect"): "one value is not a list: only the definition has `is_multiselect`, and every list would read it",
    ("servicenow", "integer"): "columns come as text: reading the dictionary takes rights that few integrations have",
}
"""Where values do not have the types of their definitions, with the reason."""
ADDED = {
    "is_vip": ({"type": "bool", "fieldType": "booleancheckbox"}, True, False),
    "floors": ({"type": "number", "fieldType": "number"}, 12, 0.5),
    "audited_on": ({"type": "date", "fieldType": "date"}, "2026-02-28", "1969-07-20"),
    "seen_at": ({"type": "datetime", "fieldType": "date"}, "2026-02-28T10:30:00Z", "1999-12-31T23:59:59Z"),
    "regions": ({"type": "enumeration", "fieldType": "checkbox"}, ["north", "east"], ["west"]),
    "area": ({"type": "enumeration", "fieldType": "select"}, "north", "west"),
    "zip_text": ({"type": "string", "fieldType": "text"}, "00123", "true"),
}
"""Custom properties: how they are defined, and two values."""
OPTIONS = [{"label": one, "value": one, "displayOrder": -1, "hidden": False} for one in ("north", "east", "west")]


@pytest.fixture
async def world(tmp_path):
    async with open_world(tmp_path, providers=PROVIDERS) as opened:
        yield opened


async def test_every_custom_field_has_the_type_of_its_definition(world):
    wrong, found, seen = [], [], set()
    for provider, model_id in DEFINED:
        category, _, plural = model_id.partition(".")
        defined = await world.get(f"/{category}/fields", provider, model=plural)
        if defined.status_code != 200:
            continue
        types = {one["key"]: one["type"] for one in defined.json()["data"]}
        named = [f"custom_fields.{one['key']}" for one in defined.json()["data"] if one["is_custom"] and "," not in one["key"]]
        for fields in (["id", "custom_fields"], ["id", *named[:20]]):
            records = await world.get(f"/{category}/{plural}", provider, limit=20, fields=",".join(fields))
            found += [(provider, model_id, types, one) for one in records.json().get("data", ())]
    for provider, model_id, types, record in found:
        for key, value in record.get("custom_fields", {}).items():
            if value is not None and (fits := FITS.get(types.get(key, ""))):
                seen.add((provider, types[key]))
                if not fits(value) and (provider, types[key]) not in UNTYPED:
                    wrong.append(f"{provider} {model_id} {key}: {types[key]} is {value!r}")
    assert sorted(set(wrong)) == []
    assert {("hubspot", "boolean"), ("hubspot", "number")} <= seen
    assert len({provider for provider, _ in seen}) > 2


async def add_properties(world: Any) -> None:
    for name, (definition, *_) in ADDED.items():
        body = {"name": name, "label": name, "groupName": "contactinformation", **definition}
        body |= {"options": OPTIONS} if definition["type"] == "enumeration" else {}
        made = await world.send("POST", "/proxy/crm/v3/properties/contacts", body)
        assert made.status_code == 201, made.text


@pytest.mark.parametrize("number", [0, 1])
async def test_values_that_were_read_can_be_written_back(world, number):
    """Property: for every type, a value that was written is read as it was, and what was read can be written again."""
    await add_properties(world)
    values = {name: one[1 + number] for name, one in ADDED.items()}
    made = await world.send("POST", "/crm/contacts", {"last_name": "Typed", "custom_fields": values})
    assert made.status_code == 201, made.text
    place, names = f"/crm/contacts/{made.json()['id']}", ",".join(f"custom_fields.{name}" for name in ADDED)
    read = (await world.get(place, fields=names)).json()["custom_fields"]
    assert read == values
    assert [type(read[name]) for name in values] == [type(one) for one in values.values()]
    again = await world.send("PATCH", place, {"custom_fields": read})
    assert again.status_code == 200, again.text
    assert (await world.get(place, fields=names)).json()["custom_fields"] == values
    cleared = await world.send("PATCH", place, {"custom_fields": dict.fromkeys(ADDED)})
    assert cleared.status_code == 200, cleared.text
    assert not any((await world.get(place, fields=names)).json()["custom_fields"].values())


async def test_definitions_are_read_only_where_custom_fields_are(world):
    """A list without custom fields costs one request, as before; one with some costs one more for all its records."""

    async def requests(**query: Any) -> list[str]:
        before = len(await world.reached())
        assert (await world.get("/crm/contacts", limit=10, **query)).status_code == 200
        return [one["path"] for one in (await world.reached())[before:]]

    assert len(await requests(fields="id,name")) == 1
    asked = await requests(fields="id,custom_fields.newsletter")
    assert sorted(asked) == ["/crm/v3/objects/contacts", "/crm/v3/properties/contacts/batch/read"]
