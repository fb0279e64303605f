"""The rules for values that a mapping could lose; each row of `VALUE_RULES` names its function."""

from collections.abc import Iterator
from typing import Any

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.literal_values import bindings_of, table_keys
from unified.models import method_class
from unified.transform.calls.operation import Operation
from unified.transform.compilation.named_calls import calls_in, field_named
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Call, Constant, Number, String

WORD_ARGUMENT = {"enum": 0, "lookup": 1}
"""Functions that look a word up in a table -> the position of the word."""
WRITING = ("write", "create", "update", "upsert", "custom")
"""First steps of places where expressions see a body."""


def _lost_words(subject: MappingSubject) -> Iterator[Found]:
    reported: set[str] = set()
    for found, field in _incomplete_tables(subject):
        reported.add(field)
        yield found
    yield from _unhandled_words(subject, reported)


def _incomplete_tables(subject: MappingSubject) -> Iterator[tuple[Found, str]]:
    """Yield tables in which a word is looked up that they lack."""
    enums = {field.name: field.enum for field in subject.mapping.model.fields if field.enum and field.access != "ro"}
    for place, expression in subject.expressions():
        if place[0] not in WRITING or place[-1] not in {"write", "body"}:
            continue
        for name, call in calls_in(expression, WORD_ARGUMENT):
            field = field_named(call, WORD_ARGUMENT[name])
            if field in enums and not _has_all(call, name, enums[field], expression):
                message = (
                    f"a word of `{field}` that this table lacks is lost in silence: put the table under `enums` and write "
                    f'`$toNative("{field}", {field})`, which refuses it'
                )
                yield Found(place=place, message=message, offset=call.start), field


def _has_all(call: Call, name: str, words: tuple[str, ...], expression: Expression) -> bool:
    """Return whether the table of a call is written out and has every word."""
    at = 1 - WORD_ARGUMENT[name]
    keys = table_keys(call.arguments[at], bindings_of(expression)) if len(call.arguments) > at else frozenset()
    return frozenset(words) <= (frozenset(one.casefold() for one in keys) if name == "enum" else keys)


def _unhandled_words(subject: MappingSubject, reported: set[str]) -> Iterator[Found]:
    """Report words for which a call sends nothing, found by trying them."""
    for operation in _writes(subject):
        for name, lost in sorted(subject.mapping.write_calls.lost_words(operation).items()):
            field = next(one for one in subject.mapping.model.fields if one.name == name)
            words = ", ".join(f"`{_shown(one)}`" for one in field.enum or (True, False) if one in lost)
            if name not in reported:
                message = (
                    f"{words} of `{name}` change nothing in {a_call(operation.method)}, so they are refused: "
                    "send them, or refuse them with a reason"
                )
                yield Found(place=operation.place, message=message, key=True)


def _only_refused(subject: MappingSubject) -> Iterator[Found]:
    """Report fields that a write reads without sending a value."""
    for operation in _writes(subject):
        unwritable = subject.mapping.write_calls.trials(operation.method).unwritable
        for name in sorted(field for place, field in unwritable if place == operation.place):
            message = (
                f"no value of `{name}` is sent by {a_call(operation.method)}, so the field cannot be written: "
                "send it, or do not read it"
            )
            yield Found(place=operation.place, message=message, key=True)


def _failing(subject: MappingSubject) -> Iterator[Found]:
    """Report valid bodies with which a write fails."""
    for method in dict.fromkeys(one.method for one in _writes(subject)):
        reported: set[str] = set()
        for place, name, reason in subject.mapping.write_calls.trials(method).failures():
            if name not in reported:
                reported.add(name)
                hint = " (true and false have no order: `^(>(flag ? 1 : 0))`)" if "order-by needs" in reason else ""
                yield Found(place=place, message=f"{a_call(method)} with a valid `{name}` fails: {reason}{hint}", key=True)


def _writes(subject: MappingSubject) -> Iterator[Operation]:
    choices = subject.mapping.choices
    return (one for name, calls in choices.items() if method_class(name) != "read" and name != "delete" for one in calls)


def a_call(method: str) -> str:
    """Return `an update`, `a create`."""
    return f"{'an' if method[0] in 'aeiou' else 'a'} {method}"


def _constants_written(subject: MappingSubject) -> Iterator[Found]:
    """Report fields that are written, of which every record says the same."""
    mapping = subject.mapping
    written = {
        name: method
        for method in ("update", "create")
        if method in mapping.operations
        for name in mapping.write_calls.writable(method)
    }
    for place, record in subject.records():
        for one in record.analysis.writes or ():
            value = getattr(one.value, "value", None) if isinstance(one.value, String | Number | Constant) else None
            method = written.get(one.key)
            if value is not None and method is not None and mapping.write_calls.writable_words(method).get(one.key) != (value,):
                message = (
                    f"every record says `{_shown(value)}` for `{one.key}`, also after {a_call(method)} sent another value: "
                    "read what the provider has, or do not write it"
                )
                yield Found(place=place, message=message, offset=one.start)


def _shown(word: Any) -> str:
    return str(word).lower() if isinstance(word, bool) else str(word)


def _other_numbers(subject: MappingSubject) -> Iterator[Found]:
    ids = {field.name for field in subject.mapping.model.fields if field.kind == "id" and not field.is_list}
    for place, expression in subject.expressions():
        if place[0] not in WRITING or place[-1] not in {"write", "body", "query"}:
            continue
        for name, call in calls_in(expression, ("number", "numberOrNull")):
            field = field_named(call, 0)
            if field in ids:
                message = (
                    f'`${name}` reads 1e3 as 1000 and 007 as 7, other records than `{field}` means: `$int({field}, "{field}")`'
                )
                yield Found(place=place, message=message, offset=call.start)


VALUE_RULES: tuple[Rule, ...] = (
    Rule(
        code="M111",
        title="constant of a field that is written",
        explanation="What was written is read again. A constant in `record` hides it, and answers a filter on the field "
        "wrongly.",
        check=_constants_written,
    ),
    Rule(
        code="M092",
        title="field that is only refused",
        explanation="A field whose value is never sent cannot be written: it is not offered, and a body with it is refused.",
        severity="warning",
        check=_only_refused,
    ),
    Rule(
        code="M093",
        title="valid body that fails",
        explanation="A body that the model allows is sent or refused; a failure of the mapping answers 502 for it. Every "
        "field is tried, and of lists two entries with every flag, such as two with `is_primary`.",
        check=_failing,
    ),
    Rule(
        code="M090",
        title="words lost in a write",
        explanation="A word that the provider does not have is refused, never dropped or sent as something else. Every word is "
        "tried; of a new record, one may send nothing: the state that records begin with.",
        check=_lost_words,
    ),
    Rule(
        code="M091",
        title="id read as a number",
        explanation="An id is its text; where a provider wants a number, `$int` gives the one of the same digits or refuses.",
        check=_other_numbers,
    ),
)
"""Rules on values that are written, in order of their codes."""
