"""The rule for texts of documents (XML) that are taken for flags or numbers: any text is true, and none equals `true` or 1."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.literal_values import bindings_of
from unified.catalog.files.source import DocumentPath
from unified.transform.calls.operation import Operation
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import (
    Binary,
    Call,
    Condition,
    Constant,
    Default,
    Filter,
    Name,
    Node,
    Number,
    Path,
    Variable,
    children,
)

ON_DOCUMENTS = ("items", "item", "new_id", "is_new", "record")
"""Expressions of a call that read its answer."""
TESTED = frozenset({"not", "boolean"})
"""Functions that take their argument as a condition."""


def _text_conditions(subject: MappingSubject) -> Iterator[Found]:
    for place, expression in _reading_documents(subject):
        for node in _tested_only(expression):
            text = expression.source[node.start : node.end]
            message = (
                f'`{text}` is text here, and as a condition any text is true, also "0" and "false": '
                f"`$flag({text})` for a flag, `$exists({text})` for whether it exists"
            )
            yield Found(place=place, message=message, offset=node.start)


def _text_compared(subject: MappingSubject) -> Iterator[Found]:
    for place, expression in _reading_documents(subject):
        left = [expression.tree]
        while left:
            node = left.pop()
            left += children(node)
            if not isinstance(node, Binary) or node.operator not in {"=", "!="}:
                continue
            for value, other in ((node.left, node.right), (node.right, node.left)):
                if is_plain(value) and _is_no_text(other):
                    text, came = (expression.source[one.start : one.end] for one in (value, other))
                    message = f"`{text}` is text here, and never equals {came}: `$flag({text})` for a flag, "
                    yield Found(place=place, message=f"{message}`$number({text})` for a number", offset=node.start)


def _is_no_text(node: Node) -> bool:
    return isinstance(node, Number) or (isinstance(node, Constant) and node.value is not None)


def _text_misread(subject: MappingSubject) -> Iterator[Found]:
    yield from _text_conditions(subject)
    yield from _text_compared(subject)


def _reading_documents(subject: MappingSubject) -> Iterator[tuple[DocumentPath, Expression]]:
    """Yield the expressions that read an answer which is a document."""
    operations = [one for one in subject.operations() if one.receives == "xml"]
    for operation in operations:
        for key in ON_DOCUMENTS:
            expression = getattr(operation, key)
            if expression is not None:
                yield (*operation.place, key), expression
    if any(_makes_records(one) for one in operations):
        mapping = subject.mapping
        yield ("record",), mapping.record
        yield from (((key,), one) for key, one in (("version", mapping.version), ("warnings", mapping.warnings)) if one)


def _makes_records(operation: Operation) -> bool:
    return operation.record is None and operation.method not in {
        "before",
        "after",
        "per_page",
        "per_record",
        "find_new",
        "fields",
    }


def _tested_only(expression: Expression) -> Iterator[Node]:
    """Yield the plain paths that are conditions and are used as values nowhere else in the expression."""
    tested: list[Node] = []
    values: list[str] = []
    bound = {name for name, value in bindings_of(expression).items() if is_plain(value)}
    left: list[tuple[Node, bool]] = [(expression.tree, False)]
    while left:
        node, is_tested = left.pop()
        if is_plain(node) or (isinstance(node, Variable) and node.name in bound):
            if is_tested:
                tested.append(node)
            else:
                values.append(expression.source[node.start : node.end])
            continue
        left += [(one, one in conditions_of(node)) for one in children(node)]
    for node in sorted(tested, key=lambda one: one.start):
        text = expression.source[node.start : node.end]
        if not any(one == text or one.startswith(f"{text}.") for one in values):
            yield node


def is_plain(node: Node) -> bool:
    """Return whether a node reads a value by names alone, such as `Worker.Active` or `$status.Active`."""
    if not isinstance(node, Path) or any(step.stages for step in node.steps):
        return False
    first, *rest = (step.node for step in node.steps)
    return isinstance(first, Name | Variable) and all(isinstance(one, Name) for one in rest)


def conditions_of(node: Node) -> tuple[Node, ...]:
    """Return what a node takes as a condition."""
    if isinstance(node, Condition):
        return (node.test,)
    if isinstance(node, Binary) and node.operator in {"and", "or"}:
        return (node.left, node.right)
    if isinstance(node, Filter):
        return (node.expression,)
    if isinstance(node, Default) and node.operator == "?:":
        return (node.left,)
    if isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name in TESTED:
        return node.arguments
    return ()


FLAG_RULES: tuple[Rule, ...] = (
    Rule(
        code="M096",
        title="text as a condition",
        explanation="Every value of a document is text: any text is true, and none equals a number or boolean. `$flag` reads a "
        "flag, `$exists` says whether it exists; a path that is also used as a value is taken to be tested for that.",
        severity="warning",
        check=_text_misread,
    ),
)
"""Rules on what is read from documents."""
