"""The requests of a write, for laws over all mappings: every call that would be sent, of reads before only what paths name."""

import contextlib
import functools
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tests.cases import each
from tests.unit.transform.laws.bodies import required_of, value_of
from tests.world import catalog
from unified.errors.requests import InvalidId, UnsupportedField, ValidationFailed
from unified.transform.mapping import Mapping
from unified.transform.operation import Operation
from unified.transform.path import names_in
from unified.transform.requests import own_request, path_values

Request = tuple[str, str, Any]
REFUSED = (ValidationFailed, UnsupportedField, InvalidId)
METHODS = ("create", "update")


@functools.cache
def writing() -> tuple[tuple[Mapping, str], ...]:
    """Return every mapping with each method by which it writes a body."""
    compiled = (catalog().compiled(*name) for name in catalog().mappings())
    return tuple((one, method) for one in compiled for method in METHODS if method in one.operations)


def each_write(*methods: str) -> Callable[[Any], Any]:
    """Return the decorator that runs a test for every mapping and method that writes, one test for each provider."""
    cases = [one for one in writing() if one[1] in (methods or METHODS)]
    names = [f"{mapping.provider.name} {mapping.model.id} {method}" for mapping, method in cases]
    return each(("mapping", "method"), cases, ids=names, by=[one.provider.name for one, _ in cases])


def ids_of(mapping: Mapping) -> list[str]:
    """Return ids in the mapping's form, one with each choice of a part that lists its values."""
    template = "{id}" if mapping.id_template is None else mapping.id_template.template
    parts = re.findall(r"\{\w+=([^}]*)\}", template)
    chosen = itertools.product(*(one.split("|") for one in parts))
    return [re.sub(r"\{\w+\}", "42", functools.reduce(_with_choice, words, template)) for words in chosen]


def _with_choice(template: str, word: str) -> str:
    return re.sub(r"\{\w+=[^}]*\}", word, template, count=1)


def path_of(mapping: Mapping) -> dict[str, str]:
    """Return path parameters that the mapping accepts."""
    for word in ("Car__c", "cars", "2-1001"):
        with contextlib.suppress(InvalidId):
            values = dict.fromkeys(mapping.model.path_parameters, word)
            mapping.check_path(values)
            return values
    raise AssertionError(f"no path parameter fits {mapping.file.document.path}: add one")


def learned(mapping: Mapping) -> dict[str, str]:
    """Return the settings that the provider itself would have said."""
    return {name: str(one.example) for name, one in mapping.provider.settings.items() if one.learned}


def sent(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> list[Request]:
    """Return method, path and body of every request of a write; what would be read before them is missing."""
    values = path_of(mapping)
    values |= mapping.id_values(record_id or ids_of(mapping)[0]) if method == "update" else {}
    bindings, common = {"account": {"settings": learned(mapping)}}, mapping.common_body(body)
    seen = {**bindings, "query": {**common, **values}}
    operation = mapping.chosen(method, common, seen)
    first = own_request(mapping, method, body, bindings, values)
    requests = [] if first is None else [first]
    steps = [step for step in operation.after if step.matches(common, seen)]
    requests += [step.request(common, {**seen, **read_for(step)}, {**path_values(common), **values}) for step in steps]
    return [(one.method, one.path, None if one.body is msgspec.UNSET else one.body) for one in requests]


def read_for(step: Operation) -> dict[str, Any]:
    """Return what the path of a step takes from calls before it, such as `{current.id}`; nothing else of them is there."""
    named = [name.partition(".") for name in names_in(step.path)]
    return {head: {tail: "42"} if tail else "42" for head, _, tail in named if head in step.results}


def tried(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> list[Request] | None:
    """Return the requests of a body; None when it is refused at one of its fields. Fields that it lacks are added."""
    try:
        return sent(mapping, method, body, record_id)
    except REFUSED as problem:
        places = [one.pointer.strip("/").split("/")[0] for one in problem.errors] or _named(problem)
    assert places, "a refusal names no field"
    lacking = {one.name: value_of(one) for one in mapping.model.fields if one.name in places and one.name not in body}
    assert set(places) <= {*body, *lacking}, places
    return tried(mapping, method, {**lacking, **body}, record_id) if lacking else None


def base_of(mapping: Mapping, method: str) -> dict[str, Any]:
    """Return a smallest body that is taken, with fields of which one is needed: any of them, if the mapping asks for one."""
    body = required_of(mapping, method)
    if method == "update":
        return body
    try:
        sent(mapping, method, body)
    except REFUSED as problem:
        places = {one.pointer.strip("/").split("/")[0] for one in problem.errors}
        body = {**body, **{one.name: value_of(one) for one in mapping.model.fields if one.name in places - body.keys()}}
    return body


def _named(problem: Exception) -> list[str]:
    """Return the field that the text of an invalid id begins with."""
    return [str(problem).partition(":")[0]] if isinstance(problem, InvalidId) else []


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
