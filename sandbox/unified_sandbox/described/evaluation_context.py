"""The context in which an expression of a stand-in runs: the data, the clock and the source of chance."""

import random
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TypeVar

import msgspec

from unified_sandbox.messages import Record
from unified_sandbox.people import BASE, Company, Person, companies, people
from unified_sandbox.standin import State

Result = TypeVar("Result")
PEOPLE, COMPANIES = 240, 60
"""How many different people and companies the data of a stand-in is made of."""


class EvaluationContext(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The context that functions of expressions see: the data, the clock, and the source of chance while data is made."""

    name: str
    state: State
    now: datetime
    """In the time zone of the file."""
    moments: str
    rng: random.Random

    @cached_property
    def companies(self) -> list[Record]:
        """Companies for the first data."""
        return [_plain(one) for one in self._employers]

    @cached_property
    def people(self) -> list[Record]:
        """People for the first data, who work at the companies."""
        return [_plain(one) for one in people(random.Random(self.name), PEOPLE, self._employers)]

    @cached_property
    def _employers(self) -> list[Company]:
        return companies(random.Random(self.name), COMPANIES)

    def uuid(self, *parts: str) -> str:
        """Return the id that these parts always have in this stand-in."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((self.name, *parts))))


def _plain(one: Person | Company) -> Record:
    made: Record = msgspec.to_builtins(one)
    return made | ({"full_name": one.full_name} if isinstance(one, Person) else {"website": one.website})


def seeding_context(name: str, state: State, rng: random.Random, moments: str, zone: tzinfo) -> EvaluationContext:
    """Return the context while the first data is made."""
    return EvaluationContext(name=name, state=state, now=BASE.astimezone(zone), moments=moments, rng=rng)


_CURRENT: ContextVar[EvaluationContext] = ContextVar("evaluation_context")


def evaluate_in(context: EvaluationContext, function: Callable[[], Result]) -> Result:
    """Call a function; its expressions see the context."""
    token = _CURRENT.set(context)
    try:
        return function()
    finally:
        _CURRENT.reset(token)


def current_context() -> EvaluationContext:
    """Return the context of the expression that runs, or the query of a language that depends on the data."""
    return _CURRENT.get()
