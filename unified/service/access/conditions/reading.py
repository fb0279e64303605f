"""How the conditions of a scope are read: the filters of lists, in the same words, on the fields of one model.

`query_from_object` reads each of them, as it does for lists. What the filters of lists leave to a list call is refused here, as
a scope is made once and holds for every provider: a limit that is not understood is never ignored.
"""

import math
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from unified.catalog.filter_rows import Operator
from unified.errors.names import unknown_name
from unified.errors.requests import ValidationFailed
from unified.models import MODELS, Field, Model
from unified.models.relations import Relation, neighbors
from unified.service.access.conditions.connected_user import ME, ConnectedUser, names_users, user_fields
from unified.service.access.conditions.connected_user import OPERATORS as USER_OPERATORS
from unified.service.access.conditions.periods import FORMS, OPERATORS, bounds, is_relative
from unified.transform.queries import query
from unified.transform.queries.filter_names import field_of, one_name
from unified.transform.queries.filter_options import comparable
from unified.transform.queries.filters import TIME_KINDS
from unified.transform.queries.query import Filter
from unified.transform.queries.query_reading import query_from_object

Records = Mapping[str, dict[str, Any]]
"""Model → its conditions, as a scope has them."""
MAX_CONDITIONS = 20
"""Fields of one model that conditions may be on."""
MAX_CONDITION_VALUES = 50
"""Values of `in`; so many can be put into one request of a provider."""
MAX_CONDITION_TEXT = 1_000
"""Characters of a value."""
MAX_KNOWN = 1_024
"""Conditions on one model that are kept as read; each call of a scope with conditions asks for them."""
RESERVED = "$"
"""Begins words for values that are known only at the call; `$me` is the only one."""


class RelativeTime(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison with a period that moves with the day of the call."""

    field: str
    """Its one name, as filters have it."""
    operator: Operator
    word: str

    def on(self, day: date) -> tuple[Filter, ...]:
        """Return what it is on a day."""
        return tuple(
            Filter(field=self.field, operator=one, value=value) for one, value in bounds(self.operator, self.word, day)
        )


Test = Filter | RelativeTime | ConnectedUser


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on related records, of which one must fulfil it."""

    relation: Relation
    tests: tuple[Test, ...]


class RecordConditions(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions on records of one model; a record must fulfil all of them."""

    model: str
    tests: tuple[Test, ...] = ()
    hops: tuple[Hop, ...] = ()


def conditions_on(records: Records) -> dict[str, RecordConditions]:
    """Return the conditions of a scope by model; those of a scope that was stored can be read."""
    return {name: _read(name, msgspec.json.encode(given)) for name, given in records.items()}


@lru_cache(maxsize=MAX_KNOWN)
def _read(model_id: str, encoded: bytes) -> RecordConditions:
    return read_conditions(MODELS[model_id], msgspec.json.decode(encoded), f"records.{model_id}")


def filters_on(tests: tuple[Test, ...], day: date, user: str | None) -> tuple[Filter, ...]:
    """Return what conditions are on the day of a call, for the connected user of its account: filters, each once."""
    found = (filter_ for one in tests for filter_ in _filters(one, day, user))
    return tuple(dict.fromkeys(found))


def _filters(test: Test, day: date, user: str | None) -> tuple[Filter, ...]:
    if isinstance(test, ConnectedUser):
        return (test.filter_for(user),)
    return test.on(day) if isinstance(test, RelativeTime) else (test,)


def needs_user(stated: RecordConditions) -> bool:
    """Return whether conditions on a model depend on the user as whom an account is connected."""
    tests = (*stated.tests, *(one for hop in stated.hops for one in hop.tests))
    return any(isinstance(one, ConnectedUser) for one in tests)


def require_readable(records: Records, place: str) -> None:
    """Require that every model and every condition can be applied.

    Raises:
        ValidationFailed: it cannot; the text says what can.
    """
    for name, given in records.items():
        model = MODELS.get(name)
        if model is None:
            raise ValidationFailed.at(place, unknown_name("model", name, MODELS))
        if model.container_unknown:
            raise ValidationFailed.at(f"{place}.{name}", "may hold records of any model, so that no condition can be checked")
        read_conditions(model, given, f"{place}.{name}")


def read_conditions(model: Model, given: Mapping[str, Any], place: str) -> RecordConditions:
    """Return the conditions on a model; `place` is what messages call them.

    Raises:
        ValidationFailed: one of them cannot be applied.
    """
    known = neighbors(model)
    own = {name: value for name, value in given.items() if name not in known}
    hops = tuple(_hop(known[name], value, f"{place}.{name}") for name, value in given.items() if name in known)
    return RecordConditions(model=model.id, tests=_tests(model, own, place, also=tuple(known), least=not hops), hops=hops)


def _hop(relation: Relation, given: Any, place: str) -> Hop:
    if not isinstance(given, dict):
        raise ValidationFailed.at(place, f"expected conditions on {relation.model}, such as {{field: value}}")
    return Hop(relation=relation, tests=_tests(MODELS[relation.model], given, place))


def _tests(
    model: Model, given: Mapping[str, Any], place: str, *, also: tuple[str, ...] = (), least: bool = True
) -> tuple[Test, ...]:
    if not given and least:
        raise ValidationFailed.at(place, "expected at least one condition; leave the model out for none")
    if len(given) > MAX_CONDITIONS:
        raise ValidationFailed.at(place, f"expected conditions on at most {MAX_CONDITIONS} fields, got {len(given)}")
    names: set[str] = set()
    found: list[Test] = []
    for name, value in given.items():
        field = _field(model, name, f"{place}.{name}", also)
        if field.name in names:
            raise ValidationFailed.at(f"{place}.{name}", f"`{field.name}` has conditions by another of its names already")
        names.add(field.name)
        found += _field_tests(model, name, value, f"{place}.{name}")
    return tuple(found)


def _field(model: Model, name: str, place: str, also: tuple[str, ...]) -> Field:
    """Return the field that a condition is about; raise ValidationFailed where records cannot be compared by it."""
    known = comparable(model, frozenset(one.name for one in model.fields))
    found = next((one for one in model.fields if one.name == field_of(name, model)), None)
    if found is None:
        raise ValidationFailed.at(place, unknown_name(f"field of {model.id}", name, (*sorted(known), *also)))
    if found.name not in known:
        raise ValidationFailed.at(place, "records cannot be compared by this field")
    return found


def _field_tests(model: Model, name: str, value: Any, place: str) -> Iterator[Test]:
    conditions = value if isinstance(value, dict) else {"eq": value}
    if not conditions:
        raise ValidationFailed.at(place, "expected a value, or operators with values")
    for operator, operand in conditions.items():
        known = next((one for one in query.OPERATORS if one == operator), None)
        if known is None:
            raise ValidationFailed.at(place, unknown_name("operator", str(operator), query.OPERATORS))
        yield _test(model, name, known, operand, place)


def _test(model: Model, name: str, operator: Operator, operand: Any, place: str) -> Test:
    field = _named(model, name)
    _require_values(operator, operand, place)
    if ME in _listed(operand):
        return _connected_user(model, name, operator, operand, place)
    words = [one for one in _listed(operand) if isinstance(one, str) and field.kind in TIME_KINDS and is_relative(one)]
    if not words:
        return _filter(model, name, operator, operand, place)
    if operator not in OPERATORS:
        raise ValidationFailed.at(place, f"`{operator}` cannot compare with a relative time. Known: {', '.join(OPERATORS)}")
    return RelativeTime(field=one_name(name, model), operator=operator, word=words[0])


def _connected_user(model: Model, name: str, operator: Operator, operand: Any, place: str) -> ConnectedUser:
    """Return the condition on the connected user; other users in a list are read as lists read them."""
    if not names_users(model, _named(model, name)):
        known = ", ".join(user_fields(model)) or f"none of {model.id}"
        raise ValidationFailed.at(place, f"`{ME}` is a user, whom this field does not name. Fields that do: {known}")
    if operator not in USER_OPERATORS:
        raise ValidationFailed.at(place, f"`{operator}` cannot compare with `{ME}`. Known: {', '.join(USER_OPERATORS)}")
    others = [one for one in _listed(operand) if one != ME]
    read = _filter(model, name, "in", others, place).value if others else ()
    return ConnectedUser(field=one_name(name, model), operator=operator, values=(ME, *_texts(read)))


def _texts(values: Any) -> Iterator[str]:
    return (str(one) for one in dict.fromkeys(_listed(values)))


def _named(model: Model, name: str) -> Field:
    return next(one for one in model.fields if one.name == field_of(name, model))


def _filter(model: Model, name: str, operator: Operator, operand: Any, place: str) -> Filter:
    """Return the condition as lists read it."""
    try:
        (found,) = query_from_object({"filter": {name: {operator: operand}}}, model).filters
    except ValidationFailed as problem:
        field = _named(model, name)
        relative = f", or a relative time: {', '.join(FORMS)}" if field.kind in TIME_KINDS else ""
        raise ValidationFailed.at(place, f"{problem.errors[0].message}{relative}") from None
    return msgspec.structs.replace(found, written=None)


def _require_values(operator: Operator, operand: Any, place: str) -> None:
    """Raise ValidationFailed for what a URL could not say as one value, which filters would read as something else."""
    if (operator == "in") != isinstance(operand, list | tuple):
        expected = "a list of values" if operator == "in" else "one value; `in` takes several"
        raise ValidationFailed.at(place, f"`{operator}`: expected {expected}")
    values = _listed(operand)
    if not 0 < len(values) <= MAX_CONDITION_VALUES:
        raise ValidationFailed.at(place, f"`{operator}`: expected 1 to {MAX_CONDITION_VALUES} values, got {len(values)}")
    for one in values:
        if problem := _value_problem(one, is_listed=operator == "in"):
            raise ValidationFailed.at(place, f"`{operator}`: {problem}")


def _listed(operand: Any) -> list[Any]:
    return list(operand) if isinstance(operand, list | tuple) else [operand]


def _value_problem(value: Any, *, is_listed: bool) -> str:
    """Return what is wrong with a value; an empty text if nothing is."""
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return ""
    if not isinstance(value, str):
        return "expected a text, a number, true or false; lists have no condition for a field without a value"
    if not 0 < len(value) <= MAX_CONDITION_TEXT or "\x00" in value:
        return f"expected a text of 1 to {MAX_CONDITION_TEXT} characters without NUL"
    if value.startswith(RESERVED) and value != ME:
        return f"texts that begin with `{RESERVED}` are reserved; the only such word is `{ME}`, the connected user"
    return "expected values without commas, which separate values" if is_listed and "," in value else ""
