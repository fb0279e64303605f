"""The rules for values that a mapping could lose; each row of `VALUE_RULES` names its function."""

from collections.abc import Iterator

from unified.authoring.findings import Found, Rule
from unified.authoring.lint_context import MappingSubject
from unified.transform.named_calls import calls_in, field_named

WORD_ARGUMENT = {"enum": 0, "lookup": 1}
"""Functions that look a word up in a table -> the position of the word."""
WRITING = ("write", "create", "update", "upsert", "custom")
"""First steps of places where expressions see a body."""


def _lost_words(subject: MappingSubject) -> Iterator[Found]:
    enums = {field.name for field in subject.mapping.model.fields if field.enum and field.access != "ro"}
    for place, expression in subject.expressions():
        if place[0] not in WRITING or place[-1] not in {"write", "body"}:
            continue
        for name, call in calls_in(expression, WORD_ARGUMENT):
            field = field_named(call, WORD_ARGUMENT[name])
            if field in enums:
                message = (
                    f"a word of `{field}` that this table lacks is lost in silence: put the table under `enums` and write "
                    f'`$toNative("{field}", {field})`, which refuses it'
                )
                yield Found(place=place, message=message, offset=call.start)


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
        code="M090",
        title="words lost in a write",
        explanation="A word that the provider does not have is refused, never dropped or sent as something else.",
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
