"""The rules for bodies: where a call may have one, and forms that are not JSON; each row of `BODY_RULES` names its function."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.transform.calls.operation import Operation
from unified.transport.http1.messages import WITH_BODY

WRITES = frozenset({"create", "update", "upsert"})


def _roots(subject: MappingSubject) -> Iterator[Found]:
    """Report bodies sent as XML that are visibly no document, which has one element."""
    for operation in subject.operations():
        if operation.encoding != "xml":
            continue
        keys = _keys(subject, operation)
        if keys is not None and len(keys) != 1:
            part = "body" if operation.body is not None else "request"
            advice = "put them in one object" if operation.body is not None else "add `body` with `$write` under its name"
            names = ", ".join(f"`{key}`" for key in sorted(keys)) or "none"
            message = f"a document has one element, and this body has the keys {names}: {advice}"
            yield Found(place=(*operation.place, part), message=message)


def _keys(subject: MappingSubject, operation: Operation) -> set[str] | None:
    """Return the top keys of what a call sends; None where it sends nothing, or they are not known."""
    write = subject.mapping.write_expression if operation.method in WRITES else None
    expression = operation.body or write
    if expression is None or expression.analysis.writes is None:
        return None
    return {one.key for one in expression.analysis.writes}


def _lists(subject: MappingSubject) -> Iterator[Found]:
    """Report lists received as XML whose records cannot be found."""
    for operation in subject.operations():
        is_list = operation.method in {"list", "fields"} and not operation.call.parts
        if is_list and operation.receives == "xml" and operation.items is None:
            message = "a document is an object with the name of its element: say with `items` where the records are"
            yield Found(place=(*operation.place, "request"), message=message)


def _bodiless(subject: MappingSubject) -> Iterator[Found]:
    """Report bodies of calls that are made with a method which has none."""
    for operation in subject.operations():
        written = operation.method in WRITES and subject.mapping.write_expression is not None
        if operation.verb not in WITH_BODY and (operation.body is not None or written):
            part = "body" if operation.body is not None else "request"
            message = f"a {operation.verb} request has no body, and is never sent with one: send the values with `query`"
            yield Found(place=(*operation.place, part), message=message)


BODY_RULES: tuple[Rule, ...] = (
    Rule(
        code="M087",
        title="document without one element",
        explanation="A body that is sent as XML is an object with one key, the name of the document's element.",
        check=_roots,
    ),
    Rule(
        code="M086",
        title="records in a document",
        explanation="A document is an object and never a list, so `items` must say where the records of a list are.",
        check=_lists,
    ),
    Rule(
        code="M089",
        title="body with a method that has none",
        explanation="HTTP defines bodies for POST, PUT and PATCH, and allows them with DELETE; with another method, a server "
        "may take the body for the next request.",
        check=_bodiless,
    ),
)
"""Rules on how calls of a mapping send and receive, in order of their codes."""
