"""`$map`, `$filter`, `$reduce`, `$each` and `$sift` of a literal lambda, as Python loops."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.expressions.lambdas import bind_parameters
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import (
    ALL,
    ANY,
    ARRAY,
    DEEP,
    EVERYWHERE,
    FUNCTION,
    JSON,
    MISSING,
    NUMBER,
    OBJECT,
    PLAIN,
    SHALLOW,
    STRING,
    Value,
)
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.compiler.writing.scope import Binding, Scope
from unified_jsonata.compiler.writing.scopes import opened
from unified_jsonata.compiler.writing.truth import truth
from unified_jsonata.compiler.writing.unwrapping import unwrapped
from unified_jsonata.syntax.tree import Call, Lambda


def loop(gen: Generator, name: str, node: Call, body: Lambda, first: Sequence[Value], at: Place, *, keep: bool) -> Value:
    """Return the value of such a call."""
    others = [one for one in node.arguments if one is not body]
    values = [*first, *(gen.simple(gen.value(one, at.used())) for one in others)]
    gen.place = node.start
    source = gen.named(values[0] if values else at.context)
    if name in ("each", "sift"):
        return _over_object(gen, name, source, body, at, keep=keep, implied=not values)
    if name == "reduce":
        return _reduced(gen, source, values[1:], body, at)
    return _over_array(gen, name, source, body, at, keep=keep)


def _items(gen: Generator, source: Value) -> tuple[str, int]:
    """Return the Python list that is gone through, and the kinds of its values."""
    code = source.code
    if source.kind == ARRAY:
        return code, source.item & ~MISSING
    flat = gen.as_list(source)
    if flat:
        return flat, source.item & ~MISSING
    shown = f"{code} if isinstance({code}, list) else () if {code} is U else [{code}]"
    item = source.item if not source.kind & ~(ARRAY | MISSING) else ALL if source.marks == DEEP else ANY
    return gen.temp(shown, ARRAY).code, item & ~MISSING


def _over_array(gen: Generator, name: str, source: Value, body: Lambda, at: Place, *, keep: bool) -> Value:
    items, kind = _items(gen, source)
    out, item = gen.name("a"), gen.name("c")
    gen.line(f"{out} = []")
    marks = DEEP if source.marks == DEEP else PLAIN
    place = gen.name("i") if len(body.parameters) > 1 else None
    value = Value(item, kind, marks, at.loop + 1)
    given = [value, Value(place or "0", NUMBER, level=EVERYWHERE), Value(items, ARRAY, max(marks, source.marks), source.level)]
    weight = gen.plan.weight(body)
    counted = f"B.loop({items}, {weight})"
    head = f"for {item} in {counted}:" if place is None else f"for {place}, {item} in enumerate({counted}):"
    with gen.loop(head):
        result = _round(
            gen,
            body,
            given,
            at.inside(final=at.final and name == "map", loop=at.loop + 1, raw=name == "map"),
            test=name == "filter",
        )
        if name == "filter":
            gen.line(f"if {result.code}: {out}.append({item})")
        else:
            gen.collect(out, result)
    held, marks = (kind, marks) if name == "filter" else (result.kind & ~MISSING, DEEP if result.marks else PLAIN)
    level = min(at.loop, source.level if name == "filter" else result.held)
    there = "" if not source.may(MISSING) else items if items == source.flat else f"{source.code} is not U"
    return _sequence(gen, Value(out, ARRAY, marks, level, item=held), at, keep=keep, there=there)


def _sequence(gen: Generator, gathered: Value, at: Place, *, keep: bool, there: str = "") -> Value:
    """Return what was gathered, as its place wants it. `there`: the condition that there was an array to go through at all."""
    if not at.raw:
        return gen.gathered(gathered, at, keep=keep)
    gen.raws += 1
    if at.plain and not there:
        return gathered
    made = gathered.code if at.plain else f"Raw({gathered.code})"
    marks = gathered.marks if at.plain else max(gathered.marks, SHALLOW)
    kind = ARRAY | MISSING if there else ARRAY
    found = gen.temp(f"{made} if {there} else U" if there else made, kind, marks, gathered.level)
    return msgspec.structs.replace(found, item=gathered.item)


def _round(gen: Generator, body: Lambda, given: Sequence[Value], at: Place, *, test: bool = False) -> Value:
    """Write one call of the body: in place, or as a function when it makes functions that are kept."""
    if gen.crowded or gen.plan.has_closure((body.body,)):
        return _apart(gen, body, given, at, test=test)
    scope = Scope(at.scope)
    bind_parameters(gen, body, given, scope)
    inner = opened(gen, (body.body,), at.inside(scope=scope), scope)
    if test:
        return Value(gen.test(body.body, inner))
    return gen.simple(gen.put(gen.value(body.body, inner), inner))


def _apart(gen: Generator, body: Lambda, given: Sequence[Value], at: Place, *, test: bool) -> Value:
    name = gen.name("f")
    scope = Scope(at.scope)
    parameters = [gen.name("v") for _ in body.parameters]
    for parameter, python, value in zip(body.parameters, parameters, given, strict=False):
        scope.bindings[parameter] = Binding(python, Value(python, ALL, value.marks, value.level))
    for parameter, python in list(zip(body.parameters, parameters, strict=True))[len(given) :]:
        scope.bindings[parameter] = Binding(python, Value(python, MISSING))
    with gen.define(name, parameters, "=U"):
        inner = opened(gen, (body.body,), at.inside(scope=scope), scope)
        found = gen.put(gen.value(body.body, inner), inner)
        gen.line(f"return {found.code}")
    codes = ", ".join(unwrapped(gen, value).code for value in given[: len(parameters)])
    result = gen.temp(f"{name}({codes})", found.kind, found.marks, found.level)
    return Value(truth(result)) if test else result


def _over_object(gen: Generator, name: str, source: Value, body: Lambda, at: Place, *, keep: bool, implied: bool) -> Value:
    source = gen.simple(source)
    held = f"entries({source.code}, {name!r}, {implied})"
    whole = gen.temp(held, OBJECT, source.marks, source.level)
    key, item = gen.name("i"), gen.name("c")
    out = gen.name("a" if name == "each" else "o")
    gen.line(f"{out} = {'[]' if name == 'each' else '{}'}")
    marks = DEEP if source.marks == DEEP else PLAIN
    given = [Value(item, ALL if marks else JSON, marks, at.loop + 1), Value(key, STRING, level=EVERYWHERE), whole]
    weight = gen.plan.weight(body)
    gen.line(f"B.spend(len({whole.code}) * {weight})")
    with gen.loop(f"for {key}, {item} in {whole.code}.items():"):
        result = _round(
            gen,
            body,
            given,
            at.inside(final=at.final and name == "each", loop=at.loop + 1, raw=name == "each"),
            test=name == "sift",
        )
        if name == "sift":
            gen.line(f"if {result.code}: {out}[{key}] = {item}")
        else:
            gen.collect(out, result)
    if name == "sift":
        return gen.temp(f"{out} or U", OBJECT | MISSING, marks, source.level)
    marks = DEEP if result.marks else PLAIN
    gathered = Value(out, ARRAY, marks, min(at.loop, result.held), item=result.kind & ~MISSING)
    return _sequence(gen, gathered, at, keep=keep)


def _reduced(gen: Generator, source: Value, start: Sequence[Value], body: Lambda, at: Place) -> Value:
    if len(body.parameters) < 2:  # noqa: PLR2004 - what is carried, and a value
        gen.line("fail('D3050', 'reduce')")
    items, kind = _items(gen, source)
    carried, item, place = gen.name("v"), gen.name("c"), gen.name("i")
    marks = DEEP if source.marks == DEEP else PLAIN
    if start:
        start = [gen.named(start[0])]
        if start[0].may(FUNCTION) or start[0].marks == DEEP:
            gen.line(f"if type({start[0].code}) is Function: fail('T0410', 'reduce')")
        gen.line(f"{carried}, {place} = ({start[0].code}, 0) if {start[0].code} is not U else (first({items}), 1)")
    else:
        gen.line(f"{carried}, {place} = first({items}), 1")
    given = [
        Value(carried, ALL, DEEP, -1),
        Value(item, kind, marks, at.loop + 1),
        Value(place, NUMBER, level=EVERYWHERE),
        Value(items, ARRAY, max(marks, source.marks), -1),
    ]
    weight = gen.plan.weight(body)
    if source.may(MISSING):
        gen.line(f"if {source.code} is U: {carried} = U")
    with gen.loop(f"for {place}, {item} in enumerate(B.loop({items}[{place}:], {weight}), {place}):"):
        raws = gen.raws
        if at.raw:
            gen.line(f"{carried} = settle({carried})")  # a variable that is read unwraps, the value of the call does not
        result = _round(gen, body, given, at.inside(final=False, loop=at.loop + 1, raw=True))
        settled = gen.raws > raws and not at.raw
        gen.raws = raws if settled else gen.raws
        gen.line(f"{carried} = settle({result.code})" if settled else f"{carried} = {result.code}")
    return Value(carried, result.kind | kind | MISSING | (start[0].kind if start else 0), DEEP, -1)
