"""How long a write may take, after which one that did not report how it ended has no known outcome."""

from datetime import timedelta

from unified.service.runtime.services import Services

MAX_DEADLINES = 2.0
"""How many times the deadline of one call all calls of a write may take together."""
MARGIN = timedelta(seconds=15)
"""Added before a write that did not report counts as lost: two machines' clocks may differ."""


def longest_write(services: Services) -> timedelta:
    """Return the longest time that the calls of one write take together."""
    return timedelta(seconds=services.settings.request_deadline * MAX_DEADLINES)


def lost_after(services: Services) -> timedelta:
    """Return the time after which a write that did not report is certainly over, or its process gone."""
    return longest_write(services) + MARGIN
