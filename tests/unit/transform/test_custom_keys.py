"""No key of `custom_fields` or `remote_fields` reaches what a common field owns: every mapping, names of every kind.

What a payload means is read back through the mapping's own record expression, as if the provider answered it. So the
judgement does not lean on the rule that is tested.
"""

import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from tests.conformance.known import CUSTOM_KEYS, READ_BEFORE
from tests.unit.transform.laws.writes import base_of
from tests.world import catalog
from unified.errors.requests import UnsupportedField, ValidationFailed
from unified.models import Field
from unified.transform.mapping import Mapping
from unified.transform.prepared_write import checked_write, provider_body
from unified_jsonata import JsonataError
from unified_sandbox.registry import discover

pytestmark = pytest.mark.slow

CATALOG = catalog()
HUBSPOT = discover("hubspot")["hubspot"].seed(random.Random(0))
SALESFORCE = discover("salesforce")["salesforce"].seed(random.Random(0))
PLANTED = "planted-7391"
SEED = 11
WRITES = [
    (provider, model, method)
    for provider, model in CATALOG.mappings()
    for method in ("create", "update")
    if method in CATALOG.compiled(provider, model).operations
]
CUSTOM = [one for one in WRITES if "custom_fields" in CATALOG.compiled(*one[:2]).write_calls.writable(one[2])]
REAL = {(provider, model): keys for provider, models in CUSTOM_KEYS.items() for model, keys in models.items()}
"""Keys that customers' own fields have."""

_FIELDS = discover("bamboohr")["bamboohr"].seed(random.Random(SEED))["fields"].values()
_OTHER_NAMES = (
    "employeeId jobTitleName birthDate departmentName divisionName locationName employmentStatusName employmentStatus marital "
    "reportsToName reportsToId departmentId divisionId locationId jobTitleId employmentStatusId"
)
BAMBOOHR = {*(name for one in _FIELDS if "alias" in one for name in (str(one["id"]), one["alias"])), *_OTHER_NAMES.split()}
"""Numbers and aliases of BambooHR's fields, and the names that its newer calls have for them."""


def _words(text: Any) -> set[str]:
    """Every name in a JSON value or a JSONata text, dotted ones whole and in parts."""
    dotted = re.findall(r"[A-Za-z_][\w.*-]*", text)
    return {word for one in dotted for word in (one.strip("."), *one.split("."))} - {""}


def _names(mapping: Mapping) -> set[str]:
    """Names that the provider could know a native field by: of the file, of the stand-in, by numbers, in other spellings."""
    file = mapping.file.document
    texts = [file.record, file.write or "", *(str(call.body) for _, call in mapping.file.calls())]
    found = {word for text in texts for word in _words(text)}
    found |= {*BAMBOOHR, "bestEmail", "4047.1", "supervisorEId", "14", "7"}
    found |= {name for kind in HUBSPOT["objects"].values() for name in kind["known"]}
    found |= {name for kind in SALESFORCE["objects"].values() for name in kind["types"]}
    return found


def _variants(name: str) -> Iterator[str]:
    yield from (name, name.upper(), name.lower(), name.capitalize(), name.swapcase())
    for around in (
        "variables.input.{}",
        "properties.{}",
        "fields.{}",
        "ticket.{}",
        "user.{}",
        "root.{}",
        "work.{}",
        "personal.{}",
        "identification.{}",
    ):
        yield around.format(name)
    yield from (
        f"/{name}",
        f"{name}.id",
        f"{name}/id",
        f" {name}",
        f"{name} ",
        f"{name}\n",
        f"{name}__c",
        f"{name},x",
        f"[{name}]",
    )


def adversarial(mapping: Mapping, limit: int) -> list[str]:
    """Keys to try, all plain names and some of the variants."""
    names = sorted(_names(mapping))
    variants = sorted({one for name in names for one in _variants(name)} - set(names))
    return [*names, *random.Random(SEED).sample(variants, min(limit, len(variants)))]


def sample(field: Field) -> Any:
    """A value that fits a field."""
    if field.kind == "object":
        inner = {one.name: sample(one) for one in field.nested if one.access != "ro"}
        return [inner] if field.is_list else inner
    texts = {"date": "2026-01-31", "datetime": "2026-01-31T10:00:00Z", "due": "2026-01-31", "country": "DE", "currency": "EUR"}
    numbers = {"integer": 7, "number": 7.5, "boolean": True, "map": {}}
    value = field.enum[0] if field.enum else numbers.get(field.kind, texts.get(field.kind, "12"))
    return [value] if field.is_list else value


def bodies(mapping: Mapping, method: str) -> Iterator[dict[str, Any]]:
    """A body without fields, and one with all that can be written."""
    yield accepted(mapping, method, {"type": "call"} if mapping.model.id == "crm.engagements" else {})
    fields = {one.name: one for one in mapping.model.fields if one.name in mapping.write_calls.writable(method)}
    yield accepted(mapping, method, {name: sample(one) for name, one in fields.items() if one.kind != "map"})


def accepted(mapping: Mapping, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body without fields that exclude one another; the smallest one that is taken, where one is needed that it lacks."""
    try:
        sent(mapping, method, body)
    except ValidationFailed as problem:
        bad = {one.pointer.split("/")[1] for one in problem.errors}
        left = {name: one for name, one in body.items() if name not in bad}
        return accepted(mapping, method, left) if left != body else base_of(mapping, method)
    return body


def sent(mapping: Mapping, method: str, body: dict[str, Any]) -> Any:
    """The payload as it would be sent, without what other `before` calls find."""
    values = {"id": "7", "kind": "calls", "remote": "7", "sobject": "Event", "record": "7"} if method == "update" else {}
    found = READ_BEFORE.get(f"{mapping.provider.name}/{mapping.model.id}", {})
    write = checked_write(mapping, method, body, {"account": {"settings": {}}, **found}, values)
    payload = provider_body(mapping, write, write.bindings)
    if isinstance(payload, dict) and "hs_timestamp" in payload.get("properties", {}) and "start_time" not in body:
        payload["properties"]["hs_timestamp"] = "now"  # a note without a time is of now
    return payload


@pytest.mark.parametrize("subject", READ_BEFORE)
def test_an_update_is_refused_without_what_is_known_of_its_record(subject, monkeypatch):
    """Otherwise the entry in known.yaml is no longer needed."""
    mapping = CATALOG.compiled(*subject.split("/"))
    monkeypatch.delitem(READ_BEFORE, subject)
    with pytest.raises(ValidationFailed, match=r"^/id: "):
        sent(mapping, "update", {})


ENVELOPES = {
    ("zendesk", "ticketing.tickets"): ("ticket",),
    ("zendesk", "ticketing.contacts"): ("user",),
    ("zendesk", "ticketing.accounts"): ("organization",),
}
"""Where a payload has the record."""
GRAPHQL = ("variables", "input")
"""Where a payload with a text of GraphQL has it."""


def at(payload: Any, place: tuple[str, ...]) -> Any:
    """The object at a place of a payload; None if there is none."""
    for step in place:
        payload = payload.get(step) if isinstance(payload, dict) else None
    return payload


def means(mapping: Mapping, payload: Any, *, without: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the common fields read of a payload, as a whole and of the objects in it."""
    found = []
    usual = GRAPHQL if isinstance(at(payload, ("query",)), str) and isinstance(at(payload, GRAPHQL), dict) else ()
    for place in {(), ENVELOPES.get((mapping.provider.name, mapping.model.id), usual)}:
        try:
            record = mapping.record.evaluate(
                at(payload, place) or {}, {"account": {"settings": {}}, "query": {"kind": "calls"}}
            )
        except JsonataError:
            record = {}
        own = record.get("custom_fields") or {}
        record["custom_fields"] = {key: one for key, one in own.items() if mapping.custom_keys.accepts(key)}
        found.append({name: one for name, one in record.items() if name not in without})
    return found


REFUSED = object()


def tried(mapping: Mapping, method: str, body: dict[str, Any], pointer: str) -> Any:
    """The payload, or REFUSED where it is, by a problem at the right place that tells no value."""
    try:
        return sent(mapping, method, body)
    except UnsupportedField as problem:
        told = [*(one.message for one in problem.errors), problem.detail]
        right = all(one.pointer.startswith(pointer) for one in problem.errors)
        return REFUSED if right and not any(PLANTED in one for one in told) else problem


def paths(value: Any, above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        value = {str(place): one for place, one in enumerate(value)}
    if not isinstance(value, dict) or not value:
        return {above: value}
    return {path: one for name, inner in value.items() for path, one in paths(inner, (*above, name)).items()}


def _unchanged(mapping: Mapping, before: Any, after: Any, tried: Any, *, without: tuple[str, ...] = ()) -> None:
    kept = paths(after)
    assert {path: kept.get(path) for path in paths(before) if path and paths(before)[path] != {}} == {
        path: one for path, one in paths(before).items() if path and one != {}
    }, tried
    read = [msgspec.json.encode(means(mapping, one, without=without)) for one in (before, after)]
    assert read[0] == read[1], tried


@pytest.mark.parametrize(("provider", "model", "method"), CUSTOM, ids=["-".join(one) for one in CUSTOM])
def test_no_custom_key_reaches_what_a_common_field_owns(provider, model, method):
    mapping, refused, taken = CATALOG.compiled(provider, model), 0, 0
    for body in bodies(mapping, method):
        before = sent(mapping, method, body)
        for key in adversarial(mapping, 120):
            after = tried(mapping, method, {**body, "custom_fields": {key: PLANTED}}, "/custom_fields/")
            if after is REFUSED:
                refused += 1
                continue
            if isinstance(after, dict) and "custom_fields" in (after.get("ticket") or {}):
                assert key.isdecimal(), key  # Zendesk: a list of ids and values beside the native fields
                after["ticket"].pop("custom_fields")
            _unchanged(mapping, before, after, key, without=("custom_fields",))
            taken += 1
    assert refused > 100, (refused, taken)


AROUND = (
    (),
    ("properties",),
    ("fields",),
    ("ticket",),
    ("user",),
    ("user", "user_fields"),
    ("organization",),
    ("variables",),
    ("variables", "input"),
    ("work",),
    ("home",),
)


def placed(rng: random.Random, name: str) -> dict[str, Any]:
    """A name somewhere in an object, with a value of some shape."""
    value: Any = rng.choice((PLANTED, None, 7, [], [PLANTED], {}, {"id": PLANTED}, {"name": PLANTED}, [{"id": PLANTED}]))
    around = (*rng.choice(AROUND), *(part for part in name.split(".") if part))
    for step in reversed(around):
        value = {step: value}
    return value


@pytest.mark.parametrize(("provider", "model", "method"), WRITES, ids=["-".join(one) for one in WRITES])
def test_no_remote_field_reaches_what_another_field_owns(provider, model, method):
    mapping, rng = CATALOG.compiled(provider, model), random.Random(SEED)
    for body in bodies(mapping, method):
        before = sent(mapping, method, body)
        for name in adversarial(mapping, 120):
            given = placed(rng, name)
            after = tried(mapping, method, {**body, "remote_fields": given}, "/remote_fields/")
            if after is not REFUSED:
                _unchanged(mapping, before, after, given)


MAPS = [one for one in WRITES if "fields" in CATALOG.compiled(*one[:2]).write_calls.writable(one[2])]


@pytest.mark.parametrize(("provider", "model", "method"), MAPS, ids=["-".join(one) for one in MAPS])
def test_no_key_of_a_custom_object_reaches_what_another_field_sends(provider, model, method):
    mapping, refused = CATALOG.compiled(provider, model), 0
    unwritten = {one.name for one in mapping.model.fields} - mapping.write_calls.writable(method)
    before = sent(mapping, method, {})
    for name in adversarial(mapping, 120):
        after = tried(mapping, method, {"fields": {name: PLANTED}}, "/fields/")
        if after is REFUSED:
            refused += 1
        else:
            _unchanged(mapping, before, after, name, without=("custom_fields", "fields", *unwritten))
    assert refused >= 1


@pytest.mark.parametrize(("provider", "model", "method"), CUSTOM, ids=["-".join(one) for one in CUSTOM])
def test_real_custom_fields_are_written_and_read(provider, model, method):
    mapping = CATALOG.compiled(provider, model)
    for key in REAL[provider, model]:
        payload = sent(mapping, method, {**next(bodies(mapping, method)), "custom_fields": {key: PLANTED}})
        later = [one.call.for_each for call in mapping.calls_of(method) for one in call.after if one.call.for_each]
        by_entry = any("custom_fields" in text for text in later)  # a call for each of them
        assert by_entry or PLANTED in msgspec.json.encode(payload).decode(), key
        mapping.custom_keys.refuse_field(f"custom_fields.{key}")


def test_every_mapping_that_writes_custom_fields_is_tried():
    assert {one[:2] for one in CUSTOM} == set(REAL)
    assert all(CATALOG.compiled(*name).custom_keys.has_rule for name in REAL)
