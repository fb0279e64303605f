"""Paths: a walk through the sample document, with predicates, orders, bindings and groups on the way."""

import re
from typing import Any, Final

from jsonata_benchmarks.fuzzing.generator import Generator, Scope, item_of

PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ELSEWHERE: Final = ("name", "id", "tags", "missing", "items", "parts", "a b", "and")


def plain(gen: Generator, scope: Scope) -> tuple[str, Any]:
    """A path of names only, and a sample of what it gives."""
    text, sample = _start(gen, scope)
    for _ in range(gen.rng.choice((0, 0, 1, 1, 2))):
        item = item_of(sample, gen.rng)
        if not isinstance(item, dict):
            break
        name, sample = _name(gen, item)
        text += f".{name}"
    return text, sample


def path(gen: Generator, scope: Scope) -> tuple[str, Any]:
    """A path with all that may stand in one."""
    text, sample = _start(gen, scope)
    if text.startswith("$"):
        if gen.rng.random() < 0.3:
            text += predicate(gen, scope, sample)
    else:
        text, scope = _decorated(gen, scope, text, sample)
    names = 0 if text.startswith(("$", "%", "*")) else 1
    for _ in range(gen.rng.choice((0, 1, 1, 2, 2, 3))):
        item = item_of(sample, gen.rng)
        scope = scope.below(context=item, parents=scope.parents + names)
        if scope.depth < 0 or not (isinstance(item, dict) or gen.rng.random() < 0.3):
            break
        step, sample = _step(gen, scope, item)
        names = names + 1 if PLAIN.fullmatch(step) else 0
        text += f".{step}"
        if not step.startswith(("(", "{", "[", "$")):
            text, scope = _decorated(gen, scope, text, sample)
    return text + _ending(gen, scope.below(context=item_of(sample, gen.rng))), sample


def _start(gen: Generator, scope: Scope) -> tuple[str, Any]:
    draw = gen.rng.random()
    item = item_of(scope.context, gen.rng)
    if scope.variables and draw < 0.35:
        name, sample = gen.rng.choice(scope.variables)
        return f"${name}", sample
    if 0.35 <= draw < 0.38:
        return "$", scope.context
    if 0.38 <= draw < 0.43:
        return "$$", scope.root
    if 0.43 <= draw < 0.45 and scope.parents:
        return "%", None
    if 0.45 <= draw < 0.48:
        return gen.rng.choice(("*", "**")), item
    return _name(gen, item) if isinstance(item, dict) and item else ("$", scope.context)


def _name(gen: Generator, item: dict[str, Any]) -> tuple[str, Any]:
    draw = gen.rng.random()
    name = gen.rng.choice(ELSEWHERE if draw < 0.08 or not item else tuple(item))
    quoted = not PLAIN.fullmatch(name) or name in {"and", "or", "in"} or draw > 0.97
    return (f"`{name}`" if quoted else name), item.get(name)


def _step(gen: Generator, scope: Scope, item: Any) -> tuple[str, Any]:
    draw = gen.rng.random()
    if draw < 0.62 and isinstance(item, dict):
        return _name(gen, item)
    if draw < 0.68:
        return "*", (gen.rng.choice(list(item.values())) if isinstance(item, dict) and item else None)
    if draw < 0.72:
        return "**", item
    if draw < 0.77 and scope.parents:
        return "%", None
    if draw < 0.84:
        return f"({gen.of('x', scope)})", item
    if draw < 0.9:
        return gen.rng.choice((_object, _array))(gen, scope), None
    return gen.rng.choice(("$string()", "$uppercase()", "$type($)", "$keys()", "$count($)", "$boolean()", "$")), "x"


def _object(gen: Generator, scope: Scope) -> str:
    return "{" + pairs(gen, scope, gen.rng.choice((1, 1, 2))) + "}"


def _array(gen: Generator, scope: Scope) -> str:
    return f"[{gen.of('x', scope)}, {gen.of('x', scope)}]"


def pairs(gen: Generator, scope: Scope, count: int) -> str:
    """`key: value` of an object, so many times, the key mostly a literal."""
    keys = gen.rng.sample(("a", "b", "key", "é"), count)
    return ", ".join(f"{_key(gen, scope, key)}: {gen.of('x', scope.below())}" for key in keys)


def _key(gen: Generator, scope: Scope, literal: str) -> str:
    return gen.of("s", scope.below()) if gen.rng.random() < 0.15 else gen.text(literal)


def _decorated(gen: Generator, scope: Scope, text: str, sample: Any) -> tuple[str, Scope]:
    """The text of a step with what is done to its values; the scope gains the variables bound on the way."""
    item, draw = item_of(sample, gen.rng), gen.rng.random
    if draw() < 0.05:
        name = gen.variable(scope)
        text, scope = f"{text}@${name}", scope.with_variable(name, item)
    if draw() < 0.06:
        name = gen.variable(scope)
        text, scope = f"{text}#${name}", scope.with_variable(name, 1)
    if draw() < 0.28:
        text += predicate(gen, scope, sample)
    if draw() < 0.08:
        text += order(gen, scope, item)
    if draw() < 0.08:
        text += predicate(gen, scope, sample)
    return text + ("[]" if draw() < 0.06 else ""), scope


def predicate(gen: Generator, scope: Scope, sample: Any) -> str:
    """`[…]`: a position, several, or a condition on each item."""
    draw, item = gen.rng.random(), item_of(sample, gen.rng)
    if draw < 0.3:
        return f"[{gen.rng.choice(('0', '1', '-1', '-2', '9', '1.5', '0.9'))}]"
    if draw < 0.4:
        return gen.rng.choice(("[[0..1]]", "[[1, 0]]", "[[-1]]", "[[]]"))
    inner = scope.below(context=item, parents=scope.parents + 1)
    return f"[{gen.of('n' if draw > 0.95 else 'b', inner)}]"


def order(gen: Generator, scope: Scope, item: Any) -> str:
    """`^(…)` of one or two keys."""
    inner = scope.below(context=item, parents=scope.parents + 1)
    keys = (gen.leaf(gen.rng.choice("nsx"), inner) for _ in range(gen.rng.choice((1, 1, 2))))
    return "^(" + ", ".join(gen.rng.choice(("", "<", ">")) + key for key in keys) + ")"


def _ending(gen: Generator, scope: Scope) -> str:
    if gen.rng.random() >= 0.07 or scope.depth < 0:
        return ""
    key = gen.leaf("s", scope)
    return "{" + f"$string({key}): {gen.of('x', scope.below())}" + "}"
