"""Conversion of a common body into the provider's payload: missing keys are left alone, null clears, nothing is lost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from unified.errors.error import FieldProblem
from unified.errors.names import did_you_mean, known_names
from unified.errors.requests import UnsupportedField, ValidationFailed
from unified.models import Model
from unified.transform.calls.awaited import noting
from unified.transform.calls.nulls import Nulls, cleared
from unified.transform.refusal import failed, refused
from unified_jsonata import UNDEFINED, Expression, JsonataError, Refusal

BUILT_FROM = {
    "name": ({"first_name"}, {"last_name"}),
    "display_name": ({"first_name", "preferred_name"}, {"last_name"}),
}
"""Fields that are built from parts when they are not given."""
EXTRA_KEYS = frozenset({"remote_fields"})
"""Keys of a body that are not fields of the model: merged into the payload under the provider's names."""


def writable_fields(expressions: Collection[Expression], template_names: Collection[str]) -> frozenset[str]:
    """Return the common fields that the write expressions and the path read."""
    read = {read.path[0] for expression in expressions for read in expression.analysis.reads if read.path}
    return frozenset(read | set(template_names))


def refuse_unwritable(body: dict[str, Any], writable: frozenset[str], model: Model, hidden: Collection[str] = ()) -> None:
    """Check that a mapping can send every key of a body; the refusal lists no `hidden` field.

    Raises:
        UnsupportedField: It cannot; `errors` lists the keys.
    """
    bad = sorted(set(body) - writable - EXTRA_KEYS)
    if not bad:
        return
    shown = writable.difference(hidden)
    fields = {one.name for one in model.fields}
    hints = "".join(did_you_mean(name, shown) for name in bad if name not in fields)
    problems = tuple(
        FieldProblem(pointer=f"/{name}", code="unsupported_field", message="cannot be written here") for name in bad
    )
    names = ", ".join(f"`{name}`" for name in bad)
    raise UnsupportedField(
        f"{model.id}: {names} cannot be written for this account.{hints} Writable: {known_names(shown)}",
        errors=problems,
    )


def refuse_several(body: dict[str, Any], single: Mapping[str, Sequence[str]], model: str) -> None:
    """Check lists that may have one entry at the provider, or one of each type.

    Raises:
        ValidationFailed: A list has more.
    """
    problems = tuple(problem for name in sorted(single) for problem in _surplus(name, body.get(name), single[name]))
    if problems:
        names = ", ".join(dict.fromkeys(one.pointer.split("/")[1] for one in problems))
        raise ValidationFailed(f"{model}: the provider accepts at most one entry of {names}", errors=problems)


def _surplus(name: str, entries: Any, types: Sequence[str]) -> Iterator[FieldProblem]:
    """Yield a problem for each entry beyond the first of its type; one of another type counts as the first type."""
    if not isinstance(entries, list):
        return
    if not types and len(entries) > 1:
        yield FieldProblem(pointer=f"/{name}", code="invalid", message="the provider accepts at most one entry")
    seen: set[str] = set()
    for index, entry in enumerate(entries if types else ()):
        given = entry.get("type") if isinstance(entry, dict) else None
        kind = str(given) if given in types else types[0]
        if kind in seen:
            message = f"the provider accepts one entry of each type ({', '.join(types)}), and this is a second {kind} one"
            yield FieldProblem(pointer=f"/{name}/{index}", code="invalid", message=message)
        seen.add(kind)


def refuse_lost(body: dict[str, Any], lost: Mapping[str, Collection[Any]], model: Model) -> None:
    """Check the words that a mapping has nothing for: the write would be accepted and change nothing.

    Raises:
        ValidationFailed: The body has one; `errors` names the words that can be written.
    """
    problems = []
    for field in model.fields:
        if field.name in body and body[field.name] in lost.get(field.name, ()):
            taken = [_word(one) for one in field.enum or (True, False) if one not in lost[field.name]]
            text = f"expected {'one of ' if len(taken) > 1 else ''}{', '.join(taken)}"
            problems.append(FieldProblem(pointer=f"/{field.name}", code="invalid_value", message=text))
    if problems:
        detail = "; ".join(f"{one.pointer}: {one.message}" for one in problems)
        raise ValidationFailed(f"{detail}: the provider has nothing for the other words", errors=tuple(problems))


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def refuse_missing(body: dict[str, Any], required: Collection[str], model: str) -> None:
    """Check the fields that the provider requires.

    Raises:
        ValidationFailed: Fields are missing or empty; `errors` lists them.
    """
    has = {name for name, value in body.items() if value is not None and value not in ("", [])}
    bad = [name for name in required if not has & {name, *(part for parts in BUILT_FROM.get(name, ()) for part in parts)}]
    problems = tuple(
        FieldProblem(pointer=f"/{name}", code="required", message=f"'{name}' is required by the provider") for name in bad
    )
    if bad:
        raise ValidationFailed(f"{model}: the provider requires {', '.join(f'`{name}`' for name in bad)}", errors=problems)


def common_body(model: Model, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as expressions see it: the model's fields only, and `[]` for a list that is null, which means the same."""
    lists = {field.name for field in model.fields if field.is_list}
    fields = ((name, value) for name, value in body.items() if name not in EXTRA_KEYS)
    return {name: [] if value is None and name in lists else value for name, value in fields}


def payload(expression: Expression, body: dict[str, Any], bindings: dict[str, Any], *, where: str, nulls: Nulls) -> Any:
    """Return the result of `write` for a common body, with nulls in the form with which this provider clears a field.

    Raises:
        MappingFailed: The expression failed.
        ValidationFailed: It refuses a value of the body, or the body is too much for it.
    """
    try:
        result = expression.evaluate(body, noting(bindings, expression))
    except JsonataError as problem:
        raise failed(expression, problem, where, "write") from None
    except Refusal as problem:
        raise refused(problem, body, "write") from None
    return {} if result is UNDEFINED or result is None else cleared(result, nulls)


def merged(below: Any, above: dict[str, Any], place: str = "/remote_fields") -> Any:
    """Merge `above` into `below`, objects key by key: how `remote_fields` are added to the mapped payload.

    Raises:
        UnsupportedField: An object would replace something else in the mapped payload, or something else an object in it; or
            a key exists in another spelling, and a provider might read both or either.
    """
    if not isinstance(below, dict):
        raise _sent_here(place)
    spelt = {name.casefold(): name for name in below}
    for name, one in above.items():
        known = spelt.get(name.casefold())
        if known is not None and (known != name or (isinstance(below[known], dict) and not isinstance(one, dict))):
            raise _sent_here(f"{place}/{name}")
    overlay = {
        name: merged(below[name], one, f"{place}/{name}") if isinstance(one, dict) and name in below else one
        for name, one in above.items()
    }
    return below | overlay


def _sent_here(place: str) -> UnsupportedField:
    problem = FieldProblem(pointer=place, code="unsupported_field", message="common fields of this body are sent here")
    return UnsupportedField(f"remote_fields: {place}: {problem.message}", errors=(problem,))
