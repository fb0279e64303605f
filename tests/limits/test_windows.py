"""Hours of use, by the clock on the wall of a named zone: when they are open, and when they open next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unified.errors.requests import ValidationFailed
from unified.service.access.use.windows import DAYS, Hours, Window, checked_window, opens_at

WORKDAYS = DAYS[:5]
OFFICE = Window(time_zone="Europe/Berlin", hours=(Hours(start="08:00", end="18:00", days=WORKDAYS),))
NIGHT = Window(time_zone="UTC", hours=(Hours(start="22:00", end="06:00", days=("friday",)),))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("window", "now", "opening"),
    [
        (OFFICE, berlin("2026-11-30T08:00"), berlin("2026-11-30T08:00")),
        (OFFICE, berlin("2026-11-30T17:59"), berlin("2026-11-30T17:59")),
        (OFFICE, berlin("2026-11-30T18:00"), berlin("2026-12-01T08:00")),
        (OFFICE, berlin("2026-11-28T12:00"), berlin("2026-11-30T08:00")),
        (NIGHT, datetime(2026, 11, 28, 5, 59, tzinfo=UTC), datetime(2026, 11, 28, 5, 59, tzinfo=UTC)),
        (NIGHT, datetime(2026, 11, 28, 6, tzinfo=UTC), datetime(2026, 12, 4, 22, tzinfo=UTC)),
        (Window(not_before="2026-12-01T00:00:00Z"), datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        # 2027-03-28: 02:00 becomes 03:00; what begins at 02:30 begins at 03:00
        (
            Window(time_zone="Europe/Berlin", hours=(Hours(start="02:30", end="05:00"),)),
            berlin("2027-03-28T01:00"),
            berlin("2027-03-28T03:00"),
        ),
        # 2026-10-25: 03:00 becomes 02:00; what ended at 02:30 is open again at the second 02:00
        (
            Window(time_zone="Europe/Berlin", hours=(Hours(start="01:00", end="02:30"),)),
            datetime(2026, 10, 25, 0, 45, tzinfo=UTC),
            datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
        ),
    ],
)
def test_it_opens_when_the_clock_on_the_wall_says_so(window, now, opening):
    assert opens_at([window], now) == opening


CLOCKS = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
HOURS = st.builds(
    lambda start, end, days: Hours(start=start, end=end, days=tuple(sorted(days, key=DAYS.index))),
    CLOCKS,
    CLOCKS,
    st.sets(st.sampled_from(DAYS), min_size=1),
).filter(lambda one: one.start != one.end)
ZONES = st.sampled_from(
    ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham")
)
WINDOWS = st.builds(
    lambda zone, hours: Window(time_zone=zone, hours=tuple(hours)), ZONES, st.lists(HOURS, min_size=1, max_size=3)
)
TIMES = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@settings(max_examples=60)
@given(window=WINDOWS, now=TIMES)
def test_it_is_closed_until_it_opens_and_open_then(window, now):
    opening = opens_at([window], now)
    assert opening is not None
    assert opening >= now
    assert opens_at([window], opening) == opening
    minutes = int((opening - now) / timedelta(minutes=1))
    for minute in {*range(0, minutes, max(1, minutes // 40)), *range(max(0, minutes - 3), minutes)}:
        moment = now + timedelta(minutes=minute)
        assert opens_at([window], moment) == opening, moment


@settings(max_examples=40)
@given(windows=st.lists(WINDOWS, min_size=2, max_size=3), now=TIMES)
def test_windows_of_a_chain_are_open_when_all_of_them_are(windows, now):
    opening = opens_at(windows, now)
    if opening is not None:
        assert all(opens_at([one], opening) == opening for one in windows)


def test_windows_that_never_meet_never_open():
    monday, tuesday = (Window(hours=(Hours(start="08:00", end="09:00", days=(one,)),)) for one in DAYS[:2])
    assert opens_at([monday, tuesday], datetime(2026, 11, 30, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("window", "place"),
    [
        (Window(time_zone="Europe/Atlantis"), "/window/time_zone"),
        (Window(time_zone="../../etc/passwd"), "/window/time_zone"),
        (Window(time_zone="Europe"), "/window/time_zone"),
        (Window(time_zone=""), "/window/time_zone"),
        (Window(not_before="2026-12-01"), "/window/not_before"),
        (Window(hours=(Hours(start="08:00", end="08:00"),)), "/window/hours/0"),
        (Window(hours=(Hours(start="08:00", end="09:00", days=()),)), "/window/hours/0"),
        (Window(hours=(Hours(start="08:00", end="09:00"),) * 21), "/window/hours"),
    ],
)
def test_a_window_that_cannot_be_judged_is_refused_by_its_place(window, place):
    with pytest.raises(ValidationFailed) as refused:
        checked_window(window)
    assert refused.value.errors[0].pointer == place
