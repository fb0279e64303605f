"""The rules for expressions of a mapping, its record above all; each row of `RECORD_RULES` names its function."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.literal_values import bindings_of, texts_given
from unified.errors.names import did_you_mean, known_names, suggestion
from unified.models import Field, FieldDefinition, fields_of
from unified.models.target import ESSENTIAL
from unified.transform.compilation.custom_function import custom_roots
from unified.transform.writes.write import BUILT_FROM
from unified_jsonata.analysis import Write
from unified_jsonata.syntax.tree import Block, Object, Path

IMPLIED = frozenset({"remote_id"})
"""Required fields that follow from others."""


def _remote_words(subject: MappingSubject) -> Iterator[Found]:
    known = {field.remote_of: field.name for field in subject.mapping.model.fields if field.remote_of}
    for place, record in subject.records():
        writes = {write.key: write for write in record.analysis.writes or ()}
        for name, write in writes.items():
            if name in known and known[name] not in writes and write.reads:
                message = f"`{name}` is given without `{known[name]}`, so the provider's own value is lost: add `{known[name]}`"
                yield Found(place=place, message=message, offset=write.start)


def _enum_values(subject: MappingSubject) -> Iterator[Found]:
    fields = {field.name: field for field in subject.mapping.model.fields}
    for place, record in subject.records():
        bound = bindings_of(record)
        for write, field in _fields_written(record.analysis.writes or (), fields):
            for text in texts_given(write.value, bound):
                if text.value not in field.enum:
                    hint = did_you_mean(text.value, field.enum)
                    message = f'`{field.name}` cannot be "{text.value}".{hint} Values: {", ".join(field.enum)}'
                    yield Found(place=place, message=message, offset=text.start)


def _fields_written(writes: tuple[Write, ...], fields: dict[str, Field]) -> Iterator[tuple[Write, Field]]:
    for write in writes:
        field = fields.get(write.key)
        if field is not None and field.enum:
            yield write, field
        elif field is not None and field.nested:
            yield from _fields_written(write.nested, {one.name: one for one in field.nested})


def _nested_fields(subject: MappingSubject) -> Iterator[Found]:
    fields = {field.name: field for field in subject.mapping.model.fields}
    for place, record in subject.records():
        for write in record.analysis.writes or ():
            field = fields.get(write.key)
            known = {one.name for one in field.nested} if field else set()
            for inner in write.nested if known else ():
                if inner.key not in known:
                    message = f"an entry of `{write.key}` has no field `{inner.key}`.{suggestion(inner.key, known)}"
                    yield Found(place=place, message=message, offset=inner.start)


def _over_a_path(subject: MappingSubject) -> Iterator[Found]:
    for place, record in subject.records():
        tree = record.tree
        while isinstance(tree, Block) and tree.expressions:
            tree = tree.expressions[-1]
        if isinstance(tree, Path) and len(tree.steps) > 1 and isinstance(tree.steps[-1].node, Object):
            message = (
                "an object for each value of a path gives nothing, an object or a list: begin with `{` and read the path inside"
            )
            yield Found(place=place, message=message, offset=tree.start)


def _essential(subject: MappingSubject) -> Iterator[Found]:
    """Report fields without which no record is valid."""
    model = subject.mapping.model
    needed = [field.name for field in model.fields if field.required and field.kind != "map"]
    for place, record in subject.records():
        given = {write.key for write in record.analysis.writes or ()}
        known = given | {name for name, parts in BUILT_FROM.items() if all(given & set(part) for part in parts)}
        for name in needed:
            if name not in known | IMPLIED and not record.analysis.open:
                yield Found(place=place, message=f"`{name}` is missing: add it, every record needs one")


def _empty_entries(subject: MappingSubject) -> Iterator[Found]:
    fields = {field.name: field for field in subject.mapping.model.fields}
    for place, record in subject.records():
        for write in record.analysis.writes or ():
            field = fields.get(write.key)
            missing = _missing_parts(field, {inner.key for inner in write.nested}) if field is not None and write.nested else ()
            if missing:
                names = known_names(f"`{name}`" for name in missing)
                message = f"entries of `{write.key}` lack {names}, without which none is valid: add it"
                yield Found(place=place, message=message, offset=write.start)


def _definition_keys(subject: MappingSubject) -> Iterator[Found]:
    """Report keys and types that a field definition cannot have; the service would leave the key out, or fail."""
    definitions = subject.mapping.definitions
    if definitions is None or definitions.record is None:
        return
    known = {field.name: field for field in fields_of(FieldDefinition) if field.name != "common_field"}
    place, bound = (*definitions.place, "record"), bindings_of(definitions.record)
    for write in definitions.record.analysis.writes or ():
        if write.key not in known:
            message = f"a field definition has no `{write.key}`.{suggestion(write.key, known)}"
            yield Found(place=place, message=message, offset=write.start)
            continue
        words = known[write.key].enum
        for text in texts_given(write.value, bound) if words else ():
            if text.value not in words:
                message = f'`{write.key}` cannot be "{text.value}".{did_you_mean(text.value, words)} Values: {", ".join(words)}'
                yield Found(place=place, message=message, offset=text.start)


def _missing_parts(field: Field, given: set[str]) -> tuple[str, ...]:
    """Return the essential values of an entry, if it has none of them, or the required ones that it lacks."""
    essential = ESSENTIAL.get(field.struct, ()) if field.struct is not None else ()
    if essential:
        return () if given & set(essential) else essential
    return tuple(one.name for one in field.nested if one.required and one.kind != "map" and one.name not in given | IMPLIED)


def _custom_roots(subject: MappingSubject) -> Iterator[Found]:
    for place, record in subject.records():
        roots = sorted(".".join(root) or "the whole object" for root in custom_roots(record))
        if len(roots) > 1:
            given = ", ".join(roots)
            message = f"`$customFields` gets several objects ({given}): a name that is read from one is left out of all of them"
            yield Found(place=place, message=message)


def _analysis(subject: MappingSubject) -> Iterator[Found]:
    for place, expression in subject.expressions():
        for problem in expression.analysis.problems:
            if problem.code in {"duplicate_key", "not_a_function"}:
                yield Found(place=place, message=problem.message, offset=problem.start)


def _unknown_reads(subject: MappingSubject) -> Iterator[Found]:
    for place, expression in subject.expressions():
        for problem in expression.analysis.problems:
            if problem.code in {"dynamic", "too_complex"}:
                yield Found(place=place, message=problem.message, offset=problem.start)


RECORD_RULES: tuple[Rule, ...] = (
    lint_rule(
        "M032",
        "enum without the provider's value",
        "A common enum is coarser than the provider's values; `remote_<field>` keeps the original value.",
        _remote_words,
        severity="warning",
    ),
    lint_rule(
        "M033",
        "value not in the enum",
        "Every record with a value that the model does not know would fail.",
        _enum_values,
    ),
    lint_rule(
        "M034",
        "unknown field of an entry",
        "A key that is not in the model makes every record with it fail.",
        _nested_fields,
    ),
    lint_rule(
        "M035",
        "essential field missing",
        "Without an id a record cannot be requested again; without another field that the model requires it is refused.",
        _essential,
    ),
    lint_rule(
        "M036",
        "several custom roots",
        "`$customFields` leaves out the names that the mapping reads, regardless of the object that they are read from.",
        _custom_roots,
        severity="warning",
    ),
    lint_rule(
        "M043",
        "contradictory expression",
        "A key occurs twice in an object, or something is called that is not a function.",
        _analysis,
    ),
    lint_rule(
        "M044",
        "unknown reads",
        "`$reads` and coverage are derived from expressions, so what an expression reads must be visible in it.",
        _unknown_reads,
        severity="warning",
    ),
    lint_rule(
        "M075",
        "entries without their value",
        "An entry without its essential value, such as an e-mail without an address, is left out of the list.",
        _empty_entries,
    ),
    lint_rule(
        "M076",
        "unknown part of a field definition",
        "`record` of `fields` makes a field definition; other keys are left out, and other types make the call fail.",
        _definition_keys,
    ),
    lint_rule(
        "M047",
        "object over a path",
        "One record in, one record out: the engine iterates, an expression never does.",
        _over_a_path,
    ),
)
"""Rules on the expressions of a mapping that loads, in order of their codes."""
