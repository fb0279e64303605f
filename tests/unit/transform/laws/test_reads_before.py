"""Laws of the calls before a write, over all mappings: one is made only if the answer is used, and never twice."""

import contextlib
import itertools

import msgspec

from tests.unit.transform.laws.bodies import fields_of_method, value_of
from tests.unit.transform.laws.writes import REFUSED, base_of, each_write, ids_of, path_of, settings_of
from unified.transform.calls.after import step_requests
from unified.transform.calls.awaited import Awaited
from unified.transform.calls.path import names_in
from unified.transform.prepared_write import prepare_write
from unified.transform.requests import own_request
from unified_jsonata import Expression

KEYS = ("when", "for_each", "query", "headers", "body")


@each_write()
def test_what_is_read_before_a_write_is_needed_for_a_field_of_it(mapping, method):
    base = base_of(mapping, method)
    records = ids_of(mapping) if method == "update" else [None]
    for field, record_id in itertools.product(fields_of_method(mapping, method), records):
        body = {**base, field.name: value_of(field)}
        read = made(mapping, method, body, record_id)
        idle = read - frozenset().union(*(needed(mapping, method, name) for name in body))
        assert not idle, f"{field.name}: {', '.join(sorted(idle))} is read, and not needed"


@each_write()
def test_no_call_is_declared_twice_for_one_write(mapping, method):
    for operation in mapping.choices[method]:
        calls = {name: one for step in (operation, *operation.after) for name, one in step.before.items()}
        asked = [msgspec.structs.replace(one.call, name=None, items=None, item=None) for one in calls.values()]
        assert len({msgspec.json.encode(one) for one in asked}) == len(asked), operation.where


def made(mapping, method, body, record_id):
    """The names of the calls that would be made before a write."""
    values = path_of(mapping) | ({} if record_id is None else mapping.id_values(record_id))
    write = prepare_write(mapping, method, body, {"account": {"settings": {}}}, values)
    operation, common = write.operation, write.common
    calls = {name: one for step in (operation, *operation.after) for name, one in step.before.items()}
    awaited = {name: Awaited() for name in calls}
    bindings = {"account": {"settings": settings_of(mapping)}, **awaited}
    seen = {**bindings, "query": {**common, **values}}
    with contextlib.suppress(*REFUSED):
        own_request(mapping, write, seen)
    for step in operation.after:
        with contextlib.suppress(*REFUSED):
            step_requests(step, common, seen, write.path_values)
    return frozenset(name for name, one in calls.items() if awaited[name].is_read and one.matches(common, seen))


def needed(mapping, method, name):
    """The results on which what a field sends depends, as the expressions say it; those that these calls need are among them."""
    found = set()
    for operation in mapping.choices[method]:
        expressions = [one for one in (mapping.write_expression, operation.body, operation.query, operation.when) if one]
        found |= {one for expression in expressions for one in beside(expression, name)}
        for step in operation.after:
            own = [one for key in KEYS if (one := getattr(step, key)) is not None]
            if name in {read.path[0] for one in own for read in one.analysis.reads if read.path} | set(names_in(step.path)):
                found |= {use.name for one in own for use in one.analysis.variables} | step.results
        for _ in range(len(operation.before)):
            inner = [one for key, one in operation.before.items() if key in found]
            found |= {
                use.name for one in inner for key in KEYS if (text := getattr(one, key)) for use in text.analysis.variables
            }
    return frozenset(found)


def beside(expression: Expression, name: str):
    """The variables of what is built of a field, of what is built of none, and of what decides about the whole object."""
    writes = expression.analysis.writes
    if writes is None:
        return {use.name for use in expression.analysis.variables}
    keys = list(flat(writes))
    own = {one for write in keys if name in fields_of(write) for one in write.variables}
    common = {one for write in keys if not fields_of(write) for one in write.variables}
    around = {use.name for use in expression.analysis.variables} - {one for write in keys for one in write.variables}
    return own | common | around


def fields_of(write):
    return {read.path[0] for read in write.reads if read.path}


def flat(writes):
    for one in writes:
        yield one
        yield from flat(one.nested)
