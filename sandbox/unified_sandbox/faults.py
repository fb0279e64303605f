"""Planned trouble: answers that fail, wait, drip or break off, for the next calls that match."""

import fnmatch
from typing import Any

import msgspec


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One rule of the control surface; `times` counts down with each call that it hits."""

    provider: str
    match: str = "*"
    """A glob over `METHOD /path`, the path below the provider's prefix: `GET /crm/*`."""
    times: int = 1
    status: int | None = None
    headers: dict[str, str] = {}
    body: Any = None
    """JSON values, or a text that is sent as it is (to break the JSON on purpose)."""
    delay_ms: int = 0
    drip_ms: int = 0
    """Sends the body in pieces of 16 bytes with this pause between them."""
    drop: bool = False
    """The connection ends after the headers, in mid-answer."""

    @property
    def answers(self) -> bool:
        """Whether the call is answered by the fault and does not reach the stand-in."""
        return self.status is not None or self.body is not None or self.drop


class Faults:
    """The planned faults in order of planning; the first that matches is used."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def take(self, provider: str, method: str, path: str) -> Fault | None:
        """Answer the fault for a call and count it down, or None."""
        for fault in self.planned:
            if fault.provider == provider and fnmatch.fnmatchcase(f"{method} {path}", fault.match):
                fault.times -= 1
                if fault.times <= 0:
                    self.planned.remove(fault)
                return fault
        return None
