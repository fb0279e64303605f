"""The rules for lists: none may end early or look whole, and no call may repeat another; each row names its function."""

from collections.abc import Iterator

import msgspec

from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.paging_rules import UNBOUNDED
from unified.catalog.mapping import Call
from unified.transform.calls.operation import Operation
from unified.transform.queries.pagination import lacks_bound


def _page_size(subject: MappingSubject) -> Iterator[Found]:
    """Report calls whose pages may be shorter than asked; a cause in the provider's file is reported there."""
    for operation in subject.operations():
        own = operation.call.pagination
        place = (*operation.place, "pagination")
        removed = "max_size" in subject.mapping.file.source.nulls_at(place)
        is_paged = own is not None and (removed or own.size is not None or own.type is not None)
        if operation.verb and (is_paged or operation.pages.rules.size is None) and lacks_bound(operation.pages):
            yield Found(place=place if is_paged else operation.place, message=UNBOUNDED, key=True)


def _repeated(subject: MappingSubject) -> Iterator[Found]:
    """Report list calls with `when` that ask and read what the last one does."""
    *several, last = subject.mapping.lists or (None,)
    for operation in several:
        if operation is not None and last is not None and operation.when is not None and _same(operation, last):
            message = "this is the same request as the last list call, which takes what this one would: remove it"
            yield Found(place=operation.place, message=message, key=True)


def _same(one: Operation, other: Operation) -> bool:
    return _content(one.call) == _content(other.call)


def _content(call: Call) -> Call:
    """Return a call without what chooses and names it."""
    return msgspec.structs.replace(call, when=None, name=None, imprecise=())


LIST_RULES: tuple[Rule, ...] = (
    lint_rule(
        "M100",
        "page size without a bound",
        "A page that is shorter than it was asked for is the last one, unless the provider gives less than that to anybody. So "
        "the mapping must know the most that it gives: `max_size`, in addition to `size`, or where `$limit` is sent.",
        _page_size,
    ),
    lint_rule(
        "M101",
        "list call repeated",
        "A list call with `when` is for a request that the last one does not make.",
        _repeated,
        severity="warning",
    ),
)
"""Rules on the list calls of a mapping that loads, in order of their codes."""
