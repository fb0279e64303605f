"""Objects, arrays and groups."""

from collections.abc import Sequence

import msgspec

from unified_jsonata.compiler.functions import calls
from unified_jsonata.compiler.objects import shaped
from unified_jsonata.compiler.objects.contexts import object_place
from unified_jsonata.compiler.paths import paths, streams
from unified_jsonata.compiler.paths.steps import Reached, is_cons, reached_items
from unified_jsonata.compiler.writing.generator import Generator
from unified_jsonata.compiler.writing.kinds import ALL, ARRAY, DEEP, MISSING, NUMBER, OBJECT, PLAIN, SHALLOW, STRING, Value
from unified_jsonata.compiler.writing.place import Place
from unified_jsonata.syntax.tree import Array, Group, Node, Object, Pair, Path, Range, String


def constructed(gen: Generator, node: Object, at: Place) -> Value:
    """Return the value of `{…}`."""
    literal = all(isinstance(pair.key, String) for pair in node.pairs)
    listed = at.context.may(ARRAY) and not at.whole
    if not literal and listed:
        return _grouped(gen, node.pairs, f"items_or_one({at.context.code})", at.context, at)
    if not literal:
        return _computed(gen, node.pairs, at)
    keys = [pair.key.value for pair in node.pairs if isinstance(pair.key, String)]
    if len(set(keys)) < len(keys):
        gen.place = next(pair.start for at, pair in enumerate(node.pairs) if keys[at] in keys[:at])
        gen.line("fail('D1009')")
    inner = object_place(gen, at)
    if gen.shape is not None and node is gen.shaped:
        return shaped.record(gen, gen.shape, node.pairs, keys, inner)
    return _literal(gen, node.pairs, keys, inner)


def _literal(gen: Generator, pairs: Sequence[Pair], keys: Sequence[str], at: Place) -> Value:
    """Compile an object with known keys: made at once, then missing values are removed."""
    at = at.inside(top=False) if at.top else at
    shown: list[str] = []
    values: list[Value] = []
    missing: list[tuple[str, str, bool]] = []
    marks, level = PLAIN, at.loop
    for key, pair in zip(keys, pairs, strict=True):
        value = gen.put(gen.value(pair.value, at), at, "U")
        if value.may(MISSING):
            value = gen.simple(value)
            missing.append((key, value.code, isinstance(pair.value, Path)))
        marks, level = max(marks, DEEP if value.marks else PLAIN), min(level, value.held)
        shown.append(f"{gen.quoted(key)}: {value.code}")
        values.append(value)
    found = _display(gen, "{", shown, "}")
    _without_missing(gen, found, missing)
    for key, value in zip(keys, values, strict=True):
        if value.simple and not value.marks:  # what was just written need not be read
            gen.remember((found, key, False), value)
            gen.remember((found, key, True), value)
    return Value(found, OBJECT, marks, level)


def _without_missing(gen: Generator, name: str, missing: Sequence[tuple[str, str, bool]]) -> None:
    """Take out what is not there: fields that were only read together, since they seldom miss, others one by one."""
    read = [code for _, code, is_read in missing if is_read]
    together = len(read) >= MANY
    for key, code, is_read in missing:
        if not (together and is_read):
            gen.line(f"if {code} is U: del {name}[{gen.quoted(key)}]")
    if together:
        gen.line(f"if {' or '.join(f'{code} is U' for code in read)}: drop({name})")


MANY = 3
"""Fields that are asked about in one line."""


def _display(gen: Generator, opening: str, shown: list[str], closing: str) -> str:
    name = gen.name("o")
    if sum(map(len, shown)) < 90:  # noqa: PLR2004 - what fits a line
        gen.line(f"{name} = {opening}{', '.join(shown)}{closing}")
        return name
    gen.line(f"{name} = {opening}")
    for one in shown:
        gen.line(f"    {one},")
    gen.line(closing)
    return name


def _computed(gen: Generator, pairs: Sequence[Pair], at: Place) -> Value:
    """Compile an object with computed keys over one value as its context."""
    at = at.inside(whole=False, top=False)
    keys = [_computed_key(gen, pair.key, at) for pair in pairs]
    if len(pairs) == 1 and keys[0].kind == STRING:
        value = gen.named(gen.put(gen.value(pairs[0].value, at), at, "U"))
        if not value.may(MISSING):
            made = gen.temp(f"{{{keys[0].code}: {value.code}}}")
            return Value(made.code, OBJECT, DEEP if value.marks else PLAIN, min(at.loop, value.held))
    if len(keys) > 1:
        gen.line(f"distinct_keys({', '.join(key.code for key in keys)})")
    found = gen.name("o")
    gen.line(f"{found} = {{}}")
    marks, level = PLAIN, at.loop
    for key, pair in zip(keys, pairs, strict=True):
        with gen.block(f"if {key.code} is not U:"):
            value = gen.simple(gen.put(gen.value(pair.value, at), at, "U"))
            marks, level = max(marks, DEEP if value.marks else PLAIN), min(level, value.held)
            there = f"if {value.code} is not U: " if value.may(MISSING) else ""
            gen.line(f"{there}{found}[{key.code}] = {value.code}")
    return Value(found, OBJECT, marks, level)


def _computed_key(gen: Generator, node: Node, at: Place) -> Value:
    """Return a key: a string, or missing."""
    key = gen.named(gen.value(node, at.used()))
    gen.place = node.start
    return key if key.kind == STRING else gen.temp(f"key_of({key.code})", STRING | MISSING)


def group(gen: Generator, node: Group, at: Place) -> Value:
    """Return the value of `base{…}`."""
    if isinstance(node.base, Path) and streams.is_stream(gen, node.base):
        return streams.group(gen, node, at)
    if isinstance(node.base, Path):
        reached = paths.walk(gen, node.base, at.used())
        source = _grouped_items(gen, node.base, reached)
        return _grouped(gen, node.pairs, source.code, source, at)
    base = gen.simple(calls.ungathered(gen, node.base, at.used()))
    return _grouped(gen, node.pairs, f"items_or_one({base.code})", base, at)


def _grouped_items(gen: Generator, base: Path, reached: Reached) -> Value:
    """Return the list that a path has come to. A single array written as the last step is that list."""
    if not reached.flat:
        value = reached.value
        return gen.temp(f"items_or_one({value.code})", ARRAY, DEEP) if value.marks == DEEP else reached_items(gen, reached)
    last = base.steps[-1]
    if last.stages or not is_cons(last.node):
        return reached.value
    return gen.temp(f"only({reached.value.code})", ARRAY, DEEP)


def _grouped(gen: Generator, pairs: Sequence[Pair], source: str, of: Value, at: Place) -> Value:
    """Return the values of a list gathered by key; keys and values are computed by functions of the context."""
    shown = []
    marks = PLAIN
    for pair in pairs:
        key = _key(gen, pair, of, at)
        value = _value(gen, pair, of, at)
        marks = max(marks, DEEP if value.marks else PLAIN)
        shown.append(f"({key}, {value.code}), ")
    gen.place = pairs[0].start if pairs else gen.place
    return gen.temp(f"group(B, {source}, ({''.join(shown)}))", OBJECT, marks, at.loop)


def _key(gen: Generator, pair: Pair, of: Value, at: Place) -> str:
    name, item = gen.name("f"), gen.name("c")
    inner = Place(Value(item, ALL, DEEP if of.marks == DEEP else PLAIN, at.loop + 1), at.scope, loop=at.loop + 1)
    with gen.define(name, [item]):
        gen.line(f"return {gen.value(pair.key, inner).code}")
    return name


def _value(gen: Generator, pair: Pair, of: Value, at: Place) -> Value:
    name, item = gen.name("f"), gen.name("c")
    marks = DEEP if of.marks == DEEP else SHALLOW
    inner = at.inside(context=Value(item, ALL, marks, at.loop + 1), loop=at.loop + 1, whole=False, top=False)
    with gen.define(name, [item]):
        found = gen.put(gen.value(pair.value, inner), inner, "U")
        gen.line(f"return {found.code}")
    return Value(name, found.kind, found.marks)


def array(gen: Generator, node: Array, at: Place) -> Value:
    """Return the value of `[…]`."""
    at = at.inside(top=False) if at.top else at
    if len(node.items) == 1:
        return _of_one(gen, node.items[0], at)
    values = [_item(gen, item, at) for item in node.items]
    marks = max([DEEP if value.marks == DEEP else PLAIN for value, _ in values], default=PLAIN)
    item, level = 0, min([at.loop, *(value.held for value, _ in values)])
    for value, _ in values:
        item |= ALL if value.may(ARRAY) else value.kind & ~MISSING
    ready = [value for value, whole in values if _is_one(value, whole=whole)]
    if len(ready) == len(values):
        return Value(_display(gen, "[", [value.code for value in ready], "]"), ARRAY, marks, level, item=item)
    name = gen.name("a")
    gen.line(f"{name} = []")
    for value, whole in values:
        _add(gen, name, value, whole=whole)
    if any(value.may(ARRAY) and not whole for value, whole in values):
        _counted(gen, name)
    return Value(name, ARRAY, marks, level, item=item)


def _is_one(value: Value, *, whole: bool) -> bool:
    """Return whether an item adds exactly one value to its array."""
    return not value.may(MISSING if whole else ARRAY | MISSING)


def _counted(gen: Generator, name: str) -> None:
    """Count an array made of others, when it is long: as long as they are together, so it may be made before."""
    gen.line(f"if len({name}) > {LONG}: B.items(len({name}))")


LONG = 1_000
"""Values from which an array made of others is counted."""


def _add(gen: Generator, name: str, value: Value, *, whole: bool) -> None:
    if whole or not value.may(ARRAY):
        gen.collect(name, value)
    elif value.marks != PLAIN:
        gen.line(f"append({name}, {value.code})")
    else:
        gen.line(f"if type({value.code}) is list: {name}.extend({value.code})")
        there = f"elif {value.code} is not U" if value.may(MISSING) else "else"
        gen.line(f"{there}: {name}.append({value.code})")


def _item(gen: Generator, node: Node, at: Place) -> tuple[Value, bool]:
    """Return the value of an item, and whether it is added as one even if it is an array.

    An array as written keeps that right behind a predicate, which may select nothing: what is missing adds nothing.
    """
    if isinstance(node, Range):
        return span(gen, node, at), False
    value = gen.put(gen.value(node, at), at, "None")
    whole = is_cons(_without_focus(node))
    if whole and value.marks:
        value = msgspec.structs.replace(value, marks=DEEP)
    return gen.simple(value), whole


def _without_focus(node: Node) -> Node:
    """Return a single value without its `@`, which has no effect."""
    alone = isinstance(node, Path) and len(node.steps) == 1 and node.steps[0].focus is not None and not node.steps[0].stages
    return node.steps[0].node if alone and isinstance(node, Path) else node


def span(gen: Generator, node: Range, at: Place) -> Value:
    """Return the values of a range, as a list."""
    low = gen.simple(gen.value(node.low, at.used()))
    high = gen.simple(gen.value(node.high, at.used()))
    gen.place = node.low.start
    return msgspec.structs.replace(gen.temp(f"[*span(B, {low.code}, {high.code})]", ARRAY, PLAIN, at.loop), item=NUMBER)


def _of_one(gen: Generator, node: Node, at: Place) -> Value:
    """Compile `[value]`: when the value is a path over a list, its list as it is."""
    if isinstance(node, Range):
        return span(gen, node, at)
    if isinstance(node, Path) and _is_walked(gen, node):
        reached = paths.walk(gen, node, at)
        if reached.flat and not reached.item & ARRAY:
            value = reached.value
            return Value(value.code, ARRAY, value.marks, value.level, item=reached.item)
        value = gen.put(paths.finished(gen, reached, at, keep=False), at, "None")
        whole = False
    else:
        value, whole = _item(gen, node, at)
    return _collected(gen, gen.simple(value), at, whole=whole)


def _is_walked(gen: Generator, node: Path) -> bool:
    """Return whether a path is a walk through its steps and nothing else."""
    if node.keep_array or streams.is_stream(gen, node) or is_cons(node.steps[0].node):
        return False
    return not paths.is_alone(node)


def _collected(gen: Generator, value: Value, at: Place, *, whole: bool) -> Value:
    marks = DEEP if value.marks == DEEP else PLAIN
    item = ALL if value.may(ARRAY) else value.kind & ~MISSING
    if _is_one(value, whole=whole):
        return Value(gen.temp(f"[{value.code}]").code, ARRAY, marks, min(at.loop, value.held), item=item)
    code, joins = value.code, value.may(ARRAY) and not whole
    missing = f"[] if {code} is U else " if value.may(MISSING) else ""
    made = f"{f'[*{code}] if isinstance({code}, list) else ' if joins else ''}{missing}[{code}]"
    found = gen.temp(made).code
    if joins:
        _counted(gen, found)
    return Value(found, ARRAY, marks, min(at.loop, value.held), item=item)
