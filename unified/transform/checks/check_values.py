"""The rules for functions that refuse a caller's value, and for enums; errors give file, line, column and known names."""

from collections.abc import Iterator

from unified.catalog.files.source import DocumentPath
from unified.catalog.files.text_policy import problems_in
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.transform.calls.operation import ON_ANSWERS
from unified.transform.compilation.enums import EnumTable
from unified.transform.compilation.named_calls import calls_in, calls_of, literal
from unified.transform.compilation.writable_words import field_of_native
from unified.transform.mapping import Mapping
from unified_jsonata import Expression
from unified_jsonata.analysis.free import free_names
from unified_jsonata.syntax.tree import Call

FIELD_ARGUMENT = {"refuse": 0, "int": 1, "toNative": 2}
"""Functions that refuse a value -> the position of the common field that they refuse it at."""
ENUM_FUNCTIONS = ("toCommon", "toNative")


def refusal_problems(mapping: Mapping, key: str, place: DocumentPath, expression: Expression) -> Iterator[CatalogError]:
    """Yield the problems of an expression's refusals: in one on the provider's answer, or at an unknown field."""
    source, known = mapping.file.source, known_fields(mapping)
    for name, call in calls_in(expression, FIELD_ARGUMENT):
        if key in ON_ANSWERS:
            message = f"`${name}` refuses what a caller sends, so it has no place in `{key}`, which reads the provider's answer"
            yield source.error(place, message, offset=call.start, rule=LoadRule.MISPLACED_REFUSAL)
        if name == "refuse" and _reads_results(mapping, call):
            message = (
                "the text of `$refuse` cannot hold results of other calls: it may be shown to callers who must not see them"
            )
            yield source.error(place, message, offset=call.start, rule=LoadRule.MISPLACED_REFUSAL)
        text = literal(call, 1) if name == "refuse" else None
        for problem in problems_in(text.value) if text is not None else ():
            yield source.error(place, f"the text of `$refuse`: {problem}", offset=call.start, rule=LoadRule.MISPLACED_REFUSAL)
        field = literal(call, FIELD_ARGUMENT[name])
        if field is not None and field.value.split(".")[0] not in known:
            message = f"`${name}` refuses at `{field.value}`, no field of {mapping.model.id}.{suggestion(field.value, known)}"
            yield source.error(place, message, offset=field.start, rule=LoadRule.MISPLACED_REFUSAL)


def _reads_results(mapping: Mapping, call: Call) -> bool:
    text = call.arguments[1] if len(call.arguments) > 1 else None
    return text is not None and any(use.name in mapping.file.results for use in free_names(text)[0])


def known_fields(mapping: Mapping) -> frozenset[str]:
    """Return the names that a refusal can point to: fields and path parameters of the model."""
    return frozenset({field.name for field in mapping.model.fields} | set(mapping.model.path_parameters))


def enum_problems(mapping: Mapping, place: DocumentPath, expression: Expression) -> Iterator[CatalogError]:
    """Yield what is wrong with an expression's use of enums: one that is not defined, or words that the field does not have."""
    for name, call in calls_in(expression, ENUM_FUNCTIONS):
        enum = literal(call, 0)
        if enum is None:
            message = f"`${name}` needs the name of an enum as text, so that its words are known"
            yield mapping.file.source.error(place, message, offset=call.start, rule=LoadRule.UNKNOWN_ENUM)
        elif enum.value not in mapping.enums:
            known = known_names(mapping.enums) or "none"
            message = f"no enum is called `{enum.value}`.{did_you_mean(enum.value, mapping.enums)} Known: {known}"
            yield mapping.file.source.error(place, message, offset=enum.start, rule=LoadRule.UNKNOWN_ENUM)
        else:
            yield from _words(mapping, place, expression, name, call)


def _words(mapping: Mapping, place: DocumentPath, expression: Expression, name: str, call: Call) -> Iterator[CatalogError]:
    table = mapping.enums[getattr(literal(call, 0), "value", "")]
    field = field_of_native(call) if name == "toNative" else _filled_by(expression, call)
    enum = next((one.enum for one in mapping.model.fields if one.name == field), ())
    known = mapping.enum_fields.get(table.name, field)
    if name == "toNative" and len(call.arguments) < 3 and known != field:  # noqa: PLR2004 - the third names the field
        message = f"`{table.name}` is written for `{known}` and `{field}`: name the field as the third argument of `$toNative`"
        yield mapping.file.source.error(place, message, offset=call.start)
    unknown = sorted(set(table.written) - set(enum)) if enum else []
    if unknown:
        message = f"`{field}` cannot be `{unknown[0]}`.{did_you_mean(unknown[0], enum)} Words of the field: {', '.join(enum)}"
        yield mapping.file.source.error(_place(mapping, table, place), message, rule=LoadRule.UNKNOWN_ENUM)


def _filled_by(expression: Expression, call: Call) -> str | None:
    """Return the field of a record that a call gives its value to."""
    for write in expression.analysis.writes or ():
        if any(one is call for _, one in calls_of(write.value, ENUM_FUNCTIONS)):
            return write.key
    return None


def _place(mapping: Mapping, table: EnumTable, place: DocumentPath) -> DocumentPath:
    return ("enums", table.name) if table.name in mapping.file.document.enums else place
