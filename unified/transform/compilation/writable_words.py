"""The words of an enum field that a write can send, read off the tables by which it is written."""

from collections.abc import Iterable, Iterator

from unified.models import Model
from unified.transform.compilation.enums import Enums
from unified.transform.compilation.named_calls import calls_in, field_named, literal
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Call


def field_of_native(call: Call) -> str | None:
    """Return the field that `$toNative(enum, word, field?)` writes: named, read by its plain name, or called like the enum."""
    named = literal(call, 2) or literal(call, 0)
    return named.value if len(call.arguments) > 2 and named else field_named(call, 1) or (named.value if named else None)  # noqa: PLR2004


def fields_written(expression: Expression) -> Iterator[tuple[str, str]]:
    """Yield each enum that an expression writes without naming the field, and the field that it reads for it."""
    for _, call in calls_in(expression, {"toNative"}):
        enum, field = literal(call, 0), field_named(call, 1)
        if enum is not None and field is not None and len(call.arguments) < 3:  # noqa: PLR2004
            yield enum.value, field


def writable_words(writing: Iterable[Expression], enums: Enums, model: Model) -> dict[str, tuple[str, ...]]:
    """Return, for each enum field that expressions write by a table, its words in the order of the model."""
    words: dict[str, set[str]] = {}
    for expression in writing:
        for _, call in calls_in(expression, {"toNative"}):
            enum, field = literal(call, 0), field_of_native(call)
            if enum is not None and field is not None and enum.value in enums:
                words.setdefault(field, set()).update(enums[enum.value].written)
    known = {field.name: field.enum for field in model.fields}
    return {name: tuple(word for word in known.get(name, ()) if word in found) for name, found in words.items()}
