"""A value of the caller that a mapping cannot send: how its functions say so, and the 422 that the caller gets."""

from collections.abc import Iterator
from typing import Any

from unified.errors.error import FieldProblem
from unified.errors.providers import MappingFailed
from unified.errors.requests import ValidationFailed
from unified_jsonata import Expression, JsonataError, Refusal
from unified_jsonata.limits import EXCEEDED

READING = frozenset({"list", "get", "fields"})
"""Methods whose root is a query, so that a refused value is named as its parameter."""
ASKED = frozenset(
    {"account", "query", "order", "custom_field_keys", "reads", "fields", "limit", "write", "version", "by", "filters", "one"}
)
"""Names of what a request asks for: an expression that reads no others reads nothing of the provider's."""
TOO_MUCH = "the request holds more than its conversion for the provider may take; send less at a time"
Place = tuple[str | int, ...]


class ValueRefused(Refusal):
    """A value that cannot be sent; `field` is the common field, or the value itself shows the place if no field is named."""

    def __init__(self, text: str, *, field: str | None = None, value: Any = None) -> None:
        super().__init__(text)
        self.field = field
        self.value = value


def refused(problem: Refusal, root: Any, method: str) -> ValidationFailed:
    """Return the 422 for a refusal: `errors` names the field of the body, or the parameter of the query."""
    is_query = method in READING or (isinstance(root, dict) and "filter" in root)
    shown = _parameter if is_query else _pointer
    place = _place(problem, root)
    pointer = "" if place is None else shown(place)
    detail = f"{pointer}: {problem}" if pointer else str(problem)
    return ValidationFailed(detail, errors=(FieldProblem(pointer=pointer, code="invalid_value", message=str(problem)),))


def failed(expression: Expression, problem: JsonataError, where: str, key: str) -> MappingFailed | ValidationFailed:
    """Return what becomes of a failure of an expression that builds a request.

    A bound that is reached by what the caller sent is the caller's to observe; everything else is a fault of the mapping.
    """
    text = f"{where}: `{key}` failed: {problem}"
    if problem.code in EXCEEDED and expression.analysis.needs <= ASKED:
        return ValidationFailed(f"{TOO_MUCH} ({text})")
    return MappingFailed(text)


def _place(problem: Refusal, root: Any) -> Place | None:
    """Return where the value is: the field that is named, as a condition if the query has it; otherwise where it is found."""
    if not isinstance(problem, ValueRefused) or problem.field is None:
        return next(_places(root, getattr(problem, "value", None)), None)
    names = problem.field.split(".")
    conditions = root.get("filter") if isinstance(root, dict) else None
    return ("filter", *names) if isinstance(conditions, dict) and names[0] in conditions else tuple(names)


def _pointer(place: Place) -> str:
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in place)


def _parameter(place: Place) -> str:
    first, *rest = (str(step) for step in place if not isinstance(step, int))
    return first + "".join(f"[{step}]" for step in rest)


def _places(root: Any, value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where a value is in a body or query."""
    if value is not None and type(root) is type(value) and root == value:
        yield place
    inner = root.items() if isinstance(root, dict) else enumerate(root) if isinstance(root, list) else ()
    for name, one in inner:
        yield from _places(one, value, (*place, name))
