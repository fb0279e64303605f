"""The rules for calls: the keys of each, and the choice between several."""

from collections.abc import Iterator

from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, known_names
from unified.models import UPSERT
from unified.transform.calls.operation import Operation
from unified.transform.checks.check_paths import path_problems
from unified.transform.compilation.compile import READING
from unified.transform.mapping import Mapping
from unified.transform.queries.pagination import KEYS

PAGE_KEYS = ("send", "next", "more", "total", "total_in", "field", "page_info", "first")


def call_problems(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Yield the problems of the keys of one call."""
    call, place, source = operation.call, operation.place, mapping.file.source
    if (call.request is None) == (not call.source):
        came = "both" if call.source else "none of them"
        yield source.error(place, f"expected one of `request` and `from`, got {came}", rule=LoadRule.NO_WAY_TO_CALL)
    yield from _named_fields(mapping, operation)
    yield from _verb(mapping, operation)
    yield from _results(mapping, operation)
    yield from _afterwards(mapping, operation)
    yield from _parents(mapping, operation)
    yield from _windows(mapping, operation)
    yield from _page_keys(mapping, operation)
    yield from path_problems(mapping, operation)


def choice_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield what is wrong with the choice between several calls of a method."""
    yield from _lists(mapping)
    yield from _choices(mapping)


def _named_fields(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report orders, required fields and imprecise conditions that there are not."""
    call, place, source = operation.call, operation.place, mapping.file.source
    known = {field.name for field in mapping.model.fields}
    for key, names in (("sort", tuple(call.sort)), ("required", call.required)):
        for name in names:
            if name not in known:
                yield source.error(
                    (*place, key),
                    f"{mapping.model.id} has no field `{name}`.{did_you_mean(name, known)}",
                    rule=LoadRule.UNKNOWN_FIELD,
                )
    for name in call.imprecise:
        if name not in operation.native:
            message = (
                f"`{name}` is not read by this call, so there is nothing to apply again. Read: {known_names(operation.native)}"
            )
            yield source.error((*place, "imprecise"), message, rule=LoadRule.IMPRECISE_NOTHING)


def _verb(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a read that could change something, and a write that would only read."""
    reads = operation.method in READING
    if operation.verb and operation.verb not in ({"GET", "POST"} if reads else {"POST", "PUT", "PATCH", "DELETE"}):
        expected = "GET, or POST for a search: it only reads" if reads else "POST, PUT, PATCH or DELETE: it writes"
        message = f"`{operation.verb}` in a call of `{operation.method}`: expected {expected}"
        yield mapping.file.source.error((*operation.place, "request"), message)


def _results(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report two calls with one name."""
    for name in sorted(
        {*operation.per_page} & {*operation.per_record} | {*operation.before} & {*operation.per_page, *operation.per_record}
    ):
        message = f"two calls have the name `{name}`: give each result its own"
        yield mapping.file.source.error(
            (*operation.place, "per_record" if name in operation.per_record else "per_page", name), message, key=True
        )


def _afterwards(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a write after which the record cannot be read."""
    source, call, find = mapping.file.source, operation.call, operation.find_new
    if find is not None and (not call.read_back or find.new_id is None):
        message = "`find_new` needs `new_id` in it, and `read_back` next to it"
        yield source.error((*operation.place, "find_new"), message, key=True)
    if call.read_back and "get" not in mapping.operations:
        yield source.error(
            (*operation.place, "read_back"), "`read_back` needs a `get` call in this file", rule=LoadRule.READ_BACK_WITHOUT_GET
        )


def _parents(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report a list over parents that its path does not name."""
    parents = operation.parents
    if parents is None:
        return
    for key in ("before", "name", "sort", "from"):
        if getattr(operation.call, "source" if key == "from" else key):
            message = f"`{key}` has no effect in a list over parents: remove it"
            yield mapping.file.source.error((*operation.place, key), message, key=True, rule=LoadRule.LIST_PARENTS)
    if operation.parent is not None:
        return
    referring = [one.name for one in mapping.model.fields if one.reference == parents.model]
    names = known_names(f"{{{name}}}" for name in referring) or "none, as no field of the model refers to it"
    message = f"the path must name the parent's id. Fields of {mapping.model.id} that refer to {parents.model}: {names}"
    yield mapping.file.source.error((*operation.place, "parents"), message, rule=LoadRule.LIST_PARENTS)


def _windows(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Report windows by a field that records do not have, as each would be in all of them, and places that are taken."""
    if operation.windows is None:
        return
    rules, pages = operation.windows.rules, operation.pages.rules
    taken = {"pagination.send": pages.send, "pagination.size": pages.size}
    for name, where in (("from", rules.source), ("to", rules.to)):
        if other := next((key for key, one in taken.items() if one == where), None):
            message = f"`{other}` is sent at `{where}` too, so one of them is lost: correct the place of one"
            yield mapping.file.source.error((*operation.place, "windows", name), message, rule=LoadRule.WINDOWS)
        taken[f"windows.{name}"] = where
    if operation.record is not None or rules.of in mapping.filled:
        return
    message = f"`record` does not fill `{operation.windows.rules.of}`, so no one can say in which window a record is"
    yield mapping.file.source.error((*operation.place, "windows", "of"), message, rule=LoadRule.WINDOWS)


def _page_keys(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    rules = operation.pages.rules
    needed, allowed = KEYS[rules.type or "none"]
    present = {name for name in PAGE_KEYS if getattr(rules, name) is not None}
    for name in sorted(needed - present):
        yield mapping.file.source.error(
            (*operation.place, "pagination"), f"pagination type {rules.type} needs `{name}`", rule=LoadRule.PAGINATION_KEYS
        )
    own = operation.call.pagination
    for name in sorted(present - needed - allowed):
        if own is not None and getattr(own, name) is not None:
            yield mapping.file.source.error(
                (*operation.place, "pagination", name),
                f"`{name}` is not a key of type {rules.type}",
                rule=LoadRule.PAGINATION_KEYS,
            )


def _lists(mapping: Mapping) -> Iterator[CatalogError]:
    names = [one.call.name for one in mapping.lists if one.call.name]
    for index, operation in enumerate(mapping.lists):
        place, last = ("list", index), index == len(mapping.lists) - 1
        if not last and operation.when is None and not operation.call.name:
            message = "unreachable: an earlier list call without `when` is always taken; give this one a `when` or put it last"
            yield mapping.file.source.error(("list", index + 1), message, rule=LoadRule.CALL_ORDER)
        if last and operation.when is not None:
            yield mapping.file.source.error(
                (*place, "when"), "the last list call has no `when`: it takes what is left", rule=LoadRule.CALL_ORDER
            )
        for name in operation.call.parts:
            if name not in names:
                yield mapping.file.source.error(
                    (*place, "from"),
                    f"no list call is named `{name}`. Known: {known_names(names)}",
                    rule=LoadRule.UNKNOWN_LIST_CALL,
                )


def _choices(mapping: Mapping) -> Iterator[CatalogError]:
    """Report calls of a method that are never made, or a choice without a last resort."""
    for method, calls in mapping.choices.items():
        if method == UPSERT:
            continue  # of these, the key chooses
        for operation in calls[:-1] if method != "list" else ():
            if operation.when is None and operation.call.otherwise is None:
                message = f"only the last call of `{method}` may be without `when`: the calls after this one are never made"
                yield mapping.file.source.error(operation.place, message)
        last = calls[-1]
        if last.call.otherwise is not None and method == "get":
            message = "`otherwise` needs a call after this one, which is made when this one does not find the record"
            yield mapping.file.source.error((*last.place, "otherwise"), message, key=True)
        if last.when is not None and method not in {"list", "update"}:
            message = f"the last call of `{method}` has no `when`: it takes what is left"
            yield mapping.file.source.error((*last.place, "when"), message)
