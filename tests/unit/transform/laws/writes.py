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
from unified.catalog.wire import ProviderRequest
from unified.errors.requests import InvalidId, UnsupportedField, ValidationFailed
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.mapping import Mapping
from unified.transform.prepared_write import checked_write
from unified.transform.requests import own_request

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


def settings_of(mapping: Mapping) -> dict[str, str]:
    """Return the settings that an account surely has: the provider said them, or a path needs them."""
    calls = (one for operation in mapping.operations.values() for one in (operation, *operation.after))
    needed = {name.removeprefix("settings.") for one in calls for name in names_in(one.path) if name.startswith("settings.")}
    return {name: str(one.example) for name, one in mapping.provider.settings.items() if one.learned or name in needed}


def sent(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> list[Request]:
    """Return method, path and body of every request of a write; what would be read before them is missing."""
    requests = built(mapping, method, body, record_id)
    return [(one.method, one.path, None if one.body is msgspec.UNSET else one.body) for one in requests]


def built(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> list[ProviderRequest]:
    """Return every request of a write; what would be read before them is missing."""
    values = path_of(mapping)
    values |= mapping.id_values(record_id or ids_of(mapping)[0]) if method == "update" else {}
    write = checked_write(mapping, method, body, {"account": {"settings": settings_of(mapping)}}, values)
    first = own_request(mapping, write, write.bindings)
    requests = [] if first is None else [first]
    steps = [step for step in write.operation.after if step.matches(write.common, write.bindings)]
    return requests + [step.request(write.common, {**write.bindings, **read_for(step)}, write.path_values) for step in steps]


def read_for(step: Operation) -> dict[str, Any]:
    """Return what the path of a step takes from calls before it, such as `{current.id}`; nothing else of them is there."""
    named = [name.partition(".") for name in names_in(step.path)]
    return {head: {tail: "42"} if tail else "42" for head, _, tail in named if head in step.results}


def tried(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> list[Request] | None:
    """Return the requests of a body; None when it is refused at one of its fields. Fields that it lacks are added."""
    whole = completed(mapping, method, body, record_id)
    return None if whole is None else sent(mapping, method, whole, record_id)


def completed(mapping: Mapping, method: str, body: dict[str, Any], record_id: str | None = None) -> dict[str, Any] | None:
    """Return a body with the fields that it lacks; None when it is refused at one of its own."""
    try:
        sent(mapping, method, body, record_id)
    except REFUSED as problem:
        places = [one.pointer.strip("/").split("/")[0] for one in problem.errors] or _named(problem)
    else:
        return body
    assert places, "a refusal names no field"
    lacking = {one.name: value_of(one) for one in mapping.model.fields if one.name in places and one.name not in body}
    assert set(places) <= {*body, *lacking}, places
    return completed(mapping, method, {**lacking, **body}, record_id) if lacking else None


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
