"""Adds functions for expressions of stand-ins to the language's own."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from unified_jsonata import UNDEFINED, FunctionError
from unified_jsonata.runtime.supplied import promises
from unified_sandbox.described.checking import FITS
from unified_sandbox.described.evaluation_context import current_context
from unified_sandbox.described.moments import WRITTEN
from unified_sandbox.described.refusing import refuse
from unified_sandbox.described.values import argument_at
from unified_sandbox.messages import Record
from unified_sandbox.people import day, instant, sentences


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
    state = current_context().state
    if collection not in state:
        raise FunctionError(f"unknown collection '{collection}'; known: {', '.join(sorted(state))}")
    return state[collection]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _pick(values: Any) -> Any:
    return current_context().rng.choice(values) if isinstance(values, list) else values


def _chance(probability: float) -> bool:
    return current_context().rng.random() < probability


def _between(low: int, high: int) -> int:
    return current_context().rng.randint(int(low), int(high))


def _moment(days: float = 365, form: str = "") -> Any:
    context = current_context()
    return WRITTEN[form or context.moments](instant(context.rng, int(days)).astimezone(context.now.tzinfo))


def _day(oldest: float, newest: float = 0) -> str:
    return day(current_context().rng, int(oldest), int(newest)).isoformat()


def _now(form: str = "") -> Any:
    context = current_context()
    return WRITTEN[form or context.moments](context.now)


def _sentences(count: float = 1) -> str:
    return sentences(current_context().rng, int(count))


@promises(plain=True)
def _person(n: float) -> Record:
    known = current_context().people
    return known[int(n) % len(known)]


@promises(plain=True)
def _company(n: float) -> Record:
    known = current_context().companies
    return known[int(n) % len(known)]


def _uuid(*parts: Any) -> str:
    context = current_context()
    return context.uuid(*(map(_text, parts) if parts else (str(context.rng.getrandbits(64)),)))


@promises(as_is=True)  # a whole record is given for one of its values
def _at(record: Any, path: str) -> Any:
    return argument_at(record, path)


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
    return WRITTEN[form or current_context().moments](moment)


def _exactly(record: Record, names: list[str]) -> Record:
    return {name: record.get(name) for name in names}


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return UNDEFINED


def _fits(kind: str, value: Any) -> bool:
    return FITS[kind](value)


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
"""Name in an expression → function; docs/sandbox.md lists them."""
