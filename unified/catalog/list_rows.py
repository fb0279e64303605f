"""The parts of a list call about the whole list: its parents, the windows of days that it is read in, and its warnings."""

from typing import Annotated, Literal

import msgspec

MOST_DAYS = 36_600
"""Days that windows may look back or ahead: a century."""
LARGEST_WINDOW = 3_660
Place = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(query|body|header)\..+$",
        description="`query.`, `body.` or `header.` and the name of a parameter, property or header",
        examples=["query.updated_since"],
    ),
]
"""A place in a request: `query.NAME`, `body.a.b` or `header.NAME`."""
Days = Annotated[int, msgspec.Meta(ge=0, le=MOST_DAYS)]
WindowForm = Literal["date", "datetime", "millis", "seconds"]
"""How the borders of a window are written; millis and seconds count from 1970."""


class Windows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a list is read that the provider gives for a number of days at a time."""

    of: str
    """The common field, a date or a time, by which the provider decides which window a record is in."""
    source: Place = msgspec.field(name="from")
    """Where the first day is sent."""
    to: Place
    """Where the last day is sent."""
    form: WindowForm = msgspec.field(name="as", default="date")
    days: Annotated[int, msgspec.Meta(ge=2, le=LARGEST_WINDOW)]
    """Days that the provider accepts for one window, with the first and the last one."""
    past: Days
    """Days before today that the list reaches back."""
    future: Days | None = None
    """Days after today that it reaches ahead; none for records that cannot be in the future."""


class ParentList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parents below which the provider has the records of a list."""

    model: str
    list: str | None = None
    """The name of the list call that lists the parents; without it, the one that is made without conditions."""


WarningCode = Literal["incomplete", "delayed", "outside_window"]
"""`incomplete`: the list lacks records; `delayed`: it shows changes late; `outside_window`: it does not reach all times."""


class WarningRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A warning about a whole list, and when it is given."""

    code: WarningCode
    when: str | None = None
    """JSONata, root = the common query; always, without it."""
    message: str
