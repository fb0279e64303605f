"""Putting the first data in: records with their times, and a choice among those that are there."""

import random
from datetime import timedelta

from unified_sandbox.people import BASE, instant
from unified_sandbox.salesforce.derived import complete, derive, stamp
from unified_sandbox.salesforce.schema import KINDS
from unified_sandbox.standin import Record, State


def add(rng: random.Random, state: State, name: str, given: Record, then: Record | None = None) -> Record:
    """Put one record in, made at some moment and changed at a later one; `then` is laid over what was derived."""
    kind = KINDS[name]
    made = instant(rng)
    record = complete(state, kind, given, made)
    changed = stamp(min(BASE, made + timedelta(seconds=rng.randrange(0, 30 * 86_400))))
    record |= {"LastModifiedDate": changed, "SystemModstamp": changed}
    derive(state, kind, record, given, made)
    record |= then or {}
    state[name][record["Id"]] = record
    return record


def pick(rng: random.Random, state: State, name: str) -> str:
    """Return the id of one record that is not deleted."""
    return rng.choice([id_ for id_, row in state[name].items() if not row.get("IsDeleted")])
