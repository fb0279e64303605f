"""The rules for the calls of a mapping beyond what loading enforces; each row of `CALL_RULES` names its function."""

from collections.abc import Iterator

import msgspec

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.paging_rules import page_places
from unified.catalog.files.source import DocumentPath
from unified.errors.names import known_names, suggestion
from unified.models import MAKING
from unified.transform.calls.methods import METHODS, WRITING
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.records.revealed_fields import overlap
from unified.transform.tools import documented
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Binary, Block, Constant, Node, Number, Path, String

SENDING = ("query", "headers", "body")
CHOOSING = {("include_deleted",), ("filter",)}
"""Names that `when` may read without sending them: they do not count as conditions."""


def _filter_as_a_whole(subject: MappingSubject) -> Iterator[Found]:
    for operation in subject.mapping.lists:
        for key in SENDING:
            expression = getattr(operation, key)
            for read in expression.analysis.reads if expression is not None else ():
                if read.path == ("filter",):
                    message = (
                        "`filter` is read as a whole: read each condition by name (`filter.email`), otherwise none counts as "
                        "native"
                    )
                    yield Found(place=(*operation.place, key), message=message, offset=read.start)


def _not_sent(subject: MappingSubject) -> Iterator[Found]:
    for operation in subject.mapping.lists:
        if operation.when is None:
            continue
        parts = subject.mapping.list_calls.chained(operation)
        compared = _compared_with_literals(operation.when.tree)
        rechecked = {tuple(name.split(".")) for name in operation.rechecked}
        for read in operation.when.analysis.reads:
            free = read.path and read.path not in CHOOSING and read.path not in compared | rechecked
            if free and not all(any(overlap(read.path, one) for one in _conditions_sent(part)) for part in parts):
                name = ".".join(read.path)
                message = (
                    f"`when` tests `{name}`, which this call does not send: send it, or the filter would wrongly count as "
                    "native"
                )
                yield Found(place=(*operation.place, "when"), message=message, offset=read.start)


def _conditions_sent(operation: Operation) -> set[tuple[str, ...]]:
    calls = [operation, *operation.before.values()]
    expressions = [getattr(one, key) for one in calls for key in SENDING]
    sent = {read.path for one in expressions if one is not None for read in one.analysis.reads}
    return (
        sent
        | {("filter", name) for one in calls for name in names_in(one.path)}
        | {(name,) for name in names_in(operation.path)}
        | {tuple(name.split(".")) for name in (operation.filters.names & operation.native if operation.filters else ())}
    )


def _compared_with_literals(tree: Node) -> set[tuple[str, ...]]:
    """Return the paths that must equal a literal for the call to be chosen: choosing it applies these conditions."""
    if isinstance(tree, Binary) and tree.operator == "and":
        return _compared_with_literals(tree.left) | _compared_with_literals(tree.right)
    if isinstance(tree, Block) and len(tree.expressions) == 1:
        return _compared_with_literals(tree.expressions[0])
    if isinstance(tree, Binary) and tree.operator in {"=", "in"} and isinstance(tree.right, String | Number | Constant):
        return _plain_path(tree.left)
    return set()


def _plain_path(node: Node) -> set[tuple[str, ...]]:
    if not isinstance(node, Path):
        return set()
    return {tuple(str(getattr(step.node, "value", "")) for step in node.steps)}


def _sort_not_read(subject: MappingSubject) -> Iterator[Found]:
    for operation in subject.mapping.lists:
        if not operation.call.sort or operation.call.parts:
            continue
        expressions = [getattr(operation, key) for key in SENDING]
        if not any(use.name == "order" for one in expressions if one is not None for use in one.analysis.variables):
            yield Found(
                place=(*operation.place, "sort"),
                message="`sort` is offered, but neither `query` nor `body` reads `$order`: send the order, or remove `sort`",
            )


def _read_only(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    parts = {"id", *(mapping.id_template.names() if mapping.id_template else ())}
    closed = {field.name for field in mapping.model.fields if field.access == "ro"} - parts
    places: list[tuple[DocumentPath, Expression | None]] = [(("write",), mapping.write_expression)]
    calls = (one for name in sorted(WRITING) for one in mapping.choices.get(name, ()))
    places += [((*one.place, "body"), one.body) for one in calls]
    for place, expression in places:
        for read in expression.analysis.reads if expression is not None else ():
            if read.path and read.path[0] in closed:
                message = f"`{read.path[0]}` of {mapping.model.id} is read-only, so a request body never has it: remove it"
                yield Found(place=place, message=message, offset=read.start)


def _not_in_model(subject: MappingSubject) -> Iterator[Found]:
    model = subject.mapping.model
    for name in METHODS:
        if name in subject.mapping.operations and name not in model.operations:
            message = (
                f"{model.id} has no method {name}, so no one could call it. Methods of the model: {', '.join(model.operations)}"
            )
            yield Found(place=(name,), message=message, key=True)


def _nothing_sent(subject: MappingSubject) -> Iterator[Found]:
    for name in sorted(WRITING):
        operation = subject.mapping.operations.get(name)
        if operation is not None and not subject.mapping.write_calls.writable(name):
            yield Found(place=(name,), message=f"{name} sends no field: add `write`, or a `body` for this call", key=True)


def _required(subject: MappingSubject) -> Iterator[Found]:
    for operation in (one for name in sorted(MAKING) for one in subject.mapping.choices.get(name, ())):
        writable = subject.mapping.write_calls.writable_by(operation)
        for name in operation.call.required:
            if name not in writable:
                sent = known_names(writable) or "nothing"
                message = f"`{name}` is required, but neither `write` nor `body` sends it. Sent: {sent}"
                yield Found(place=(*operation.place, "required"), message=message)


def _unruled_keys(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    writes = any("custom_fields" in mapping.write_calls.writable(name) for name in mapping.operations)
    if writes and not mapping.custom_keys.has_rule:
        message = (
            "custom_fields are written, but nothing says what their keys look like: add `custom_field_pattern`, "
            "or pass patterns such as `*__c` to `$customFields`"
        )
        yield Found(place=("write",), message=message, key=True)


def _unread_before(subject: MappingSubject) -> Iterator[Found]:
    read = {use.name for _, expression in subject.expressions() for use in expression.analysis.variables}
    read |= {name for operation in subject.operations() for name in operation.results}
    for operation in subject.operations():
        for key, calls in (
            ("before", operation.before),
            ("per_page", operation.per_page),
            ("per_record", operation.per_record),
        ):
            for name in calls.keys() - read:
                message = f"no expression reads `${name}`, so the call is never made: read it, or remove the call"
                yield Found(place=(*operation.place, key, name), message=message, key=True)


def _repeated_before(subject: MappingSubject) -> Iterator[Found]:
    """Report calls made first that ask what another one of the same call asks; it is sent once, and read under two names."""
    for operation in subject.mapping.top_calls():
        seen: dict[bytes, str] = {}
        steps = (operation, *operation.after)
        for place, name, call in (
            ((*one.place, "before", name), name, inner.call) for one in steps for name, inner in one.before.items()
        ):
            asked = msgspec.json.encode(msgspec.structs.replace(call, items=None, item=None))
            if asked in seen:
                shared = "" if seen[asked] != name else ", which calls of `after` see too"
                message = f"`{name}` asks what `{seen[asked]}` asks{shared}: read that one"
                yield Found(place=place, message=message, key=True)
            seen.setdefault(asked, name)


def _places(subject: MappingSubject) -> Iterator[Found]:
    for operation in subject.operations():
        if operation.call.pagination is not None:
            yield from page_places(operation.call.pagination, (*operation.place, "pagination"))


def _describe(subject: MappingSubject) -> Iterator[Found]:
    known = (*subject.mapping.methods, "fields")
    for name in subject.mapping.file.document.describe:
        if name not in known:
            message = f"`{name}` is described but not offered.{suggestion(name, known, 'Offered')}"
            yield Found(place=("describe", name), message=message, key=True)


def _undocumented(subject: MappingSubject) -> Iterator[Found]:
    for name in subject.mapping.file.document.custom_methods:
        if not documented(subject.mapping, name):
            message = f"`{name}` has no text under `describe`, so agents are not offered it: describe it there"
            yield Found(place=("custom_methods", name), message=message, key=True)


_NATIVE = "A condition counts as a native filter when a call reads it from the common query; so it must really be sent."

CALL_RULES: tuple[Rule, ...] = (
    lint_rule("M030", "filter read as a whole", _NATIVE, _filter_as_a_whole),
    lint_rule(
        "M031",
        "condition not sent",
        _NATIVE + " A comparison with a literal is fine, because choosing the call applies it. So is `imprecise`.",
        _not_sent,
    ),
    lint_rule(
        "M037",
        "order not sent",
        "Callers may sort by the fields under `sort`, so the call must send the order.",
        _sort_not_read,
    ),
    lint_rule(
        "M038", "read-only field written", "A body with a read-only field is refused before the mapping runs.", _read_only
    ),
    lint_rule(
        "M039", "method not in the model", "The routes of a model are its methods and its custom methods.", _not_in_model
    ),
    lint_rule("M040", "nothing to send", "Writable fields are derived from what `write` or `body` reads.", _nothing_sent),
    lint_rule(
        "M041",
        "required field not sent",
        "A field that is required but cannot be written makes a create or an upsert impossible.",
        _required,
    ),
    lint_rule(
        "M042",
        "result not read",
        "A call under `before` is made only when an expression reads its result.",
        _unread_before,
        severity="warning",
    ),
    lint_rule(
        "M094",
        "call made first declared twice",
        "A request is sent once for a query or a write, however many names its answer has; one name is enough.",
        _repeated_before,
        severity="warning",
    ),
    lint_rule(
        "M045",
        "pagination place",
        "`send` and `size` name a place in the request: `query.NAME`, `body.a.b` or `header.NAME`.",
        _places,
    ),
    lint_rule(
        "M046", "description of an unknown method", "`describe` may only describe methods that the mapping offers.", _describe
    ),
    lint_rule(
        "M048",
        "custom method without a text",
        "Only the mapping knows what a custom method does; agents are offered only described methods.",
        _undocumented,
        severity="warning",
    ),
    lint_rule(
        "M049",
        "custom fields without a rule",
        "Without a rule, a key of `custom_fields` could name any field of the provider, not only a custom one.",
        _unruled_keys,
    ),
)
"""Rules on the calls of a mapping that loads, in order of their codes."""
