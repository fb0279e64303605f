"""The English names in dates."""

from typing import Final

MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
NAMED: Final = {"M": MONTHS, "x": MONTHS, "F": DAYS}
"""Component -> names of its values from 1 on."""


def lookup(component: str, most: float | None) -> dict[str, int]:
    """Return name, cut to a width, -> value; of names that become the same the last one counts."""
    width = int(most) if most is not None and most == most else None  # noqa: PLR0124 - not NaN
    return {name[:width]: at + 1 for at, name in enumerate(NAMED[component])}
