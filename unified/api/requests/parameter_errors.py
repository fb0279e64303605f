"""Reports query parameters that do not fit a handler's declaration as problems: the name and the expectation, no value."""

from collections.abc import Iterable, Iterator
from typing import Any, Literal, get_args, get_origin

from litestar.exceptions import ValidationException
from litestar.params import KwargDefinition
from litestar.typing import FieldDefinition

from unified.errors.error import FieldProblem
from unified.errors.requests import ValidationFailed


def explain(error: ValidationException, handler: Any) -> ValidationFailed:
    """Return what Litestar found wrong with a handler's parameters as one of Unified's errors."""
    found = [one for one in error.extra or () if isinstance(one, dict)]
    problems = tuple(_problem(str(one.get("key", "")), str(one.get("message", "")), handler) for one in found)
    problems = problems or (FieldProblem(pointer="", code="invalid", message="the request does not fit the route"),)
    return ValidationFailed(f"{problems[0].pointer}: {problems[0].message}", errors=problems)


def refuse_null(handler: Any, query: Iterable[tuple[str, str]]) -> None:
    """Raise ValidationFailed for the text `null` in place of one of a few words: it would be read as no condition at all."""
    for name, text in query:
        if text.casefold() == "null":
            field = next((one for one in _fields(handler) if one.name == name), None)
            if field is not None and _expected(field):
                raise ValidationFailed.at(name, _expected(field))


def _problem(name: str, message: str, handler: Any) -> FieldProblem:
    field = next((one for one in _fields(handler) if one.name == name), None)
    expected = (_expected(field) if field else "") or message[:1].lower() + message[1:]
    return FieldProblem(pointer=name, code="invalid", message=expected)


def _fields(handler: Any) -> Iterator[FieldDefinition]:
    """Yield the parameters of a handler and of its dependencies."""
    if handler is None:
        return
    yield from handler.parsed_fn_signature.parameters.values()
    for provider in handler.resolve_dependencies().values():
        yield from provider.parsed_fn_signature.parameters.values()


def _expected(field: FieldDefinition) -> str:
    choices = [
        text
        for kind in (field.annotation, *get_args(field.annotation))
        if get_origin(kind) is Literal
        for text in get_args(kind)
    ]
    if set(choices) == {"true", "false"}:
        return "expected true or false"
    if choices:
        return f"expected one of {', '.join(choices)}"
    bounds = field.kwarg_definition
    if isinstance(bounds, KwargDefinition) and bounds.ge is not None and bounds.le is not None:
        return f"expected a whole number from {bounds.ge:g} to {bounds.le:g}"
    return ""
