"""The requests of a write, for laws over all mappings: every call that would be sent, with nothing read before."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

from tests.world import catalog
from unified.errors import UnsupportedField, ValidationFailed
from unified.transform.mapping import Mapping
from unified.transform.requests import path_values, write_request

Request = tuple[str, str, Any]
REFUSED = (ValidationFailed, UnsupportedField)
METHODS = ("create", "update")


@cache
def writing() -> tuple[tuple[Mapping, str], ...]:
    """Return every mapping with each method by which it writes a body."""
    compiled = (catalog().compiled(*name) for name in catalog().mappings())
    return tuple((one, method) for one in compiled for method in METHODS if method in one.operations)


def each_write() -> pytest.MarkDecorator:
    """Return the decorator that runs a test for every mapping and method that writes."""
    names = [f"{mapping.provider.name} {mapping.model.id} {method}" for mapping, method in writing()]
    return pytest.mark.parametrize(("mapping", "method"), writing(), ids=names)


def each_update() -> pytest.MarkDecorator:
    """Return the decorator that runs a test for every mapping that updates."""
    updates = [one for one in writing() if one[1] == "update"]
    return pytest.mark.parametrize(
        ("mapping", "method"), updates, ids=[f"{one.provider.name} {one.model.id}" for one, _ in updates]
    )


def id_of(mapping: Mapping) -> str:
    """Return an id in the mapping's form."""
    if mapping.id_template is None:
        return "42"
    return re.sub(r"\{\w+(=(\w+)[^}]*)?\}", lambda part: part[2] or "42", mapping.id_template.template)


def learned(mapping: Mapping) -> dict[str, str]:
    """Return the settings that the provider itself would have said."""
    return {name: str(one.example) for name, one in mapping.provider.settings.items() if one.learned}


def sent(mapping: Mapping, method: str, body: dict[str, Any]) -> list[Request]:
    """Return method, path and body of every request of a write; what would be read before them is missing."""
    values = {**dict.fromkeys(mapping.model.path_parameters, "Car__c")}
    values |= mapping.id_values(id_of(mapping)) if method == "update" else {}
    bindings = {"account": {"settings": learned(mapping)}}
    operation, common = mapping.operation(method), mapping.common_body(body)
    seen = {**bindings, "query": {**common, **values}}
    first = method == "create" or operation.matches(common, seen)
    requests = [write_request(mapping, method, body, bindings, values)] if first else []
    steps = [step for step in operation.after if step.matches(common, seen)]
    requests += [step.request(common, seen, {**path_values(common), **values}) for step in steps]
    return [(one.method, one.path, None if one.body is msgspec.UNSET else one.body) for one in requests]


def tried(mapping: Mapping, method: str, body: dict[str, Any]) -> list[Request] | None:
    """Return the requests of a body; None when it is refused at one of its fields."""
    try:
        return sent(mapping, method, body)
    except REFUSED as problem:
        places = [one.pointer.strip("/").split("/")[0] for one in problem.errors]
    assert places, "a refusal names no field"
    assert set(places) <= set(body), places
    return None


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield place and value of everything below a JSON value that holds nothing itself; an empty list or object counts."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner or not value:
        yield place, value
    for name, one in inner:
        yield from leaves(one, (*place, name))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(one)
