"""The rule for words in conditions: what is compared with a word that it can never be chooses nothing, and no one sees it."""

from collections.abc import Collection, Iterator

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.value_rules import a_call
from unified.authoring.lint.rules.variable_paths import paths_below
from unified.catalog.files.source import DocumentPath
from unified.errors.names import suggestion
from unified.transform.calls.methods import WRITING
from unified.transform.calls.operation import Operation
from unified.transform.queries.query import TIMES
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Array, Binary, Filter, Name, Node, Path, Predicate, String, Variable, children

ASKED = ("when", "query", "headers", "body")
"""Expressions of a call whose root is the caller's input."""
CONDITIONS = frozenset({*TIMES, "filter", "search", "include_deleted"})
"""Names that only the root of a list has."""
Words = dict[tuple[str, ...], tuple[str, ...]]
"""Path in an expression → the words that its value can be."""


def _words_compared(subject: MappingSubject) -> Iterator[Found]:
    for place, expression, words in _asked(subject):
        for path, text in _compared(expression.tree):
            known = words.get(path)
            if known is not None and text.value not in known:
                shown = ".".join(path)
                message = f'`{shown}` is never "{text.value}".{suggestion(text.value, known, "Words")}'
                yield Found(place=place, message=message, offset=text.start)


def _asked(subject: MappingSubject) -> Iterator[tuple[DocumentPath, Expression, Words]]:
    """Yield the expressions that see a query or a body, and those that see `$call`, with the words of what they see."""
    mapping = subject.mapping
    enums = {field.name: field.enum for field in mapping.model.fields if field.enum}
    body: Words = {path: words for name, words in enums.items() for path in ((name,), ("$query", name))}
    asked = [(name, *operator) for name in enums for operator in ((), ("in",), ("ne",))]
    query: Words = {(*root, *path): enums[path[0]] for path in asked for root in (("filter",), ("$query", "filter"))}
    calls = tuple(one.call.name for one in subject.operations() if one.method in {"list", "get"} and one.call.name)
    if mapping.write_expression is not None:
        yield ("write",), mapping.write_expression, body
    named: Words = {("$call",): calls} if calls else {}
    yield from ((place, one, named) for place, one in subject.records())
    for top in mapping.top_calls():
        words = query if top.method == "list" else body if top.method in WRITING or top.after else {}
        for operation in (top, *top.before.values(), *top.after):
            yield from ((place, one, words) for place, one in _expressions(operation))
        notices = ((index, one.when) for index, one in enumerate(top.warnings) if one.when is not None)
        yield from (((*top.place, "warnings", index, "when"), when, words) for index, when in notices)


def _expressions(operation: Operation) -> Iterator[tuple[DocumentPath, Expression]]:
    for key in ASKED:
        expression = getattr(operation, key)
        if expression is not None:
            yield (*operation.place, key), expression


def _compared(tree: Node) -> Iterator[tuple[tuple[str, ...], String]]:
    """Yield each path from the root that is compared with a text, and the text; inside of paths, the root is another."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, Path | Filter | Predicate):
            continue
        left += children(node)
        if isinstance(node, Binary) and node.operator in {"=", "!=", "in"}:
            for value, other in ((node.left, node.right), (node.right, node.left)):
                yield from ((_path(value), text) for text in _texts(other))


def _texts(node: Node) -> Iterator[String]:
    if isinstance(node, String):
        yield node
    elif isinstance(node, Array):
        yield from (one for one in children(node) if isinstance(one, String))


def _path(node: Node) -> tuple[str, ...]:
    """Return the names of a path such as `filter.status` or `$query.status`; nothing for another node."""
    if isinstance(node, Variable):
        return (f"${node.name}",)
    if not isinstance(node, Path) or any(step.stages for step in node.steps):
        return ()
    steps = [step.node for step in node.steps]
    names = [one.value if isinstance(one, Name) else f"${one.name}" if isinstance(one, Variable) else "" for one in steps]
    return tuple(str(one) for one in names)


def _conditions_of_none(subject: MappingSubject) -> Iterator[Found]:
    """Report what reads the conditions of a list in other calls, unless a list has the same expression, which is for both."""
    known = {field.name for field in subject.mapping.model.fields}
    of_lists = {one.source for _, one in _expressions_of(subject, {"list"})}
    for place, expression in _expressions_of(subject, set(subject.mapping.choices) - {"list"}):
        read = [(one.path, one.start) for one in expression.analysis.reads]
        read += [(one.names, one.start) for one in paths_below(expression, "query")]
        found = min((start for path, start in read if path and path[0] in CONDITIONS - known), default=None)
        if found is not None and expression.source not in of_lists:
            message = f"{a_call(_method(place))} has no conditions, so this is always empty: only lists are given them"
            yield Found(place=place, message=message, offset=found)


def _method(place: DocumentPath) -> str:
    """Return the method of a call at a place."""
    return str(place[1] if place[0] == "custom_methods" else place[0])


def _expressions_of(subject: MappingSubject, methods: Collection[str]) -> Iterator[tuple[DocumentPath, Expression]]:
    """Yield the expressions of the calls of some methods, and of the calls that are made with them."""
    for top in (one for method in methods for one in subject.mapping.choices.get(method, ())):
        for operation in (top, *top.before.values(), *top.per_page.values(), *top.after):
            yield from _expressions(operation)


CONDITION_RULES: tuple[Rule, ...] = (
    lint_rule(
        "M097",
        "word that cannot be",
        "A condition with a word that its field does not have, or a `$call` that no call is named, is never true, and `!=` "
        "always: the call is never chosen, or always.",
        _words_compared,
    ),
    lint_rule(
        "M110",
        "condition of a list in another call",
        "`filter`, `search` and times are given to lists; in a create, a get or a delete they are never there, so what is sent "
        "from them is lost.",
        _conditions_of_none,
    ),
)
"""Rules on the conditions of calls."""
