"""Expressions of a stand-in: compiled once, evaluated over what the current request or seeding sees."""

import random
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from unified.catalog.source import DocumentPath, Source
from unified.jsonata import UNDEFINED, Expression, JsonataError, compile
from unified_sandbox.described.moments import WRITTEN
from unified_sandbox.described.refusing import refuse
from unified_sandbox.messages import Incoming, Record
from unified_sandbox.people import BASE, Company, Person, companies, day, instant, people, sentences
from unified_sandbox.standin import State

PEOPLE, COMPANIES = 240, 60
"""How many different people and companies the data of a stand-in is made of."""


class Around(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What functions of expressions see: the data, the clock, and the source of chance while data is made."""

    name: str
    state: State
    now: datetime
    moments: str
    rng: random.Random

    @cached_property
    def companies(self) -> list[Company]:
        """Companies for the first data."""
        return companies(random.Random(self.name), COMPANIES)

    @cached_property
    def people(self) -> list[Person]:
        """People for the first data, who work at the companies."""
        return people(random.Random(self.name), PEOPLE, self.companies)


_around: ContextVar[Around] = ContextVar("around")


class Evaluator:
    """Compiles the expressions of one file, with errors that give the place."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def compile(self, place: DocumentPath, text: str) -> Expression | None:
        """Compile one expression; None for none.

        Raises:
            CatalogError: It is invalid; the message gives file, line and column.
        """
        if not text:
            return None
        try:
            return compile(text, functions=FUNCTIONS, lazy=True)
        except JsonataError as problem:
            raise self._source.error(place, f"not valid JSONata: {problem.message}", offset=problem.position) from None


def within(around: Around, function: Callable[[], Any]) -> Any:
    """Call a function; its expressions see `around`."""
    token = _around.set(around)
    try:
        return function()
    finally:
        _around.reset(token)


def evaluate(expression: Expression | None, data: Any, bindings: Mapping[str, Any], default: Any = None) -> Any:
    """Return the value of an expression; `default` where there is no expression or no value."""
    if expression is None:
        return default
    value = expression.evaluate(data, bindings)
    return default if value is UNDEFINED else value


def holds(expression: Expression | None, data: Any, bindings: Mapping[str, Any]) -> bool:
    """Return whether a condition holds; one that is not there does."""
    return expression is None or bool(evaluate(expression, data, bindings, default=False))


def bindings_of(request: Incoming, body: Any) -> dict[str, Any]:
    """Return what every expression of a route sees of the request."""
    return {
        "path": request.params,
        "query": dict(request.query),
        "headers": request.headers,
        "body": body,
        "base": request.base,
        "url": request.url,
    }


def _rows(collection: str) -> list[Record]:
    return list(_held(collection).values())


def _row(collection: str, id_: Any) -> Any:
    return _held(collection).get(_text(id_), UNDEFINED)


def _find(collection: str, field: str, value: Any) -> list[Record]:
    return [row for row in _held(collection).values() if row.get(field) == value]


def _ids(collection: str) -> list[str]:
    return list(_held(collection))


def _held(collection: str) -> dict[str, Record]:
    state = _around.get().state
    if collection not in state:
        raise ValueError(f"unknown collection '{collection}'; known: {', '.join(sorted(state))}")
    return state[collection]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _pick(values: Any) -> Any:
    return _around.get().rng.choice(values) if isinstance(values, list) else values


def _chance(probability: float) -> bool:
    return _around.get().rng.random() < probability


def _between(low: int, high: int) -> int:
    return _around.get().rng.randint(int(low), int(high))


def _moment(days: float = 365, form: str = "") -> Any:
    around = _around.get()
    return WRITTEN[form or around.moments](instant(around.rng, int(days)))


def _day(oldest: float, newest: float = 0) -> str:
    return day(_around.get().rng, int(oldest), int(newest)).isoformat()


def _now(form: str = "") -> Any:
    around = _around.get()
    return WRITTEN[form or around.moments](around.now)


def _sentences(count: float = 1) -> str:
    return sentences(_around.get().rng, int(count))


def _person(n: float) -> Record:
    known = _around.get().people
    return _plain(known[int(n) % len(known)])


def _company(n: float) -> Record:
    known = _around.get().companies
    return _plain(known[int(n) % len(known)])


def _plain(one: Person | Company) -> Record:
    made: Record = msgspec.to_builtins(one)
    return made | ({"full_name": one.full_name} if isinstance(one, Person) else {"website": one.website})


def _uuid(*parts: Any) -> str:
    around = _around.get()
    text = "/".join(map(_text, parts)) if parts else str(around.rng.getrandbits(64))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{around.name}/{text}"))


def seeding(name: str, state: State, rng: random.Random, moments: str) -> Around:
    """Return what is around while the first data is made."""
    return Around(name=name, state=state, now=BASE, moments=moments, rng=rng)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "rows": _rows,
    "row": _row,
    "find": _find,
    "ids": _ids,
    "pick": _pick,
    "chance": _chance,
    "between": _between,
    "moment": _moment,
    "day": _day,
    "now": _now,
    "sentences": _sentences,
    "person": _person,
    "company": _company,
    "uuid": _uuid,
    "refuse": refuse,
}
"""Functions that expressions of stand-ins have beside the language's own; docs/sandbox.md lists them."""
