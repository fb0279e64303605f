"""Expressions of a stand-in: compiled once, evaluated over what the current request or seeding sees."""

import random
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from unified.catalog.composition import needed, with_definitions, written
from unified.catalog.definitions import check_definitions, definitions_of
from unified.catalog.source import DocumentPath, Origin, Source
from unified.errors import CatalogError
from unified.jsonata import UNDEFINED, Expression, FunctionError, JsonataError, Limits, promises
from unified_sandbox.described.checking import FITS
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
    """In the time zone of the file."""
    moments: str
    rng: random.Random

    @cached_property
    def companies(self) -> list[Company]:
        """Companies for the first data."""
        return companies(random.Random(self.name), COMPANIES)

    @cached_property
    def people(self) -> list[Record]:
        """People for the first data, who work at the companies."""
        return [_plain(one) for one in people(random.Random(self.name), PEOPLE, self.companies)]


BOUND = (
    *(
        "path",
        "query",
        "every",
        "body",
        "headers",
        "base",
        "url",
        "n",
        "id",
        "each",
        "written",
        "given",
        "before",
        "value",
        "parent",
    ),
    *("items", "item", "next", "next_url", "previous_url", "last", "more", "total", "size", "at", "pages", "collection"),
    *("status", "code", "message", "field"),
    *("limit", "remaining", "window", "ends", "error", "description", "columns", "found"),
)
"""What expressions see by name, so that no definition may have it; docs/sandbox.md says where."""

LIMITS = Limits(timeout=30.0, steps=20_000_000)
"""Bounds of one evaluation; one expression may make the first data of a whole collection, on a busy machine too."""

_around: ContextVar[Around] = ContextVar("around")


class Located(Expression):
    """An expression of a file: what fails while it runs says file, line and column, and never shows data."""

    def __init__(self, source: str, fail: Callable[[JsonataError], CatalogError]) -> None:
        super().__init__(source, FUNCTIONS)
        self._fail = fail

    def evaluate(self, data: Any = UNDEFINED, bindings: Mapping[str, Any] | None = None, limits: Limits | None = None) -> Any:
        """Return the value.

        Raises:
            CatalogError: The evaluation fails; the message gives the place.
            Declined: The expression declines the request.
        """
        try:
            return super().evaluate(data, bindings, limits or LIMITS)
        except JsonataError as problem:
            raise self._fail(problem) from None

    def wrong(self, what: str) -> CatalogError:
        """Return the error for a mistake that shows only while the expression runs."""
        return self._fail(JsonataError(code="", message=what))


class Evaluator:
    """Compiles the expressions of one file, with the definitions that they use and errors that give the place."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._definitions = definitions_of(source)
        self._texts = {name: one.text for name, one in self._definitions.items()}
        check_definitions(self._definitions, self._definitions)
        for name in self._definitions.keys() & {*FUNCTIONS, *BOUND}:
            raise source.error(("define", name), f"${name} is bound already: expected a name of its own", key=True)

    def compile(self, place: DocumentPath, text: str) -> Located | None:
        """Compile one expression; None for none.

        Raises:
            CatalogError: It is invalid; the message gives file, line and column.
        """
        if not text:
            return None
        names = needed(self._texts, text)
        whole = with_definitions(written(self._source, place, text), [(name, self._definitions[name]) for name in names])
        origin = Origin(source=self._source, place=place, pieces=whole.pieces)
        source = msgspec.structs.replace(self._source, origins={place: origin}) if names else self._source
        try:
            return Located(whole.text, lambda problem: source.error(place, problem.message, offset=problem.position))
        except JsonataError as problem:
            raise source.error(place, f"not valid JSONata: {problem.message}", offset=problem.position) from None


def within(around: Around, function: Callable[[], Any]) -> Any:
    """Call a function; its expressions see `around`."""
    token = _around.set(around)
    try:
        return function()
    finally:
        _around.reset(token)


def surroundings() -> Around:
    """Return what is around while a request is answered, for query languages that depend on the data."""
    return _around.get()


def evaluate(expression: Expression | None, data: Any, bindings: Mapping[str, Any], default: Any = None) -> Any:
    """Return the value of an expression; `default` where there is no expression or no value."""
    if expression is None:
        return default
    value = expression.evaluate(data, bindings)
    return default if value is UNDEFINED else value


def evaluate_object(expression: Expression | None, data: Any, bindings: Mapping[str, Any], default: Record) -> Record:
    """Return the value of an expression that makes fields; one that is null has none.

    Raises:
        CatalogError: The value is no object; the message gives the place.
    """
    value = evaluate(expression, data, bindings, default)
    return {} if value is None else an_object(expression, value)


def an_object(expression: Expression | None, value: Any) -> Record:
    """Return the value of an expression that makes fields.

    Raises:
        CatalogError: It is no object; the message gives the place.
    """
    if isinstance(value, dict):
        return value
    raise expression.wrong("expected an object") if isinstance(expression, Located) else TypeError("expected an object")


def holds(expression: Expression | None, data: Any, bindings: Mapping[str, Any]) -> bool:
    """Return whether a condition holds; one that is not there does."""
    return expression is None or bool(evaluate(expression, data, bindings, default=False))


def bindings_of(request: Incoming, body: Any) -> dict[str, Any]:
    """Return what every expression of a route sees of the request."""
    return {
        "path": request.params,
        "query": dict(request.query),
        "every": {name: request.query.all(name) for name in request.query},
        "headers": request.headers,
        "body": body,
        "base": request.base,
        "url": request.url,
    }


@promises(plain=True)  # records are never changed in place
def _rows(collection: str) -> list[Record]:
    return list(_held(collection).values())


@promises(plain=True)
def _row(collection: str, id_: Any) -> Any:
    return _held(collection).get(_text(id_), UNDEFINED)


@promises(plain=True)
def _find(collection: str, field: str, value: Any) -> list[Record]:
    return [row for row in _held(collection).values() if row.get(field) == value]


@promises(plain=True)
def _ids(collection: str) -> list[str]:
    return list(_held(collection))


def _held(collection: str) -> dict[str, Record]:
    state = _around.get().state
    if collection not in state:
        raise FunctionError(f"unknown collection '{collection}'; known: {', '.join(sorted(state))}")
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
    return WRITTEN[form or around.moments](instant(around.rng, int(days)).astimezone(around.now.tzinfo))


def _day(oldest: float, newest: float = 0) -> str:
    return day(_around.get().rng, int(oldest), int(newest)).isoformat()


def _now(form: str = "") -> Any:
    around = _around.get()
    return WRITTEN[form or around.moments](around.now)


def _sentences(count: float = 1) -> str:
    return sentences(_around.get().rng, int(count))


@promises(plain=True)
def _person(n: float) -> Record:
    known = _around.get().people
    return known[int(n) % len(known)]


@promises(plain=True)
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


@promises(plain=True)
def _at(record: Any, path: str) -> Any:
    value = record
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


@promises(plain=True)
def _only(record: Any, keys: Any) -> Any:
    return {key: value for key, value in record.items() if key in _listed(keys)} if isinstance(record, dict) else record


@promises(plain=True)
def _omit(record: Any, keys: Any) -> Any:
    return {key: value for key, value in record.items() if key not in _listed(keys)} if isinstance(record, dict) else record


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _nest(flat: Record) -> Record:
    whole: Record = {}
    for path, value in flat.items():
        *keys, last = path.split(".")
        inner = whole
        for key in keys:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return whole


def _leaves(record: Record) -> Record:
    found: Record = {}
    for name, value in record.items():
        inner = _leaves(value) if isinstance(value, dict) and value else {"": value}
        found |= {f"{name}.{path}" if path else name: one for path, one in inner.items()}
    return found


def _later(day_text: str, days: float) -> str:
    return (date.fromisoformat(day_text) + timedelta(days=int(days))).isoformat()


def _utc(local: str, zone: str, form: str = "") -> Any:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    return WRITTEN[form or _around.get().moments](moment)


def _exactly(record: Record, names: list[str]) -> Record:
    return {name: record.get(name) for name in names}


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return UNDEFINED


def _fits(kind: str, value: Any) -> bool:
    return FITS[kind](value)


def seeding(name: str, state: State, rng: random.Random, moments: str, zone: tzinfo) -> Around:
    """Return what is around while the first data is made."""
    return Around(name=name, state=state, now=BASE.astimezone(zone), moments=moments, rng=rng)


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
    "at": _at,
    "only": _only,
    "omit": _omit,
    "nest": _nest,
    "leaves": _leaves,
    "later": _later,
    "utc": _utc,
    "exactly": _exactly,
    "fits": _fits,
    "json": _json,
}
"""Functions that expressions of stand-ins have beside the language's own; docs/sandbox.md lists them."""
