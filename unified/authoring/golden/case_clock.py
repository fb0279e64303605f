"""The clock of golden cases: `now` says at which moment a case runs, and without it nothing may depend on the day.

What a mapping makes of the clock is only seen on another day, so a case that reads it without `now` is run on three.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from unified.authoring.golden.golden_files import Case
from unified_jsonata.still import standing_still

OTHER_DAYS = (datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 12, tzinfo=UTC))
"""Days on which a case without `now` comes to the same, if it does not depend on the day."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a case."""

    came: Any
    now: str
    """The moment at which it ran, as `now` of a case has it."""
    wrong: str | None
    """The problem with the `now` of the case, or None."""

    @property
    def needs_now(self) -> bool:
        """Whether the case has no `now`, and would come to something else on another day."""
        return self.wrong is not None and self.wrong != UNREAD


UNREAD = "`now` has no effect: nothing that this case tests reads the clock; remove it"


def run_on_its_clock(case: Case, run: Callable[[], Any], seen: Callable[[Any], Any] = lambda came: came) -> Run:
    """Run a case at its moment, by default the present one.

    Args:
        case: The case.
        run: What is run while the clock does not move.
        seen: What the case sees of what came: two days are compared by it.
    """
    moment = case.moment or datetime.now(UTC).replace(microsecond=0)
    shown = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    came, is_read = _at(moment, run)
    wrong = None
    if case.now is not None and not is_read:
        wrong = UNREAD
    if case.now is None and is_read and any(seen(_at(day, run)[0]) != seen(came) for day in OTHER_DAYS):
        wrong = f'the outcome depends on the day: give the case a clock, such as `now: "{shown}"`'
    return Run(came=came, now=shown, wrong=wrong)


def _at(moment: datetime, run: Callable[[], Any]) -> tuple[Any, bool]:
    with standing_still(int(moment.timestamp() * 1000)) as clock:
        return run(), clock.is_read
