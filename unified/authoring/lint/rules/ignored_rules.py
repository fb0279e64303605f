"""The rules for keys of a mapping that have no effect, and for keys without which a call cannot have its effect."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.variable_paths import paths_below
from unified.catalog.mapping import EXPRESSIONS
from unified.errors.names import known_names
from unified.models import MAKING, UPSERT, method_class
from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.checks.check_expressions import NEVER_VERSIONED
from unified_jsonata.analysis.summary import Write as KeyWritten

_SENT = frozenset({"request", "query", "headers", "body", "send", "receive", "before", "errors"})
_RECORD = frozenset({"item", "record"})
_FOLLOWED = frozenset({"per_page", "per_record"})
_LISTED = frozenset(
    {"name", "when", "items", "record", "pagination", "sort", "from", "parents", "windows", "imprecise", "required", "warnings"}
)
EFFECTIVE: dict[str, frozenset[str]] = {
    "list": _SENT | _FOLLOWED | _LISTED,
    "get": _SENT | _RECORD | _FOLLOWED | {"from"},
    "create": _SENT | _RECORD | {"after", "new_id", "find_new", "read_back", "required"},
    "update": _SENT | _RECORD | {"after", "read_back", "when"},
    UPSERT: _SENT | _RECORD | {"after", "new_id", "find_new", "read_back", "is_new", "required"},
    "delete": _SENT | {"after"},
    "custom": _SENT | _RECORD | {"after", "read_back", "required"},
    "fields": _SENT | {"items", "record", "pagination"},
    "before": (_SENT | {"items", "item", "when", "pagination"}) - {"before"},
    "after": _SENT | {"when", "for_each"},
    "per_page": (_SENT | {"items", "item", "when", "pagination", "batch"}) - {"before"},
    "find_new": (_SENT | {"new_id"}) - {"before"},
    "per_record": (_SENT | {"items", "item", "when", "pagination"}) - {"before"},
}
"""Purpose of a call → its keys that have an effect."""
CALL_KEYS = frozenset({"otherwise"}).union(*EFFECTIVE.values())
CHAINED = frozenset({"name", "when", "from", "imprecise", "sort", "warnings"})
"""Keys of a list call with `from` that have an effect; the calls that it names have the others."""


def purpose(operation: Operation) -> str:
    """Return what a call is for: its method, `custom`, `fields`, `before` or `after`."""
    return operation.method if operation.method in EFFECTIVE else "custom"


def _of_a_choice(operation: Operation) -> frozenset[str]:
    """Return the keys that one of several calls of a method has besides."""
    if not isinstance(operation.place[-1], int):
        return frozenset()
    return frozenset({"when", "name", "otherwise"}) if operation.method == "get" else frozenset({"when"})


def _without_effect(subject: MappingSubject) -> Iterator[Found]:
    keys = subject.mapping.file.source.keys
    for operation in subject.operations():
        allowed = CHAINED if operation.call.parts else EFFECTIVE[purpose(operation)] | _of_a_choice(operation)
        if operation.call.from_list:
            allowed = frozenset({"from"}) | _of_a_choice(operation)
        for key in sorted(CALL_KEYS - allowed):
            if (*operation.place, key) in keys:
                message = f"`{key}` has no effect in {shown_purpose(operation)}: remove it. With effect: {known_names(allowed)}"
                yield Found(place=(*operation.place, key), message=message, key=True)


def _removes_nothing(subject: MappingSubject) -> Iterator[Found]:
    """Report a null that takes away a key which the provider file does not have."""
    mapping = subject.mapping
    for operation in subject.operations():
        for key, given in (("pagination", mapping.provider.pagination), ("errors", mapping.provider.errors)):
            for name in sorted(mapping.file.source.nulls_at((*operation.place, key))):
                if getattr(given, name, None) in (None, {}, ()):
                    message = f"`{name}: null` has no effect: `{key}` of the provider file has no `{name}` to take away"
                    yield Found(place=(*operation.place, key, name), message=message, key=True)


def _idle_keys(subject: MappingSubject) -> Iterator[Found]:
    yield from _without_effect(subject)
    yield from _removes_nothing(subject)


def shown_purpose(operation: Operation) -> str:
    """Return what a call is for, in words of a message."""
    if operation.call.source:
        return "a call with `from`"
    return f"a call of `{purpose(operation)}`"


def _overridden(subject: MappingSubject) -> Iterator[Found]:
    """Report keys that another key of the same call takes the place of."""
    for operation in subject.operations():
        call, place = operation.call, operation.place
        if call.sort and call.parts:
            yield Found(place=(*place, "sort"), message="`sort` cannot be kept over the lists of `from`: remove it", key=True)
        if call.sort and call.windows:
            yield Found(place=(*place, "sort"), message="`sort` cannot be kept over `windows`: remove it", key=True)
        yield from _replaced_by_windows(operation)
        if call.read_back and call.new_id is None and call.find_new is None and operation.method == "create":
            message = "`read_back` needs `new_id`, the id of the new record: without it, every create fails after it was made"
            yield Found(place=(*place, "read_back"), message=message, key=True)


def _replaced_by_windows(operation: Operation) -> Iterator[Found]:
    """Report a parameter or header that a call builds, and that `windows` write their days over."""
    rules = operation.call.windows
    for name, where in () if rules is None else (("from", rules.source), ("to", rules.to)):
        kind, _, key = where.partition(".")
        part = {"query": "query", "header": "headers", "body": "body"}[kind]
        expression = getattr(operation, part)
        for written in expression.analysis.writes or () if expression is not None else ():
            if written.key == key:
                message = f"`{key}` has no effect in `{part}`: `windows.{name}` is sent there; remove it, or correct the place"
                yield Found(place=(*operation.place, part), message=message, offset=written.start)


def _unused_lists(subject: MappingSubject) -> Iterator[Found]:
    chained = {name for operation in subject.mapping.lists for name in operation.call.parts} | subject.listed_by_name
    seen: set[str] = set()
    for index, operation in enumerate(subject.mapping.lists):
        name = operation.call.name
        place = ("list", index, "name")
        if name and name in seen:
            yield Found(place=place, message=f"another list call is named `{name}`: give each its own name")
        elif name and operation.when is None and name not in chained and index < len(subject.mapping.lists) - 1:
            yield Found(
                place=place, message=f"`{name}` has no `when`, and no `from` or `parents` names it, so it is never used"
            )
        seen.add(name or "")


def _at_most_one(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    lists = {field.name for field in mapping.model.fields if field.is_list}
    writable = {name for method in mapping.operations for name in mapping.write_calls.writable(method)}
    for name in mapping.file.document.at_most_one:
        if name not in lists & writable:
            why = "not written" if name in lists else f"no list field of {mapping.model.id}"
            known = known_names(lists & writable) or "none"
            message = f"`{name}` is {why}, so `at_most_one` has no effect on it. Written lists: {known}"
            yield Found(place=("at_most_one",), message=message)


def _unused_keys(subject: MappingSubject) -> Iterator[Found]:
    """Report keys of the file that nothing uses."""
    mapping, document = subject.mapping, subject.mapping.file.document
    custom = "custom_fields"
    uses_custom = custom in mapping.filled or any(custom in mapping.write_calls.writable(name) for name in mapping.operations)
    sends_write = any(name in mapping.operations for name in WRITING)
    reads = any(use.name == "reads" for _, one in subject.expressions() for use in one.analysis.variables)
    versioned = set(mapping.choices) - NEVER_VERSIONED
    unused = {
        "write": document.write is not None and not sends_write and "there is neither `create` nor `update`",
        "objects": bool(document.objects) and mapping.model.id != "crm.associations" and "only crm.associations has objects",
        "custom_field_pattern": document.custom_field_pattern is not None
        and not uses_custom
        and "custom_fields are neither read nor written",
        "sort": bool(document.sort) and not any(one.call.sort for one in mapping.lists) and "no list call sends `$order`",
        "version": document.version is not None and not versioned and "no call changes or deletes a record",
        "reads": document.reads is not None and not reads and document.reads.names is None and "no call sends `$reads`",
    }
    for key, why in unused.items():
        if why:
            yield Found(place=(key,), message=f"`{key}` has no effect: {why}", key=True)


def _unsent_nulls(subject: MappingSubject) -> Iterator[Found]:
    """Report keys of `nulls` that no body has, if the expressions tell all keys of the bodies."""
    mapping = subject.mapping
    calls = (one for name, calls in mapping.choices.items() if method_class(name) != "read" for one in calls)
    bodies = [step.body for one in calls for step in (one, *one.after) if step.body is not None]
    sending = [*bodies, *((mapping.write_expression,) if mapping.write_expression is not None else ())]
    if any(one.analysis.open for one in sending):
        return
    known = {name for one in sending for name in _names(one.analysis.writes or ())}
    for name in mapping.file.document.nulls:
        if name.rpartition(".")[2] not in known:
            message = f"`{name}` has no effect: no body of a write has this key. Keys: {known_names(known) or 'none'}"
            yield Found(place=("nulls", name), message=message, key=True)


def _names(writes: tuple[KeyWritten, ...]) -> Iterator[str]:
    for one in writes:
        yield one.key
        yield from _names(one.nested)


def _no_id_sent(subject: MappingSubject) -> Iterator[Found]:
    """Report calls about one record that do not say which."""
    mapping = subject.mapping
    parts = {"id", *(mapping.id_template.names() if mapping.id_template else ())}
    for operation in (one for calls in mapping.choices.values() for one in calls):
        name = operation.method
        if name in {"list", *MAKING} or operation.call.from_list:
            continue
        expressions = [one for key in EXPRESSIONS if (one := getattr(operation, key)) is not None]
        named = {read.path[0] for one in expressions for read in one.analysis.reads if read.path} | set(
            names_in(operation.path)
        )
        below = {path.names[0] for one in expressions for path in paths_below(one, "query") if path.names}
        if not parts & (named | below):
            message = (
                f"{name} does not say which record: send {known_names(f'`{part}`' for part in parts)} in the path or the body"
            )
            yield Found(place=operation.place, message=message, key=True)


def _no_definition(subject: MappingSubject) -> Iterator[Found]:
    definitions = subject.mapping.definitions
    if definitions is not None and definitions.record is None:
        yield Found(place=("fields",), message="`fields` needs `record`, which makes a field definition of each item", key=True)


def _unused(subject: MappingSubject) -> Iterator[Found]:
    yield from _unused_keys(subject)
    yield from _unsent_nulls(subject)


IGNORED_RULES: tuple[Rule, ...] = (
    lint_rule("M060", "key without effect", "A key without effect misleads the reader.", _idle_keys),
    lint_rule("M061", "key overridden", "Two keys of a call contradict each other, and one of them is ignored.", _overridden),
    lint_rule(
        "M068",
        "list call never used",
        "Only the last list call, one with `when`, and one that `from` or `parents` name are used.",
        _unused_lists,
    ),
    lint_rule(
        "M069", "at most one of nothing", "`at_most_one` refuses more than one entry of a list that is written.", _at_most_one
    ),
    lint_rule("M070", "key of the file without effect", "A key without effect misleads the reader.", _unused),
    lint_rule(
        "M071",
        "record not named",
        "A get, an update, a delete and a custom method are about one record, so the call must name it.",
        _no_id_sent,
    ),
    lint_rule("M072", "fields without record", "Field definitions are made by the `record` of `fields`.", _no_definition),
)
"""Rules on what has no effect in a mapping that loads, in order of their codes."""
