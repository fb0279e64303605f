"""Leases and pauses of other workers hold, whoever read the clock first; those of a wrong clock do not."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from unified.store.engine.tables import DELIVERIES
from unified.store.queries.pauses import SLACK, is_over, over

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
ROWS = [
    ("never taken", None, True),
    ("over", NOW, True),
    ("taken by oneself", NOW + LEASE, False),
    ("taken by another, who read the clock a moment later", NOW + LEASE + timedelta(microseconds=1), False),
    ("taken by another whose clock is ahead by as much as clocks may differ", NOW + LEASE + SLACK, False),
    ("taken under a wrong clock", NOW + LEASE + SLACK + timedelta(microseconds=1), True),
    ("taken a year ahead", NOW + timedelta(days=365), True),
]


@pytest.mark.parametrize(("until", "is_free"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_lease_holds_as_long_as_it_may_have_been_taken(until, is_free):
    assert is_over(until, NOW, LEASE) is is_free
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        DELIVERIES.metadata.create_all(connection, tables=[DELIVERIES])
        bound = sa.select(over(sa.bindparam("until", until, type_=DELIVERIES.c.lease_until.type), NOW, LEASE))
        assert bool(connection.execute(bound).scalar()) is is_free
    engine.dispose()
